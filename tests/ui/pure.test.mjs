// What the emulator's page makes of texts and answers, without a browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as answers from "../../crates/emulator/src/ui/answers.js";
import { plain, safeLink, treeOf, unescaped } from "../../crates/emulator/src/ui/html.js";
import { changedAreas } from "../../crates/emulator/src/ui/live.js";

test("a bot's HTML keeps the few kinds of markup that chat windows know, and loses all else", () => {
  assert.deepEqual(treeOf("a <b>bold</b><br>end"), ["a ", { tag: "b", children: ["bold"] }, { tag: "br", children: [] }, "end"]);
  assert.deepEqual(treeOf('<a href="https://example.com/?a=1&amp;b=2" onclick="x()">to</a>'), [{ tag: "a", href: "https://example.com/?a=1&b=2", children: ["to"] }]);
  for (const href of ["javascript:alert(1)", " JavaScript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "vbscript:x", "//example.com", "/x"]) {
    const [link] = treeOf(`<a href='${href}'>to</a>`);
    assert.equal(link.href, undefined, href);
  }
  for (const bad of ["<script>x</script>", "<STYLE>x</STYLE>", "<img src=x onerror=y>", "<svg onload=x>", "<!-- x -->", "<script>x", "<iframe src=x></iframe>"]) {
    assert.equal(plain(bad), "", bad);
  }
  assert.deepEqual(treeOf("<script>a</script>b"), ["b"]);
  assert.deepEqual(treeOf("1 < 2 &amp;&lt; 3"), ["1 ", "<", " 2 &< 3"]);
  assert.equal(plain("<p>Hi<br>there &#128075;&nbsp;&copy;</p></b>"), "Hi\nthere 👋\u00a0&copy;");
});

test("no HTML takes long, and none nests without end", () => {
  const deep = treeOf("<b>".repeat(100_000));
  let depth = 0;
  for (let at = deep; at.length > 0; at = at[0].children) depth++;
  assert.ok(depth < 30);
  for (const text of ["<".repeat(100_000), "<a ".repeat(30_000), '<a "'.repeat(30_000), "&#".repeat(100_000), "<!--".repeat(30_000)]) treeOf(text);
});

test("odd numbers of characters are no characters", () => {
  assert.equal(unescaped("&#0;&#xd800;&#x110000;&#9999999;"), "\ufffd\ufffd\ufffd\ufffd");
  assert.equal(safeLink("mailto:a@example.com"), "mailto:a@example.com");
  assert.equal(safeLink(7), undefined);
});

test("answers are the messages that the service documents", () => {
  const buttons = [{ title: "<b>Red</b> &amp; blue", callback: "c", next_dialog: "d", key: "k" }, { title: "Green", key: "g" }];
  assert.deepEqual(answers.picked(buttons[0]), { type: "button.response", data: { body: "Red & blue", callback: "c", next_dialog: "d", key: "k" } });
  assert.deepEqual(answers.several(buttons, [0, 1]).data, { body: "Red & blue, Green", callback: "", next_dialog: "", key: "", selected_button_index: [0, 1] });
  assert.deepEqual(answers.slid(3.5).data, { body: "3.5", value: 3.5, callback: null });
  assert.equal(answers.dayAs("2026-12-31", "MM/DD/YYYY"), "12/31/2026");
  assert.deepEqual(answers.files("https://example.com/a/cat.png?x=1", []).data.files, [
    { filename: "cat.png", link: "https://example.com/a/cat.png?x=1", mime_type: "image/png", extension: "png" },
  ]);
  assert.deepEqual(answers.files("https://example.com/a", [{ name: "b c.txt", type: "", size: 3 }]).data.files, [
    { filename: "b c.txt", link: "https://example.com/a/b%20c.txt", mime_type: "application/octet-stream", extension: "txt", size: 3 },
  ]);
  assert.deepEqual(answers.variables(["contact.name", "conversation.score"], ["Asha"]).data.variables, {
    contact_variables: [{ name: "name", value: "Asha" }], non_contact_variables: [{ name: "score", value: "" }],
  });
});

test("the areas of a change are those with new numbers, and all of them at first", () => {
  const before = { change: 4, conversations: 4, requests: 3, deliveries: 0, bots: 0, settings: 0, all: 0 };
  assert.deepEqual([...changedAreas(null, before)].length, 7);
  assert.deepEqual([...changedAreas(before, { ...before, change: 5, requests: 5 })], ["change", "requests"]);
  assert.deepEqual([...changedAreas(before, before)], []);
});
