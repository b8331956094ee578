// One message of a transcript as elements: what the bot, a person or the visitor said.

import { h } from "./dom.js";
import { nodesOf, plain, safeLink } from "./html.js";

/**
 * What the bot asks, in its own words; nothing when it is no question.
 * @param {any} message
 */
const titleOf = (message) => message.payload?.title ?? message.payload?.text ?? message.text ?? "";

/**
 * @param {string} address
 * @param {string} [label]
 */
export function link(address, label = address) {
  const href = safeLink(address);
  return href ? h("a", { href, target: "_blank", rel: "noopener noreferrer" }, label) : h("code", {}, label);
}

/** @param {any} part a part of `send_message` */
function partOf(part) {
  if (part?.type === "text") return h("p", {}, nodesOf(part.text ?? ""));
  if (part?.type === "info") return h("p", { class: "info" }, nodesOf(part.info?.title ?? ""));
  const media = part?.[part?.type];
  return h("p", {}, `${part?.type}: `, link(String(media?.link ?? ""), media?.file_name || media?.link));
}

/**
 * What the visitor sent, in a line.
 * @param {string} type
 * @param {any} data
 */
function sentBy(type, data) {
  switch (type) {
    case "file_upload.response": return (data.files ?? []).map((/** @type {any} */ file) => file.filename || file.link).join(", ");
    case "form.response": return (data.fields ?? []).map((/** @type {any} */ it) => `${it.label}: ${it.value}`).join("\n");
    case "javascript.response": {
      const { contact_variables = [], non_contact_variables = [] } = data.variables ?? {};
      return [...contact_variables, ...non_contact_variables].map((it) => `${it.name} = ${it.value}`).join("\n");
    }
    default: return data.body ?? "";
  }
}

/** @param {any[]} buttons */
const offered = (buttons) => h("ul", { class: "offered" }, (buttons ?? []).map((it) => h("li", {}, plain(it.title ?? ""))));

/**
 * The contents of a bubble.
 * @param {string} by visitor, bot or agent
 * @param {any} message
 * @returns {Node[]}
 */
export function contentsOf(by, message) {
  const { type, payload } = message ?? {};
  if (by === "visitor" && type !== "text") return [h("p", { class: "words" }, sentBy(String(type), payload ?? {}))];
  switch (type) {
    case "send_message": return (payload?.messages ?? []).map(partOf);
    case "delay": return [h("p", { class: "info" }, `waits ${payload?.duration} s`)];
    case "button": return [h("p", {}, nodesOf(titleOf(message))), offered(payload?.buttons)];
    case "carousel":
    case "image_carousel":
      return [
        h("p", {}, nodesOf(titleOf(message))),
        h("ul", { class: "offered" }, (payload?.cards ?? []).map((/** @type {any} */ card) => h("li", {}, plain(card.title ?? "")))),
      ];
    case "javascript": return [h("p", { class: "info" }, "asks for the result of a script")];
    default: return [h("p", {}, nodesOf(titleOf(message)))];
  }
}

/**
 * What an event that is no message says, in a line.
 * @param {string} kind
 * @param {any} payload
 */
export function eventLine(kind, payload) {
  switch (kind) {
    case "conversation_create": return `conversation created, with ${payload?.assigned_to_user?.type ?? "nobody"}`;
    case "assignee": return `now with ${payload?.assigned_to_user?.type ?? "nobody"}`;
    case "status": return `conversation ${payload?.status ?? "changed"}`;
    case "variables":
      return (payload?.variables ?? []).map((/** @type {any} */ it) => `${it.type}.${it.name} = ${JSON.stringify(it.value)}`).join(", ");
    default: return kind;
  }
}
