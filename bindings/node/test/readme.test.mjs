// Every JavaScript example of the installed README is a program that runs to its end.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Emulator } from "wotnot/testing";

const readme = readFileSync(new URL("../node_modules/wotnot/README.md", import.meta.url), "utf8");
// The one that reads answers is played through every sample flow, and the visitor's talks to a gateway, by the suite that
// installed the package.
const examples = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code).filter((code) => !/process.stdin|WOTNOT_GATEWAY/.test(code));

test("the README has its sections", () => {
  const sections = [...readme.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(sections, ["Installation", "Usage", "Development", "Testing"]);
  assert.equal(examples.length, 6);
});

for (const [at, expected] of [/What is it about\?\nHow old are you\?\nThank you/, /^http:/, /^How old are you\? slider\nThank you /, /^200 /, /^offline; not_sent/, /kind: 'retry'[^]*kind: 'verdict'/].entries()) {
  test(`example ${at + 1} of the README runs`, async () => {
    const emulator = await Emulator.start();
    try {
      const file = new URL(`../readme-${at + 1}.mjs`, import.meta.url);
      writeFileSync(file, examples[at]);
      const env = { ...process.env, FORCE_COLOR: "0", WOTNOT_TOKEN: emulator.token, WOTNOT_BOT_KEY: emulator.botKey, WOTNOT_BASE_URL: emulator.baseUrl };
      const child = spawn(process.execPath, [fileURLToPath(file)], { env, stdio: ["ignore", "pipe", "inherit"] });
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (part) => {
        text += part;
      });
      const [code] = await once(child, "close", { signal: AbortSignal.timeout(60_000) });
      assert.equal(code, 0);
      assert.match(text, expected);
    } finally {
      await emulator.close();
    }
  });
}
