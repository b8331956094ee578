// A number on a scale.

import type { PromptHost, PromptOf } from "../host.js";

export function slider({ prompt, named, t, h, answer }: PromptHost<PromptOf<"slider">>): HTMLElement {
  const { step, unit } = prompt;
  const min = prompt.min ?? 0;
  const max = prompt.max ?? Math.max(100, min);
  const input = h("input", { type: "range", min, max, step: step ?? 1, ...named });
  // It begins in the middle; browsers keep the one of 0 to 100.
  input.valueAsNumber = (min + max) / 2;
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
