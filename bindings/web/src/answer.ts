// How an answer looks while it is on its way: as the gateway will write it.

import type { Answer, Prompt } from "./wire.js";

type FieldValue = { label: string; value: unknown };

/** `fileNames` has those of files that were uploaded, by their ids, which are random. */
export function shownAnswer(prompt: Prompt, answer: Answer, fileNames: Map<unknown, string>): string {
  if ("variables" in answer) return "";
  const options = prompt.kind === "choice" && ("option" in answer || "options" in answer) ? prompt.options : [];
  const shown = Object.values(answer).flat().map((one: string | number | FieldValue) => {
    if (typeof one === "object") return one.value === null ? [] : `${one.label}: ${typeof one.value === "string" ? one.value : JSON.stringify(one.value)}`;
    return fileNames.get(one) ?? options.find(({ id }) => id === one)?.label ?? one;
  });
  return shown.flat().join("fields" in answer ? "\n" : ", ");
}
