// The conversation that is looked at: everything that was said, and who answers next, the visitor or the agent.

import { text } from "./answers.js";
import { conversationPath, post } from "./api.js";
import { field, fill, form, h, newId } from "./dom.js";
import { transcriptLog } from "./log.js";
import { promptFor } from "./prompts.js";
import { agentSeat } from "./seat.js";

/** @typedef {import("./types.js").Entry} Entry */

/**
 * @param {import("./selection.js").Selection} selection
 * @returns {import("./types.js").Panel}
 */
export function chat(selection) {
  const title = h("h2", {}, "Chat");
  const facts = h("p", { class: "small", id: "facts" });
  const log = transcriptLog(selection);
  const visitor = visitorSeat((message) => post(`${conversationPath(selection.conversation)}/messages`, { message, user: { type: "VISITOR" } }));
  const agent = agentSeat(selection);
  const seats = seatSwitch({ Visitor: visitor.element, Agent: agent.element });
  const none = h("p", { class: "empty" }, "Pick or start a conversation.");
  const body = h("div", { class: "talk", hidden: true },
    facts, log.option, log.element, seats);
  /** @type {{id: string, seq: number, message: any} | undefined} of which conversation, and what */
  let lastOfBot;

  const clear = () => {
    lastOfBot = undefined;
    log.clear();
  };
  const update = async () => {
    const id = selection.conversation;
    body.hidden = id === "";
    none.hidden = id !== "";
    if (id === "") title.textContent = "Chat";
    const updated = await log.update();
    if (updated === null) return;
    const { transcript, news } = updated;
    title.textContent = transcript.visitor_id;
    fill(facts, h("span", { class: `place ${transcript.place}` }, transcript.place), ` ${transcript.bot_key} v${transcript.bot_version}`,
      transcript.current_block ? ` · block ${transcript.current_block}` : "", ` · ${id}`);
    const newest = news.findLast(isBots);
    if (newest) lastOfBot = { id, seq: newest.seq, message: newest.event.event.payload.message };
    const last = lastOfBot?.id === id ? lastOfBot : undefined;
    visitor.show(transcript.place, last?.message, `${id}/${last?.seq}`);
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
     * @param {string} key distinguishes it from others
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
