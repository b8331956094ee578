// The scripted service that plays and judges the vectors: children that take turns.

import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { createInterface } from "node:readline";

const { WOTNOT_STUB, WOTNOT_VECTORS } = process.env;

export const FILES = readdirSync(WOTNOT_VECTORS)
  .filter((name) => name.endsWith(".json"))
  .map((name) => basename(name, ".json"))
  .sort();

export class Stub {
  #child = spawn(WOTNOT_STUB, [WOTNOT_VECTORS], { stdio: ["pipe", "pipe", "inherit"] });
  #lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the stub ended");
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  close() {
    this.#child.stdin.end();
  }
}
