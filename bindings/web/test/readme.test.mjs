// The README's first example, run as it stands.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { DEADLINE_MS, DevService, ROOT } from "./service.mjs";

test("the example holds a conversation", async () => {
  const readme = readFileSync(join(ROOT, "bindings/web/README.md"), "utf8");
  const [example] = readme.split("```js\n").slice(1).map((part) => part.split("```")[0]);
  const file = new URL("readme-example.mjs", import.meta.url);
  writeFileSync(file, example);
  const service = await DevService.start();
  const env = { ...process.env, WOTNOT_GATEWAY: service.url };
  const { stdout } = await promisify(execFile)(process.execPath, [file.pathname], { env, timeout: DEADLINE_MS });
  assert.equal(stdout, "visitor: Hello\nbot: Hi there\nbot: What is it about?\nvisitor: Sales\nbot: How old are you?\nvisitor: 30\nbot: Thank you\n");
  await service.stop();
});
