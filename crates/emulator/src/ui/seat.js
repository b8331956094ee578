// The agent's seat: a person on the company's side takes over, writes, gives back and closes; and what happens in
// a conversation that no bot causes.

import { conversationPath, post } from "./api.js";
import { button, field, form, h } from "./dom.js";

/** Those whose payload the emulator makes up. */
const EVENTS = ["label", "note", "sla_breached", "message_status", "typing"];

/** @param {import("./selection.js").Selection} selection */
export function agentSeat(selection) {
  const act = (/** @type {string} */ what, /** @type {unknown} */ body) => post(`${conversationPath(selection.conversation)}/${what}`, body);
  const words = h("input", { type: "text", required: true, autocomplete: "off" });
  const composer = form({ class: "composer", "aria-label": "Write as the agent" }, async () => {
    await act("agent", { text: words.value });
    words.value = "";
    words.focus();
  }, field("Message of the agent", words), h("button", { type: "submit" }, "Send"));
  const take = button("Take over", () => act("take", {}));
  const giveBack = button("Give back to the bot", () => act("return", {}));
  const close = button("Close", () => act("close", {}));
  const kind = h("select", {}, EVENTS.map((it) => h("option", { value: it }, it)));
  const event = form({ class: "composer", "aria-label": "Raise an event" }, () => act("events", { type: kind.value }),
    field("Event", kind), h("button", { type: "submit" }, "Raise"));
  return {
    element: h("div", {}, h("div", { class: "actions" }, take, giveBack, close), composer, event),
    /** @param {string} place */
    show(place) {
      const ended = place === "ended";
      take.disabled = ended || place === "human";
      giveBack.disabled = place !== "human";
      close.disabled = ended;
      composer.hidden = ended;
    },
  };
}
