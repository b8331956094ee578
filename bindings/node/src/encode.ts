// JSON text of what a program hands in, or an error that names what has no JSON form.

import { types } from "node:util";
import { native } from "./addon";
import { type CallSite, errorOf, type Failure, type WotnotError } from "./errors";
import type { Names } from "./wire";

/** The core reads no deeper. */
const DEEPEST = 127;

/** What is wrong with an argument; `message` begins with its place. */
export class Flaw extends Error {
  constructor(place: string, problem: string, cause?: unknown) {
    super(`${place}: ${problem}`, cause === undefined ? undefined : { cause });
  }
}

/** @throws Flaw, or whatever a getter or `toJSON` of the program's throws. */
export function encode(value: unknown): string {
  return JSON.stringify(new Copy().of(value)) ?? "null";
}

/** The error for arguments that the core cannot even be asked about. `names` has them in the caller's words. */
export function refused(method: string, error: unknown, site: CallSite, names: Names): WotnotError {
  const [problem, cause] =
    error instanceof Flaw ? [error.message, error.cause] : ["the parameters could not be written as JSON", error];
  const failure = JSON.parse(native.notMade(method, problem)) as { error: Failure };
  return errorOf(failure.error, site, { cause, names });
}

/** A copy of a value that reads each property once and holds nothing but what JSON knows. */
class Copy {
  readonly #path: (string | number)[] = [];
  readonly #above: object[] = [];

  of(value: unknown): unknown {
    switch (typeof value) {
      case "object":
        return value === null ? null : this.#object(value);
      case "string":
        return this.#whole(value);
      case "number":
        return Number.isFinite(value) ? value : this.#refuse(`${value} has no JSON form; give a finite number`);
      case "bigint":
        return this.#refuse("a BigInt has no JSON form; give a number or a string");
      case "function":
      case "symbol":
        return this.#refuse(`a ${typeof value} has no JSON form`);
      default:
        return value;
    }
  }

  #object(value: object): unknown {
    if (types.isBoxedPrimitive(value)) {
      return this.#refuse("expected a plain value, found an object around one, such as `new Number(1)` makes");
    }
    if (types.isMap(value) || types.isSet(value)) {
      return this.#refuse("a Map or a Set has no JSON form; give a plain object or an array");
    }
    if (this.#above.includes(value)) {
      return this.#refuse("holds itself");
    }
    if (this.#above.length === DEEPEST) {
      this.#path.length = 3;
      return this.#refuse(`nested more than ${DEEPEST} deep`);
    }
    const { toJSON } = value as { toJSON?: unknown };
    const form: unknown = typeof toJSON === "function" ? toJSON.call(value, "") : value;
    if (typeof form !== "object" || form === null) {
      return this.of(form);
    }
    this.#above.push(value);
    const copy = Array.isArray(form) ? form.map((inner, at) => this.#inner(at, inner)) : this.#fields(form);
    this.#above.pop();
    return copy;
  }

  #fields(form: object): object {
    const copy: Record<string, unknown> = {};
    for (const name of Object.keys(form)) {
      if (!isWhole(name)) {
        this.#refuse("a name in it holds a lone surrogate, which no UTF-8 text can");
      }
      const value = this.#inner(name, (form as Record<string, unknown>)[name]);
      if (name === "__proto__") {
        Object.defineProperty(copy, name, { value, enumerable: true });
      } else {
        copy[name] = value;
      }
    }
    return copy;
  }

  #inner(name: string | number, value: unknown): unknown {
    this.#path.push(name);
    const copy = this.of(value);
    this.#path.pop();
    return copy;
  }

  #whole(text: string): string {
    return isWhole(text) ? text : this.#refuse("holds a lone surrogate, which no UTF-8 text can");
  }

  #refuse(problem: string): never {
    const place = this.#path.map((name) => (typeof name === "number" ? `[${name}]` : `.${name}`)).join("");
    throw new Flaw(place.replace(/^\./, "") || "the parameters", problem);
  }
}

function isWhole(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}
