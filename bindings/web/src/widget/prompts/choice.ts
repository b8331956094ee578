// Options to pick: buttons while they are few, else a list; several at once where the bot takes them.

import type { PromptHost, PromptOf } from "../host.js";

/** More are a list. */
const BUTTONS = 5;

export function choice({ prompt, named, t, h, link, fill, answer }: PromptHost<PromptOf<"choice">>): HTMLElement {
  const { options, multiple } = prompt;
  const links = options.filter(({ url }) => url);
  const picks = options.filter(({ url }) => !url);
  const linkButtons = links.map(({ url, label }) => link(url!, { class: "option", dir: "auto" }, label));
  if (!multiple && options.length <= BUTTONS) {
    const buttons = options.map(({ id, label, url }) =>
      url ? link(url, { class: "option", dir: "auto" }, label) : h("button", { type: "button", class: "option", dir: "auto", onclick: () => answer({ option: id }) }, label),
    );
    return h("div", { class: "options", role: "group", ...named }, ...buttons);
  }
  const least = prompt.least ?? 1;
  const most = multiple ? (prompt.most ?? picks.length) : 1;
  const inputs = picks.map(({ id }) => h("input", { type: multiple ? "checkbox" : "radio", name: "option", value: id }));
  const send = h("button", { type: "submit", class: "solid" }, t.send);
  const picked = () => inputs.filter(({ checked }) => checked).map(({ value }) => value);
  const look = () => {
    const { length } = picked();
    send.disabled = length < least || length > most;
    if (multiple) for (const input of inputs) input.disabled = length >= most && !input.checked;
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const ids = picked();
    answer(multiple ? { options: ids } : { option: ids[0]! });
  };
  look();
  const bounds = multiple && (prompt.least || prompt.most) ? (prompt.least ? (prompt.most ? t.range : t.atLeast) : t.atMost) : "";
  return h(
    "form",
    { class: "fields", onsubmit: submit, onchange: look },
    h(
      "div",
      { class: "list", role: multiple ? "group" : "radiogroup", ...named },
      ...picks.map(({ label }, index) => h("label", { dir: "auto" }, inputs[index], label)),
    ),
    bounds && h("small", {}, fill(bounds, { least, most })),
    ...linkButtons,
    send,
  );
}
