// The list of conversations, newest first, and the form that starts one.

import { get, post } from "./api.js";
import { field, fill, form, h } from "./dom.js";

/** @typedef {import("./types.js").Summary} Summary */
/** @typedef {import("./types.js").Bot} Bot */

/** More than these would neither be read nor be shown soon. */
const SHOWN = 200;

/**
 * @param {import("./selection.js").Selection} selection
 * @returns {import("./types.js").Panel}
 */
export function conversationList(selection) {
  /** @type {Summary[]} */
  let known = [];
  const list = h("ul", {
    class: "conversations", role: "listbox", tabIndex: 0, "aria-label": "Conversations, newest first",
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const at = known.findIndex((it) => it.conversation === selection.conversation);
      const to = { ArrowDown: at + 1, ArrowUp: Math.max(at - 1, 0), Home: 0, End: known.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      if (known[to]) selection.select(known[to].conversation);
    },
  });
  const count = h("p", { class: "small" });
  const none = h("p", { class: "empty" }, "No conversation yet. Start one here, or let your program do it.");
  const start = startForm(selection);
  const element = h("div", { class: "pane" }, h("h2", {}, "Conversations"), start.element, none, list, count);

  const show = () => {
    none.hidden = known.length > 0;
    list.hidden = known.length === 0;
    fill(list, known.map((it) => option(it, selection)));
    list.setAttribute("aria-activedescendant", known.some((it) => it.conversation === selection.conversation) ? optionId(selection.conversation) : "");
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
    count.textContent = known.length === SHOWN ? `The newest ${SHOWN} are shown.` : "";
  };
  selection.changed(show);
  return {
    element,
    async refresh(areas) {
      if (areas.has("bots") || areas.has("all")) await start.refresh();
      if (!areas.has("conversations") && !areas.has("all")) return;
      const answer = await get(`/conversations?newest=${SHOWN}`);
      known = answer.conversations.reverse();
      if (selection.conversation && known.length < SHOWN && !known.some((it) => it.conversation === selection.conversation)) selection.select("");
      else if (!selection.conversation && known.length > 0) selection.select(known[0].conversation);
      else show();
    },
  };
}

const optionId = (/** @type {string} */ id) => `conversation-${id}`;

/**
 * @param {Summary} it
 * @param {import("./selection.js").Selection} selection
 */
function option(it, selection) {
  const selected = it.conversation === selection.conversation;
  return h("li", {
    id: optionId(it.conversation), role: "option", "aria-selected": String(selected),
    onclick: () => selection.select(it.conversation),
  },
    h("span", { class: "who" }, it.visitor_id),
    h("span", { class: `place ${it.place}` }, it.place),
    h("span", { class: "small" }, `${it.bot_key} v${it.bot_version}${it.current_block ? ` · ${it.current_block}` : ""}`));
}

/** @param {import("./selection.js").Selection} selection */
function startForm(selection) {
  const bot = h("select", { required: true });
  const visitor = h("input", { type: "text", required: true, value: "visitor-1" });
  const words = h("input", { type: "text", required: true, value: "Hello" });
  const variables = h("textarea", { rows: 3, placeholder: '{"contact": {"name": "Asha"}}', spellcheck: false });
  const start = async () => {
    let given;
    try {
      given = variables.value.trim() ? JSON.parse(variables.value) : undefined;
    } catch {
      throw new Error('The variables are no JSON: write them as {"contact": {"name": "Asha"}}.');
    }
    const made = await post("/conversations", {
      channel: "API",
      bot_key: bot.value,
      from: { user_external_id: visitor.value, type: "VISITOR" },
      message: { type: "text", data: { body: words.value } },
      ...(given === undefined ? {} : { variables: given }),
    });
    visitor.value = visitor.value.replace(/\d+$/, (digits) => String(Number(digits) + 1));
    selection.select(made.conversation.id);
  };
  const element = h("details", { class: "start", open: true }, h("summary", {}, "New conversation"),
    form({ "aria-label": "New conversation" }, start,
      field("Bot", bot), field("Visitor's id", visitor), field("First words", words), field("Variables (JSON, may be left out)", variables),
      h("button", { type: "submit", class: "primary" }, "Start")));
  return {
    element,
    async refresh() {
      /** @type {{bots: Bot[]}} */
      const { bots } = await get("/bots");
      const before = bot.value;
      fill(bot, bots.map((it) => h("option", { value: it.key }, `${it.name} (${it.key}, version ${it.version})`)));
      if (bots.some((it) => it.key === before)) bot.value = before;
    },
  };
}
