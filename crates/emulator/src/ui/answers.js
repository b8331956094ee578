// Answers of the visitor as the messages that the service takes.

import { plain } from "./html.js";

/** @typedef {import("./types.js").Message} Message */
/** @typedef {import("./types.js").Button} Button */

/** @param {string} body @returns {Message} */
export const text = (body) => ({ type: "text", data: { body } });

/** @param {Button} button @returns {Message} */
export const picked = (button) => ({
  type: "button.response",
  data: { body: plain(button.title), callback: button.callback ?? "", next_dialog: button.next_dialog ?? "", key: button.key ?? "" },
});

/**
 * Several buttons at once.
 * @param {Button[]} buttons
 * @param {number[]} indexes
 * @returns {Message}
 */
export const several = (buttons, indexes) => ({
  type: "button.response",
  data: {
    body: indexes.map((index) => plain(buttons[index].title)).join(", "),
    callback: "", next_dialog: "", key: "",
    selected_button_index: indexes,
  },
});

/** @param {number} value @returns {Message} */
export const slid = (value) => ({ type: "slider.response", data: { body: String(value), value, callback: null } });

/**
 * @param {{label: string}[]} fields
 * @param {string[]} values
 * @returns {Message}
 */
export const formFilled = (fields, values) => ({
  type: "form.response",
  data: { fields: fields.map(({ label }, index) => ({ label, value: values[index] ?? "" })) },
});

/**
 * Files by their links; nothing is uploaded, for the integrator hosts them.
 * @param {string} link the link of one file, or the folder of those that were chosen
 * @param {{name: string, type: string, size: number}[]} chosen
 * @returns {Message}
 */
export function files(link, chosen) {
  const folder = link.endsWith("/") ? link : `${link}/`;
  const file = (/** @type {string} */ filename, /** @type {string} */ at, /** @type {string} */ mime) => ({
    filename, link: at, mime_type: mime || "application/octet-stream", extension: /\.([^.]+)$/.exec(filename)?.[1] ?? "",
  });
  const name = link.split(/[?#]/)[0].split("/").pop() || "file";
  const list = chosen.length
    ? chosen.map((it) => ({ ...file(it.name, folder + encodeURIComponent(it.name), it.type), size: it.size }))
    : [file(name, link, mimeOf(name))];
  return { type: "file_upload.response", data: { files: list } };
}

/** @param {string} name */
function mimeOf(name) {
  const known = /** @type {Record<string, string>} */ ({ pdf: "application/pdf", png: "image/png", jpg: "image/jpeg", jpeg: "image/jpeg", gif: "image/gif", webp: "image/webp", txt: "text/plain", csv: "text/csv", mp4: "video/mp4" });
  return known[/\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ""] ?? "";
}

/**
 * A day as the bot wants it written.
 * @param {string} day YYYY-MM-DD
 * @param {string} format such as DD/MM/YYYY
 */
export function dayAs(day, format) {
  const [year, month, date] = day.split("-");
  return format.replace("YYYY", year).replace("MM", month).replace("DD", date);
}

/**
 * What a block of JavaScript would have given back.
 * @param {string[]} variables by their full names
 * @param {string[]} values
 * @returns {Message}
 */
export function variables(variables, values) {
  const all = variables.map((full, index) => {
    const at = full.indexOf(".");
    return { scope: full.slice(0, at), name: full.slice(at + 1), value: values[index] ?? "" };
  });
  const entries = (/** @type {boolean} */ contact) =>
    all.filter(({ scope }) => (scope === "contact") === contact).map(({ name, value }) => ({ name, value }));
  return { type: "javascript.response", data: { variables: { contact_variables: entries(true), non_contact_variables: entries(false) } } };
}
