// The scripted service that plays and judges the vectors: children that take turns.

import { spawn } from "node:child_process";

const { WOTNOT_CONFORMANCE, WOTNOT_VECTORS } = process.env;

export class Player {
  #child = spawn(WOTNOT_CONFORMANCE, [WOTNOT_VECTORS], { stdio: ["pipe", "pipe", "inherit"] });
  #lines = lines(this.#child.stdout.setEncoding("utf8"));

  async ask(question) {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("the player ended");
    const answer = JSON.parse(value);
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  close() {
    this.#child.stdin.end();
  }
}

/** Not `readline`'s, which end at U+2028 too. */
async function* lines(stream) {
  let text = "";
  for await (const part of stream) {
    const whole = (text + part).split("\n");
    text = whole.pop();
    yield* whole;
  }
}
