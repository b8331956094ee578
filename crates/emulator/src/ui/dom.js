// Makes elements. Text is always text here: nothing in this page writes markup.

/** @typedef {Node | string | number | null | undefined | false} Child */

/**
 * An element with these properties (`on…` are listeners, `class`, `data-…` and `aria-…` attributes) and children.
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any>} [properties]
 * @param {...(Child | Child[])} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name in element && name !== "list" && name !== "form") /** @type {any} */ (element)[name] = value;
    else if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
  }
  fill(element, ...children);
  return element;
}

/**
 * Puts these children in place of the ones that an element has.
 * @param {Element} element
 * @param {...(Child | Child[])} children
 */
export function fill(element, ...children) {
  const wanted = children.flat().filter((child) => child !== null && child !== undefined && child !== false);
  element.replaceChildren(.../** @type {(Node | string)[]} */ (wanted.map((child) => (child instanceof Node ? child : String(child)))));
}

let ids = 0;

/** An id that no other element has. */
export const newId = (/** @type {string} */ word) => `${word}-${++ids}`;

/**
 * A labelled field.
 * @param {string} label
 * @param {HTMLElement} control
 */
export function field(label, control) {
  control.id ||= newId("field");
  return h("div", { class: "field" }, h("label", { htmlFor: control.id }, label), control);
}

/**
 * A button that does something over the control API; what fails shows in the page's alert.
 * @param {string} label
 * @param {() => unknown} act
 * @param {Record<string, any>} [properties]
 */
export const button = (label, act, properties = {}) => h("button", { type: "button", ...properties, onclick: () => attempt(act) }, label);

/**
 * A form whose fields are read when it is sent.
 * @param {Record<string, any>} properties
 * @param {(form: HTMLFormElement) => unknown} send
 * @param {...(Child | Child[])} children
 */
export function form(properties, send, ...children) {
  let sending = false;
  const element = h("form", {
    ...properties,
    async onsubmit(/** @type {SubmitEvent} */ event) {
      event.preventDefault();
      if (sending) return;
      sending = true;
      await attempt(() => send(element));
      sending = false;
    },
  }, ...children);
  return element;
}

const alert = h("p", { class: "problem", role: "alert", hidden: true });

/** Shows an error; every other file calls this. */
export const alertElement = alert;

/** @param {string} text */
export function tell(text) {
  alert.textContent = text;
  alert.hidden = text === "";
}

/**
 * Does something, and shows what went wrong with it.
 * @param {() => unknown} act
 */
export async function attempt(act) {
  try {
    tell("");
    await act();
  } catch (error) {
    tell(error instanceof Error ? error.message : String(error));
  }
}

/**
 * JSON as people read it.
 * @param {unknown} value
 */
export const pretty = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 2));

/** The time of day in a time of the wire. @param {string} at */
export const timeOfDay = (at) => at.slice(11, 23);
