// The package as CommonJS has it.

const assert = require("node:assert/strict");
const { test } = require("node:test");
const { Client, InvalidArgumentError } = require("wotnot");
const { Emulator } = require("wotnot/testing");

test("require gives the same", async () => {
  assert.equal(typeof Emulator.start, "function");
  assert.throws(() => new Client({ token: "" }), InvalidArgumentError);
  await new Client({ token: "t" }).close();
});
