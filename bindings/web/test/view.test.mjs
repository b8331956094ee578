// The vectors of tests/view: what a window shows after each frame.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { cursorOf, emptyView, openPrompt, reduce } from "wotnot-web";
import { ROOT } from "./service.mjs";

const folder = join(ROOT, "tests/view");
const files = readdirSync(folder).filter((name) => name.endsWith(".json"));

test("there are vectors", () => assert(files.length >= 30, `${files.length} in ${folder}`));

for (const file of files) {
  const vector = JSON.parse(readFileSync(join(folder, file), "utf8"));
  test(file.replace(".json", "").replaceAll("_", " "), () => {
    const deepFreeze = (value) => {
      if (value && typeof value === "object") Object.values(Object.freeze(value)).forEach(deepFreeze);
      return value;
    };
    // Frozen: a reducer that changes what it was given fails.
    let view = deepFreeze({ ...emptyView, ...vector.view });
    for (const frame of vector.frames) view = deepFreeze(reduce(view, deepFreeze(frame)));
    assert.deepEqual(view, { ...emptyView, ...vector.expect });
    assert.deepEqual(openPrompt(view), vector.open_prompt);
  });
}

test("a frame that changes nothing gives the same view", () => {
  const view = { ...emptyView, epoch: "0123456789abcdef", seq: 2 };
  assert.equal(reduce(view, { type: "token" }), view);
  assert.equal(reduce(view, { type: "ended", seq: 2, at: "" }), view);
  assert.equal(reduce(view, { type: "dropped", client_id: "m9" }), view);
});

test("a cursor is the epoch and the newest entry", () => {
  assert.equal(cursorOf(emptyView), null);
  assert.equal(cursorOf({ ...emptyView, epoch: "0123456789abcdef", seq: 7 }), "0123456789abcdef.7");
});
