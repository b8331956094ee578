// JSON text of what a program hands in, or an error that names what has no JSON form.

import { native } from "./addon";
import { callSite, type CallSite, errorOf, type Failure, type WotnotError } from "./errors";

/** `caller` is what the program called, `method` the core's name of it. */
export function encode(value: unknown, method: string, caller: Function): string {
  let text: string;
  let cause: unknown;
  try {
    text = JSON.stringify(value) ?? "null";
    // So a lone surrogate is written. A backslash of the program's own may look the same.
    if (!text.includes("\\ud")) {
      return text;
    }
  } catch (error) {
    text = "";
    cause = error;
  }
  const problem = flaw(value, "", []) ?? (cause === undefined ? undefined : "the parameters could not be written as JSON");
  if (problem === undefined) {
    return text;
  }
  throw invalid(method, problem, callSite(caller), cause);
}

/** The error for an argument that the core cannot even be asked about. */
export function invalid(method: string, problem: string, site: CallSite, cause?: unknown): WotnotError {
  const { error } = JSON.parse(native.notMade(method, problem)) as { error: Failure };
  return errorOf(error, site, cause);
}

/** What is wrong with a value, and where. `above` is what it lies in. */
function flaw(value: unknown, place: string, above: readonly object[]): string | undefined {
  const here = place || "the parameters";
  if (typeof value === "bigint") {
    return `${here}: a BigInt has no JSON form; give a number or a string`;
  }
  if (typeof value === "string") {
    return isWhole(value) ? undefined : `${here}: holds a lone surrogate, which no UTF-8 text can`;
  }
  if (typeof value !== "object" || value === null) {
    return undefined;
  }
  if (above.includes(value)) {
    return `${here}: holds itself`;
  }
  for (const [name, inner] of Object.entries(value)) {
    if (!isWhole(name)) {
      return `${here}: a name in it holds a lone surrogate, which no UTF-8 text can`;
    }
    const at = Array.isArray(value) ? `[${name}]` : `.${name}`;
    const found = flaw(inner, (place + at).replace(/^\./, ""), [...above, value]);
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function isWhole(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}
