// Several fields at once.

import type { FormField } from "../../wire.js";
import type { PromptHost, PromptOf } from "../host.js";

/** How a type of the bot's is typed: the input's type, and what browsers fill in. */
const TYPES: Partial<Record<string, [type: string, fills: string]>> = {
  email: ["email", "email"],
  phone: ["tel", "tel"],
  tel: ["tel", "tel"],
  number: ["number", "off"],
  date: ["date", "off"],
  url: ["url", "url"],
};

export function form(host: PromptHost<PromptOf<"form">>): HTMLElement {
  const { prompt, named, t, h, answer } = host;
  const inputs = prompt.fields.map((field) => control(host, field));
  const submit = (event: Event) => {
    event.preventDefault();
    const fields = prompt.fields.map(({ label }, index) => ({ label, value: inputs[index]!.value.trim() }));
    // What was left empty was not answered.
    answer({ fields: fields.filter(({ value }) => value) });
  };
  const rows = prompt.fields.map(({ label, required }, index) =>
    h("label", { class: "field" }, h("span", { dir: "auto" }, label, required === false && ` (${t.optional})`), inputs[index]),
  );
  return h("form", { class: "fields", onsubmit: submit, ...named }, ...rows, h("button", { type: "submit", class: "solid" }, t.send));
}

function control({ h, t }: PromptHost, { type, placeholder, required, options }: FormField): HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement {
  const props = { class: "text", required: required !== false, placeholder, dir: "auto" };
  if (options?.length) return h("select", props, h("option", { value: "" }, t.select), ...options.map((option) => h("option", {}, option)));
  if (type === "textarea") return h("textarea", { ...props, rows: 3, maxlength: 4_000 });
  const [kind, fills] = TYPES[type ?? ""] ?? ["text", type === "name" ? "name" : "on"];
  return h("input", { ...props, type: kind, autocomplete: fills, maxlength: 4_000, ...(kind === "number" ? { step: "any" } : null) });
}
