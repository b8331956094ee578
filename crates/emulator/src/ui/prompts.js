// What the visitor is asked for, as a form: one for each kind of question. A typed answer goes to any of them.

import * as answers from "./answers.js";
import { field, form, h, newId } from "./dom.js";
import { nodesOf, plain } from "./html.js";
import { link } from "./message.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Button} Button */
/** @typedef {(message: Message) => Promise<unknown>} Send */

const sendButton = (label = "Send answer") => h("button", { type: "submit", class: "primary" }, label);

/**
 * The form for this question; nothing where it is answered with plain text.
 * @param {any} message the bot's last message
 * @param {Send} send
 * @returns {HTMLElement | null}
 */
export function promptFor(message, send) {
  const payload = message?.payload ?? {};
  const kinds = /** @type {Record<string, () => HTMLElement>} */ ({
    button: () => (payload.multiple ? severalOf(payload, send) : oneOf(payload.buttons ?? [], send)),
    carousel: () => cards(payload, send),
    image_carousel: () => cards(payload, send),
    slider: () => slider(payload, send),
    file_upload: () => files(payload, send),
    form: () => fields(payload, send),
    calendar: () => day(payload, send),
    javascript: () => script(payload, send),
  });
  const make = Object.hasOwn(kinds, message?.type) ? kinds[message.type] : undefined;
  const element = make?.();
  if (element) element.dataset.kind = message.type;
  return element ?? null;
}

/**
 * @param {Button} button
 * @param {Send} send
 */
function choice(button, send) {
  const address = typeof button.url === "string" ? button.url : button.url?.link;
  if (button.type === "url" && address) return h("span", { class: "page" }, link(address, `${plain(button.title)} ↗`));
  return form({ class: "one" }, () => send(answers.picked(button)), h("button", { type: "submit" }, plain(button.title)));
}

/**
 * @param {Button[]} buttons
 * @param {Send} send
 */
const oneOf = (buttons, send) => h("div", { class: "choices", role: "group", "aria-label": "Choices" }, buttons.map((it) => choice(it, send)));

/**
 * @param {any} payload
 * @param {Send} send
 */
function cards(payload, send) {
  const card = (/** @type {any} */ it) => {
    const title = newId("card");
    return h("li", { class: "card", "aria-labelledby": title },
      h("h4", { id: title }, nodesOf(it.title ?? "")),
      it.description ? h("p", {}, nodesOf(it.description)) : null,
      it.image ? h("p", { class: "small" }, "picture: ", link(it.image)) : null,
      oneOf(it.buttons ?? [], send));
  };
  return h("ul", { class: "cards" }, (payload.cards ?? []).map(card));
}

/**
 * @param {any} payload
 * @param {Send} send
 */
function severalOf(payload, send) {
  const boxes = (payload.buttons ?? []).map((/** @type {Button} */ it) => ({
    button: it,
    box: h("input", { type: "checkbox", id: newId("box") }),
  }));
  const { min, max } = payload;
  const bounds = [min ? `at least ${min}` : "", max ? `at most ${max}` : ""].filter(Boolean).join(", ");
  const send_ = () => {
    const indexes = boxes.flatMap((/** @type {any} */ it, /** @type {number} */ index) => (it.box.checked ? [index] : []));
    if (indexes.length === 0) throw new Error("Pick at least one choice.");
    return send(answers.several(payload.buttons, indexes));
  };
  return form({}, send_,
    h("fieldset", {}, h("legend", {}, bounds ? `Several may be picked: ${bounds}` : "Several may be picked"),
      boxes.map((/** @type {any} */ { button, box }) => h("div", { class: "check" }, box, h("label", { htmlFor: box.id }, plain(button.title))))),
    sendButton());
}

/**
 * @param {any} payload
 * @param {Send} send
 */
function slider(payload, send) {
  const { min = 0, max = 100, step = 1, unit = "" } = payload;
  const shown = h("output", { class: "value" });
  const range = h("input", { type: "range", min: String(min), max: String(max), step: String(step) });
  const show = () => {
    shown.textContent = `${range.value} ${unit}`.trim();
    range.setAttribute("aria-valuetext", shown.textContent);
  };
  range.value = String(min);
  range.addEventListener("input", show);
  show();
  return form({}, () => send(answers.slid(range.valueAsNumber)), field(`From ${min} to ${max}`, range), shown, sendButton());
}

/**
 * @param {any} payload
 * @param {Send} send
 */
function files(payload, send) {
  const many = Number(payload.max_files ?? 1) > 1;
  const accept = (payload.accept ?? []).map((/** @type {string} */ it) => (it.includes("/") ? it : `.${it}`)).join(",");
  const chooser = h("input", { type: "file", multiple: many, accept });
  const where = h("input", { type: "url", required: true, value: "https://files.example.com/" });
  const limits = [
    payload.max_files ? `at most ${payload.max_files}` : "",
    payload.accept?.length ? payload.accept.join(", ") : "",
    payload.max_size ? `up to ${payload.max_size} bytes` : "",
  ].filter(Boolean).join(" · ");
  return form({}, () => send(answers.files(where.value, [...(chooser.files ?? [])])),
    h("p", { class: "small" }, "Files are sent by their links, and you host them: nothing is uploaded here.", limits ? ` Asked for: ${limits}.` : ""),
    field("Files, for their names and kinds", chooser),
    field("Link, or the folder of the files", where),
    sendButton());
}

const INPUT_TYPES = /** @type {Record<string, string>} */ ({ email: "email", phone: "tel", number: "number", date: "text" });

/**
 * @param {any} payload
 * @param {Send} send
 */
function fields(payload, send) {
  /** @type {any[]} */
  const asked = payload.fields ?? [];
  const controls = asked.map(({ type, required, options }) => {
    if (options?.length) {
      const empty = h("option", { value: "" }, required ? "Please pick" : "none");
      return h("select", { required }, empty, options.map((/** @type {string} */ it) => h("option", { value: it }, it)));
    }
    const placeholder = type === "date" ? "DD/MM/YYYY" : undefined;
    return h("input", { type: INPUT_TYPES[type] ?? "text", required, placeholder, step: type === "number" ? "any" : undefined });
  });
  const values = () => controls.map((control) => control.value);
  return form({}, () => send(answers.formFilled(asked, values())),
    asked.map(({ label, required }, index) => field(required ? `${label} (required)` : label, controls[index])),
    sendButton());
}

/**
 * @param {any} payload
 * @param {Send} send
 */
function day(payload, send) {
  const { format = "YYYY-MM-DD", earliest, latest } = payload.validation ?? {};
  const input = h("input", { type: "date", required: true });
  const bounds = [earliest ? `from ${earliest}` : "", latest ? `to ${latest}` : ""].filter(Boolean).join(" ");
  return form({}, () => send(answers.text(answers.dayAs(input.value, format))),
    field(`Day${bounds ? `, ${bounds}` : ""}, sent as ${format}`, input), sendButton());
}

/**
 * @param {any} payload
 * @param {Send} send
 */
function script(payload, send) {
  /** @type {string[]} */
  const names = payload.variables ?? [];
  const controls = names.map(() => h("input", { type: "text" }));
  return form({}, () => send(answers.variables(names, controls.map((it) => it.value))),
    h("p", { class: "small" }, "A client runs this code and sends its variables. Here you give them:"),
    h("pre", { tabIndex: 0, "aria-label": "Code" }, payload.code ?? ""),
    names.map((name, index) => field(name, controls[index])), sendButton());
}
