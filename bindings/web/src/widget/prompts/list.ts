// Options in a list: many of them, or several that may be picked at once.

import type { PromptHost, PromptOf } from "../host.js";

export function list({ prompt, named, t, h, fill, option, answer }: PromptHost<PromptOf<"choice">>): HTMLElement {
  const { options, multiple } = prompt;
  const links = options.filter(({ url }) => url);
  const picks = options.filter(({ url }) => !url);
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
  const words = least === most ? t.exactly : prompt.least && prompt.most ? t.range : prompt.least ? t.atLeast : t.atMost;
  const bounds = multiple && !!(prompt.least || prompt.most) && fill(words, { least, most });
  return h(
    "form",
    { class: "fields", onsubmit: submit, onchange: look },
    h(
      "div",
      { class: "list", role: multiple ? "group" : "radiogroup", ...named },
      ...picks.map(({ label }, index) => h("label", {}, inputs[index], h("span", { dir: "auto" }, label))),
    ),
    bounds && h("small", {}, bounds),
    ...links.map((one) => option(one)),
    send,
  );
}
