// A number on a scale.

import type { PromptHost, PromptOf } from "../host.js";

export function slider({ prompt, named, t, h, answer }: PromptHost<PromptOf<"slider">>): HTMLElement {
  const { min, max, step, unit } = prompt;
  const input = h("input", { type: "range", min: min ?? 0, max: max ?? 100, step: step ?? 1, ...named });
  const output = h("output");
  const show = () => {
    output.value = unit ? `${input.value} ${unit}` : input.value;
    input.setAttribute("aria-valuetext", output.value);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    answer({ value: input.valueAsNumber });
  };
  show();
  return h("form", { class: "fields", oninput: show, onsubmit: submit }, h("div", { class: "scale" }, input, output), h("button", { type: "submit", class: "solid" }, t.send));
}
