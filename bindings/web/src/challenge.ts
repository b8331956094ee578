// The proof of work that a busy gateway asks for before it starts a session.

/** The `challenge` of a `challenge_required`. */
export type Challenge =
  | { kind: "pow"; puzzle: string; bits: number; expires_in: number }
  | { kind: "hook" };

/** The first number for which SHA-256 of `<puzzle>.<number>` begins with so many bits of 0. */
export async function work(puzzle: string, bits: number): Promise<string> {
  const encoder = new TextEncoder();
  for (let number = 0; ; number++) {
    const bytes = encoder.encode(`${puzzle}.${number}`);
    const head = new DataView(await crypto.subtle.digest("SHA-256", bytes)).getUint32(0);
    if (Math.clz32(head) >= bits) return String(number);
  }
}
