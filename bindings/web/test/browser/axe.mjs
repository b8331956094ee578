// What axe-core finds on a page.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const FIND = `${AXE}; axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map(({ target, failureSummary }) => target.join(" ") + " " + failureSummary).join("; ")))`;

/** What it finds in a page and its frames, within shadow roots too. */
export async function violations(page) {
  const devtools = await page.context().newCDPSession(page);
  const { frameTree } = await devtools.send("Page.getFrameTree");
  const found = [];
  for (const { frame } of [frameTree, ...(frameTree.childFrames ?? [])]) {
    // As a tool of the browser's: the page's own policy forbids what axe does, and stays in force for the page.
    const { executionContextId } = await devtools.send("Page.createIsolatedWorld", { frameId: frame.id, worldName: "axe" });
    const { result, exceptionDetails } = await devtools.send("Runtime.evaluate", { expression: FIND, awaitPromise: true, returnByValue: true, contextId: executionContextId, allowUnsafeEvalBlockedByCSP: true });
    assert.equal(exceptionDetails, undefined);
    found.push(...result.value);
  }
  await devtools.detach();
  return found;
}
