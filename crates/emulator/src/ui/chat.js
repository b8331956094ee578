// The conversation that is looked at: everything that was said, and who answers next, the visitor or the agent.

import { text } from "./answers.js";
import { conversationPath, getIfThere, post } from "./api.js";
import { field, fill, form, h, newId, pretty, timeOfDay } from "./dom.js";
import { contentsOf, eventLine } from "./message.js";
import { promptFor } from "./prompts.js";
import { agentSeat } from "./seat.js";

/** @typedef {import("./types.js").Entry} Entry */
/** @typedef {import("./types.js").Transcript} Transcript */

/**
 * @param {import("./selection.js").Selection} selection
 * @returns {import("./types.js").Panel}
 */
export function chat(selection) {
  const title = h("h2", {}, "Chat");
  const facts = h("p", { class: "small", id: "facts" });
  const log = h("div", { class: "log", role: "log", "aria-label": "Transcript", tabIndex: 0 });
  const raw = h("input", { type: "checkbox", id: "raw", onchange: () => log.classList.toggle("raw", raw.checked) });
  const visitor = visitorSeat((message) => post(`${conversationPath(selection.conversation)}/messages`, { message, user: { type: "VISITOR" } }));
  const agent = agentSeat(selection);
  const seats = seatSwitch({ Visitor: visitor.element, Agent: agent.element });
  const none = h("p", { class: "empty" }, "Pick or start a conversation.");
  const body = h("div", { class: "talk", hidden: true },
    facts, h("div", { class: "check small" }, raw, h("label", { htmlFor: "raw" }, "Show the events as JSON")), log, seats);
  /** The entries that are shown: of which conversation, and how far. */
  let [shown, seq] = ["", 0];
  /** @type {Entry | undefined} */
  let lastOfBot;

  const clear = () => {
    [shown, seq, lastOfBot] = [selection.conversation, 0, undefined];
    fill(log);
  };
  const update = async () => {
    const id = selection.conversation;
    if (shown !== id) clear();
    body.hidden = id === "";
    none.hidden = id !== "";
    if (id === "") return void (title.textContent = "Chat");
    /** @type {Transcript | null} */
    const transcript = await getIfThere(`${conversationPath(id)}?after=${seq}`);
    if (transcript === null) return selection.select("");
    // Another one may have been picked, or the same entries been shown, while the answer was on its way.
    if (id !== selection.conversation || shown !== id) return;
    const news = transcript.entries.filter((entry) => entry.seq > seq);
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    log.append(...news.map(line));
    seq = news.at(-1)?.seq ?? seq;
    if (news.length > 0 && atEnd) log.scrollTop = log.scrollHeight;
    title.textContent = transcript.visitor_id;
    fill(facts, h("span", { class: `place ${transcript.place}` }, transcript.place), ` ${transcript.bot_key} v${transcript.bot_version}`,
      transcript.current_block ? ` · block ${transcript.current_block}` : "", ` · ${id}`);
    lastOfBot = news.findLast(isBots) ?? lastOfBot;
    visitor.show(transcript.place, lastOfBot?.event.event.payload.message, `${id}/${lastOfBot?.seq}`);
    agent.show(transcript.place);
  };
  selection.changed(() => update().catch(() => {}));
  return {
    element: h("div", { class: "pane" }, title, none, body),
    async refresh(areas) {
      if (areas.has("all")) clear();
      if (areas.has("all") || areas.has("conversations")) await update();
    },
  };
}

const isBots = (/** @type {Entry} */ entry) => entry.kind === "message" && entry.event?.event?.payload?.message_by?.type === "bot";

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

/**
 * The visitor's prompt and composer.
 * @param {(message: import("./types.js").Message) => Promise<unknown>} send
 */
function visitorSeat(send) {
  const prompt = h("div", { class: "prompt" });
  const words = h("input", { type: "text", required: true, autocomplete: "off" });
  const composer = form({ class: "composer", "aria-label": "Write as the visitor" }, async () => {
    await send(text(words.value));
    words.value = "";
    words.focus();
  }, field("Message of the visitor", words), h("button", { type: "submit" }, "Send"));
  const ended = h("p", { class: "empty", hidden: true }, "This conversation has ended.");
  let asked = "";
  return {
    element: h("div", {}, prompt, composer, ended),
    /**
     * @param {string} place
     * @param {any} message the bot's last message
     * @param {string} key tells it from others
     */
    show(place, message, key) {
      composer.hidden = place === "ended";
      ended.hidden = place !== "ended";
      if (place !== "asked") {
        asked = "";
        fill(prompt);
      } else if (key !== asked) {
        asked = key;
        const had = prompt.contains(document.activeElement);
        fill(prompt, promptFor(message, send));
        // Who answered with the keyboard goes on there.
        const next = /** @type {HTMLElement | null} */ (prompt.querySelector("button, input, select"));
        if (had) (next ?? words).focus();
      }
    },
  };
}

/**
 * Radio buttons that say who writes.
 * @param {Record<string, HTMLElement>} seats
 */
function seatSwitch(seats) {
  const name = newId("seat");
  const radios = Object.entries(seats).map(([label, element], index) => {
    const radio = h("input", { type: "radio", name, id: newId("seat"), checked: index === 0, onchange: () => show() });
    return { label, element, radio };
  });
  const show = () => radios.forEach(({ element, radio }) => (element.hidden = !radio.checked));
  show();
  return h("div", { class: "seats" },
    h("fieldset", { class: "switch" }, h("legend", {}, "Write as"),
      radios.map(({ label, radio }) => h("span", { class: "check" }, radio, h("label", { htmlFor: radio.id }, label)))),
    radios.map(({ element }) => element));
}
