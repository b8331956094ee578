// Everything that was said in the conversation that is looked at, and every event of it.

import { conversationPath, getIfThere } from "./api.js";
import { fill, h, pretty, timeOfDay } from "./dom.js";
import { contentsOf, eventLine } from "./message.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Transcript} Transcript */

/** @param {import("./selection.js").Selection} selection */
export function transcriptLog(selection) {
  const element = h("div", { class: "log", role: "log", "aria-label": "Transcript", tabIndex: 0 });
  const raw = h("input", { type: "checkbox", id: "raw", onchange: () => element.classList.toggle("raw", raw.checked) });
  /** The entries that are shown: of which conversation, and how far. */
  let [shown, seq] = ["", 0];
  const clear = () => {
    [shown, seq] = [selection.conversation, 0];
    fill(element);
  };
  return {
    element,
    /** Whether each event is shown as it was posted. */
    option: h("div", { class: "check small" }, raw, h("label", { htmlFor: "raw" }, "Show the events as JSON")),
    clear,
    /**
     * Adds what is new; null where there is nothing to show.
     * @returns {Promise<{transcript: Transcript, news: Entry[]} | null>}
     */
    async update() {
      const id = selection.conversation;
      if (shown !== id) clear();
      if (id === "") return null;
      /** @type {Transcript | null} */
      const transcript = await getIfThere(`${conversationPath(id)}?after=${seq}`);
      if (transcript === null) {
        selection.select("");
        return null;
      }
      // Another one may have been picked, or the same entries been shown, while the answer was on its way.
      if (id !== selection.conversation || shown !== id) return null;
      const news = transcript.entries.filter((entry) => entry.seq > seq);
      const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 40;
      element.append(...news.map(line));
      seq = news.at(-1)?.seq ?? seq;
      if (news.length > 0 && atEnd) element.scrollTop = element.scrollHeight;
      return { transcript, news };
    },
  };
}

/** @param {Entry} entry */
function line(entry) {
  const payload = entry.event?.event?.payload;
  const by = entry.kind === "message" ? (payload?.message_by?.type ?? "bot") : "event";
  const said = by === "event" ? [h("p", {}, eventLine(entry.kind, payload))] : contentsOf(by, payload?.message);
  return h("div", { class: `entry ${by}`, "data-kind": entry.kind },
    h("p", { class: "head" }, by === "event" ? entry.kind : by, ` · ${timeOfDay(entry.at)}`,
      (entry.faults ?? []).map((it) => h("span", { class: "fault" }, it))),
    h("div", { class: "said" }, said),
    h("pre", { class: "json" }, pretty(entry.event)));
}
