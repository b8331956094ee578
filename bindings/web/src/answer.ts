// How an answer looks while it is on its way: as the gateway will write it.

import type { Answer, Prompt } from "./wire.js";

/** `fileName` gives the name of a file that was uploaded. */
export function shownAnswer(prompt: Prompt, answer: Answer, fileName: (id: string) => string): string {
  if ("text" in answer) return answer.text;
  if ("date" in answer) return answer.date;
  if ("value" in answer) return String(answer.value);
  if ("files" in answer) return answer.files.map(fileName).join(", ");
  if ("fields" in answer) {
    const told = answer.fields.filter(({ value }) => value !== null);
    return told.map(({ label, value }) => `${label}: ${typeof value === "string" ? value : JSON.stringify(value)}`).join("\n");
  }
  if ("variables" in answer) return "";
  const ids = "option" in answer ? [answer.option] : answer.options;
  const options = prompt.kind === "choice" ? prompt.options : [];
  return ids.map((id) => options.find((option) => option.id === id)?.label ?? id).join(", ");
}
