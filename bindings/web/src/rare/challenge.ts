// What a busy gateway asks for before it starts a session: a proof of work, or a riddle that the page solves.

import type { Core } from "../core.js";
import type { ChatError } from "../http.js";

/** The `challenge` of a `challenge_required`. */
export type Challenge =
  | { kind: "pow"; puzzle: string; bits: number; expires_in: number }
  | { kind: "hook" };

/** The answer to what was asked. */
export async function solve({ options_: { solveChallenge } }: Core, refused: ChatError): Promise<{ puzzle?: string; answer: string }> {
  const challenge = refused.details.challenge as Challenge;
  if (challenge?.kind === "pow") return { puzzle: challenge.puzzle, answer: await work(challenge.puzzle, challenge.bits) };
  if (!solveChallenge) throw refused;
  return { answer: await solveChallenge(challenge) };
}

/** The first number for which SHA-256 of `<puzzle>.<number>` begins with so many bits of 0. */
async function work(puzzle: string, bits: number): Promise<string> {
  const encoder = new TextEncoder();
  for (let number = 0; ; number++) {
    const bytes = encoder.encode(`${puzzle}.${number}`);
    const head = new DataView(await crypto.subtle.digest("SHA-256", bytes)).getUint32(0);
    if (Math.clz32(head) >= bits) return String(number);
  }
}
