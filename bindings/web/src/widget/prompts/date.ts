// A day.

import type { PromptHost, PromptOf } from "../host.js";

export function date({ prompt, named, t, h, answer }: PromptHost<PromptOf<"date">>): HTMLElement {
  const input = h("input", { type: "date", required: true, class: "text", min: day(prompt.earliest), max: day(prompt.latest), ...named });
  const submit = (event: Event) => {
    event.preventDefault();
    answer({ date: input.value });
  };
  return h("form", { class: "fields", onsubmit: submit }, input, h("button", { type: "submit", class: "solid" }, t.send));
}

/** A bound as the input takes it. Today is the visitor's. */
function day(bound: string | null | undefined): string | null {
  return bound === "today" ? new Date().toLocaleDateString("sv-SE") : (bound ?? null);
}
