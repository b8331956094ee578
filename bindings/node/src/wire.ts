// Names: `camelCase` here, `snake_case` in the JSON that the core reads and writes.

/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [name: string]: Json };

/** A JSON object. */
export type JsonObject = { [name: string]: Json };

/** The name that the core uses. */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Options of ours under the core's names, in nested objects too. Unknown ones go along: the core names them. */
export function snakeKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [snakeCase(name), snakeKeys(inner)]));
}
