// A day.

import type { PromptHost, PromptOf } from "../host.js";

export function date({ named, t, h, answer }: PromptHost<PromptOf<"date">>): HTMLElement {
  const input = h("input", { type: "date", required: true, class: "text", ...named });
  const submit = (event: Event) => {
    event.preventDefault();
    answer({ date: input.value });
  };
  return h("form", { class: "fields", onsubmit: submit }, input, h("button", { type: "submit", class: "solid" }, t.send));
}
