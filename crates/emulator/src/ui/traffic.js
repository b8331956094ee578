// Calls that came in and posts that went out, newest first, each with headers and bodies. Tokens never get here.

import { call, conversationPath, get, post } from "./api.js";
import { button, field, fill, form, h, newId, pretty, timeOfDay } from "./dom.js";

/** @typedef {import("./types.js").Header} Header */

/** The most rows of a list; the emulator keeps more. */
const SHOWN = 200;

/**
 * A list that grows at its top.
 * @param {import("./selection.js").Selection} selection
 * @param {{path: string, name: string, area: string, row: (item: any) => HTMLElement, none: string}} kind
 */
function feed(selection, { path, name, area, row, none }) {
  const list = h("ol", { class: "traffic", reversed: true });
  const empty = h("p", { class: "empty" }, none);
  const mine = h("input", { type: "checkbox", id: newId("mine"), onchange: () => filter() });
  let newest = 0;
  const filter = () => {
    for (const item of /** @type {HTMLCollectionOf<HTMLElement>} */ (list.children)) {
      item.hidden = mine.checked && item.dataset.conversation !== selection.conversation;
    }
  };
  selection.changed(filter);
  return {
    element: h("div", {}, h("div", { class: "check" }, mine, h("label", { htmlFor: mine.id }, "Only of the conversation that is shown")), empty, list),
    /** @param {import("./types.js").Areas} areas */
    async refresh(areas) {
      if (areas.has("all")) {
        newest = 0;
        fill(list);
      }
      if (!areas.has(area) && !areas.has("all")) return;
      /** @type {any[]} */
      const items = (await get(`${path}?after=${newest}`))[name].filter((/** @type {any} */ it) => it.number > newest);
      newest = items.at(-1)?.number ?? newest;
      list.prepend(...items.slice(-SHOWN).reverse().map((it) => h("li", { value: it.number, "data-conversation": it.conversation ?? "" }, row(it))));
      while (list.children.length > SHOWN) list.lastElementChild?.remove();
      empty.hidden = list.children.length > 0;
      filter();
    },
  };
}

/**
 * A row that opens; what it hides is made when it does.
 * @param {(Node | string)[]} head
 * @param {() => Node[]} body
 */
function row(head, body) {
  const inside = h("div");
  return h("details", {
    ontoggle: (/** @type {Event} */ event) => {
      if (event.target instanceof HTMLDetailsElement && event.target.open && !inside.hasChildNodes()) fill(inside, body());
    },
  }, h("summary", {}, head), inside);
}

/** @param {Header[]} headers */
const headerTable = (headers) => h("table", { class: "headers" },
  h("caption", {}, "Headers"),
  h("tbody", {}, headers.map(({ name, value }) => h("tr", {}, h("th", { scope: "row" }, name), h("td", {}, value)))));

/**
 * @param {string} title
 * @param {unknown} value
 */
const bodyOf = (title, value) => h("div", {}, h("h4", {}, title), h("pre", { tabIndex: 0, "aria-label": title }, pretty(value)));

const chips = (/** @type {string[]} */ faults) => faults.map((it) => h("span", { class: "fault" }, it));
const statusOf = (/** @type {number | undefined} */ status) => h("span", { class: `status s${String(status ?? 0)[0]}` }, status ?? "no answer");

/**
 * @param {import("./selection.js").Selection} selection
 * @returns {import("./types.js").Panel}
 */
export const requestsPanel = (selection) => feed(selection, {
  path: "/requests", name: "requests", area: "requests", none: "No call has come yet.",
  row: (it) => row(
    [statusOf(it.status), ` ${it.method} ${it.path} `, ...chips(it.faults), h("span", { class: "small" }, ` ${timeOfDay(it.at)}`),
      it.reason ? h("span", { class: "reason" }, it.reason) : ""],
    () => [headerTable(it.headers), bodyOf("Body", it.body), bodyOf("Answer", it.answer)]),
});

/** The posts alone. */
export const deliveriesFeed = (/** @type {import("./selection.js").Selection} */ selection) => feed(selection, {
  path: "/deliveries", name: "deliveries", area: "deliveries",
  none: "No event has been posted. Without a webhook, replies show here alone.",
  row: (it) => row(
    [statusOf(it.answer?.status), ` ${eventsOf(it)} `, it.attempt > 1 ? h("span", { class: "fault" }, `try ${it.attempt}`) : "",
      h("span", { class: "small" }, ` ${timeOfDay(it.at)} · ${it.took_ms} ms`), it.problem ? h("span", { class: "reason" }, it.problem) : ""],
    () => [
      h("p", {}, `POST ${it.url}`), headerTable(it.headers), bodyOf("Body", it.body), bodyOf("Answer", it.answer?.body ?? ""),
      ...(it.conversation ? it.seqs.map((/** @type {number} */ seq) => button(`Post event ${seq} again`, () => post(`${conversationPath(it.conversation)}/events/${seq}/resend`, {}))) : []),
    ]),
});

/**
 * @param {import("./selection.js").Selection} selection
 * @returns {import("./types.js").Panel}
 */
export function deliveriesPanel(selection) {
  const target = webhookForm();
  const dead = h("div", { class: "dead" });
  const posts = deliveriesFeed(selection);
  return {
    element: h("div", {}, target.element, dead, posts.element),
    async refresh(areas) {
      if (areas.has("settings") || areas.has("all")) await target.refresh();
      if (areas.has("deliveries") || areas.has("all")) {
        const { dead_letters: letters } = await get("/dead-letters");
        fill(dead, letters.length ? h("p", { class: "problem" }, `${letters.length} given up, the last one: ${letters.at(-1).reason}`) : null);
      }
      await posts.refresh(areas);
    },
  };
}

/** @param {any} it */
function eventsOf(it) {
  const kinds = (it.body.events ?? []).map((/** @type {any} */ element) => element?.event?.type ?? "raw");
  return kinds.length ? kinds.join(", ") : "test of the endpoint";
}

function webhookForm() {
  const now = h("p", { id: "webhook" });
  const url = h("input", { type: "url", required: true, placeholder: "http://127.0.0.1:8089/wotnot/events" });
  const token = h("input", { type: "password", autocomplete: "off" });
  const save = () => call("PUT", "/webhook", { url: url.value, ...(token.value ? { token: token.value } : {}) });
  const element = h("div", {}, now, h("details", {}, h("summary", {}, "Change the webhook"),
    form({ "aria-label": "Webhook" }, save, field("URL", url), field("Token", token),
      h("p", { class: "small" }, "It is saved when its endpoint answers the test."),
      h("button", { type: "submit", class: "primary" }, "Test and save"), button("Remove", () => call("DELETE", "/webhook")))));
  return {
    element,
    async refresh() {
      const { webhook } = await get("/webhook");
      now.textContent = webhook ? `Webhook: ${webhook.url}${webhook.token_set ? ", with a token" : ", without a token"}` : "Webhook: none, events are posted nowhere";
    },
  };
}
