// The flow files and what was found in them when they were read last: at the start, and after each change.

import { get } from "./api.js";
import { fill, h, timeOfDay } from "./dom.js";

/** @typedef {{code: string, severity: string, message: string, hint?: string, line: number, column: number}} Finding */
/** @typedef {{file: string, read_at: string, state: string, bot_key?: string, problem?: string, findings: Finding[]}} FlowFile */

const STATES = /** @type {Record<string, string>} */ ({
  deployed: "deployed", refused: "not deployed: the version before it keeps running", unread: "could not be read: the version before it keeps running",
});

/** @returns {import("./types.js").Panel & {badge: () => string}} */
export function findingsPanel() {
  const list = h("div", { class: "files", role: "status" });
  const none = h("p", { class: "empty" }, "No flow comes from a file.");
  let wrong = 0;
  return {
    element: h("div", {}, none, list),
    badge: () => (wrong ? ` ${wrong}` : ""),
    async refresh(areas) {
      if (!areas.has("bots") && !areas.has("all")) return;
      /** @type {{files: FlowFile[]}} */
      const { files } = await get("/findings");
      wrong = files.filter((it) => it.state !== "deployed").length;
      none.hidden = files.length > 0;
      fill(list, files.map(fileOf));
    },
  };
}

/** @param {FlowFile} file */
function fileOf(file) {
  const said = file.findings.map((it) => h("li", { class: it.severity },
    h("code", {}, `${file.file}:${it.line}:${it.column}`), ` ${it.severity} (${it.code}): ${it.message}`,
    it.hint ? h("p", { class: "small" }, it.hint) : null));
  return h("section", { class: `file ${file.state}` },
    h("h3", {}, file.file),
    h("p", {}, STATES[file.state] ?? file.state, file.bot_key ? ` as ${file.bot_key}` : "", h("span", { class: "small" }, ` · read ${timeOfDay(file.read_at).slice(0, 8)}`)),
    file.problem ? h("p", { class: "reason" }, file.problem) : null,
    said.length ? h("ul", {}, said) : h("p", { class: "small" }, "No findings."));
}
