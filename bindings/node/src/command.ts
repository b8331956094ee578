// Finds the `wotnot` command and runs its emulator as a child.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { platformName } from "./platform";

const PROGRAM = process.platform === "win32" ? "wotnot.exe" : "wotnot";

/** The emulator did not start, or refused what it was asked for. */
export class EmulatorError extends Error {
  override readonly name = "EmulatorError";
}

/** The command: `WOTNOT_BIN`, the npm package that carries it, else the one on the `PATH`. */
export function findCommand(): string {
  if (process.env.WOTNOT_BIN) {
    return process.env.WOTNOT_BIN;
  }
  const carrier = `wotnot-cli-${platformName()}`;
  try {
    return require.resolve(`${carrier}/${PROGRAM}`);
  } catch {
    // Not installed: the PATH is next.
  }
  const found = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, PROGRAM))
    .find(isExecutable);
  if (found === undefined) {
    throw new EmulatorError(
      `\`wotnot emulate\` cannot start, for the \`wotnot\` command is missing: install it with \`npm install --save-dev ${carrier}\`, ` +
        "put it on the PATH, or name it in WOTNOT_BIN",
    );
  }
  return found;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs `wotnot emulate` and waits for its first line. */
export async function start(
  command: string,
  words: readonly string[],
): Promise<{ child: ChildProcess; ready: Record<string, unknown> }> {
  const child = spawn(command, ["emulate", "--json", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-10_000);
  });
  const ended = new AbortController();
  const failure = once(child, "error", { signal: ended.signal }).then(([error]: Error[]) => error);
  const first = firstLine(child.stdout);
  const exit = once(child, "close", { signal: ended.signal }).then(() => undefined);
  const outcome = await Promise.race([first, failure, exit]);
  ended.abort();
  await Promise.allSettled([failure, exit]);
  if (typeof outcome !== "string") {
    const why = outcome?.message ?? (complaints.trim() || "it said nothing");
    throw new EmulatorError(`the emulator did not start: ${why}`, { cause: outcome });
  }
  const kill = () => void child.kill();
  process.once("exit", kill);
  child.once("close", () => process.removeListener("exit", kill));
  child.unref();
  for (const stream of [child.stdout, child.stderr] as unknown as { unref(): void }[]) {
    stream.unref();
  }
  return { child, ready: JSON.parse(outcome) as Record<string, unknown> };
}

/** Not through `readline`, which takes U+2028 for the end of a line, and a bot's name may hold one. */
function firstLine(stream: Readable): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    // Never stops reading: a full pipe would block the emulator.
    stream.setEncoding("utf8").on("data", (part: string) => {
      if (!text.includes("\n")) {
        text += part;
        const [line, rest] = text.split("\n", 2);
        if (rest !== undefined) {
          resolve(line as string);
        }
      }
    });
  });
}

/** Ends the child and waits for it. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.ref();
    const closed = once(child, "close");
    child.kill();
    await closed;
  }
}
