// Names: `camelCase` here, `snake_case` in the JSON that the core reads and writes.

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A JSON object. */
export type JsonObject = { [name: string]: Json };

/** No option of ours lies deeper; what does is not ours to rename. */
const DEEPEST = 8;

/** The name that the core uses. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The name that this language uses. */
export function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Options of ours under the core's names, in nested objects too. Unknown ones go along: the core names them. */
export function snakeKeys(value: unknown, depth = 0): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value) || depth > DEEPEST) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snakeCase(name), snakeKeys(inner, depth + 1)]));
}

/** How an error names the core's parameters: in the words of the method that the program called. */
export type Names = (message: string) => string;

/** Parameters that the program gave under the core's own names. */
export const coreNames: Names = (message) => message;

/** Options: `timeout_ms: ...` is `timeoutMs: ...`. A message and variables stay as the program wrote them. */
export const optionNames: Names = (message) =>
  /^(message|variables)\b/.test(message) ? message : camelNames(message);

/** In a text about something else than an option, options stand between backticks: "check `base_url`". */
export function hintNames(names: Names): Names {
  return names === coreNames ? names : (message) => message.replace(/`[a-z][a-z_.]*`/g, camelCase);
}

/** As `optionNames`; and what the core has at `place` is the argument `name`. */
export function argumentNames(place: string, name: string): Names {
  return (message) =>
    message.startsWith(place)
      ? camelNames(message.replace(place, name).replace(`did you mean \`${place}`, `did you mean \`${name}`))
      : optionNames(message);
}

function camelNames(message: string): string {
  return message.replace(/^[\w.[\]]+(?=: )/, camelCase).replace(/(?<=did you mean `)[^`]+/, camelCase);
}
