// Calls in flight: their numbers, their promises, and the hold on the event loop while there are any.

import { checkSignal, onAbort } from "./aborts";
import { native } from "./addon";
import { encode, Flaw, refused } from "./encode";
import { callSite, type CallSite, type Envelope, errorOf } from "./errors";
import { publish, type WireLogRecord } from "./log";
import type { Hub, NativeClient } from "./native";
import { type Names, optionNames, snakeKeys } from "./wire";

/** The options that every call takes. */
export interface CallOptions {
  /** Ends the call at once. What is known of its delivery is in the error. */
  signal?: AbortSignal | undefined;
  /** The overall deadline in milliseconds, instead of the client's. */
  timeoutMs?: number | undefined;
}

/** Somebody who wants to hear that a client has events. */
export interface Waiting {
  /** Events came, or the end. */
  wake(): void;
}

/** So many calls of a second have the stack of their caller. */
const SITES_A_SECOND = 100;

const pending = new Map<number, (envelope: Envelope<never>) => void>();
const waiting = new Map<number, Waiting>();
const hub: Hub = new native.Hub(onNews);
let lastNumber = 0;
let holds = 0;
let second = 0;
let sites = 0;

/** The class of the addon. */
export const { NativeClient: NativeClientClass } = native;
/** What clients are made with. */
export { hub };

/** A number that no call and no client has yet. */
export function nextNumber(): number {
  lastNumber += 1;
  return lastNumber;
}

/** Keeps the process alive until `release`. */
export function hold(): void {
  holds += 1;
  if (holds === 1) {
    hub.hold();
  }
}

/** The counterpart of `hold`. */
export function release(): void {
  holds -= 1;
  if (holds === 0) {
    hub.release();
  }
}

/** Registers `waiter` for the events of the client. */
export function listen(client: number, waiter: Waiting): void {
  waiting.set(client, waiter);
}

/** The counterpart of `listen`. */
export function unlisten(client: number): void {
  waiting.delete(client);
}

function onNews(text: string): void {
  const news = JSON.parse(text) as unknown[];
  for (let at = 0; at < news.length; at += 2) {
    const number = news[at] as number;
    const document = news[at + 1] as Envelope<never> | { log: WireLogRecord } | null;
    if (document === null) {
      waiting.get(number)?.wake();
    } else if ("log" in document) {
      publish(number, document.log);
    } else {
      const settle = pending.get(number);
      pending.delete(number);
      release();
      settle?.(document);
    }
  }
}

/** What a program asked for, taken out of its own objects. */
export interface Asked {
  /** The core's parameters. */
  params: unknown;
  signal?: AbortSignal | undefined;
  /** How errors name them; as options when absent. */
  names?: Names;
}

/** The parameters and the signal in a program's options. Whatever else is in them, the core names. */
export function readOptions(options: unknown): { params: Record<string, unknown>; signal: AbortSignal | undefined } {
  if (options === undefined || options === null) {
    return { params: {}, signal: undefined };
  }
  if (typeof options !== "object") {
    throw new Flaw("options", "expected an object such as { timeoutMs: 10_000 }");
  }
  const { signal, ...rest } = options as CallOptions;
  return { params: snakeKeys(rest) as Record<string, unknown>, signal: checkSignal(signal) };
}

/**
 * Makes a call that talks to the network, on a thread of its own. `ask` reads what the program gave;
 * what it throws is a rejection, as everything else is. `caller` is what the program called.
 */
export async function submit<Value, Result>(
  client: NativeClient,
  method: string,
  caller: Function,
  ask: () => Asked,
  read: (value: Value) => Result,
): Promise<Result> {
  const site = siteOf(caller);
  let names = optionNames;
  let signal: AbortSignal | undefined;
  let answer: Promise<Envelope<Value>>;
  try {
    const asked = ask();
    names = asked.names ?? names;
    signal = asked.signal;
    answer = begin(client, method, encode(asked.params), signal);
  } catch (error) {
    throw refused(method, error, site ?? callSite(caller), names);
  }
  const envelope = await answer;
  if (envelope.ok) {
    return read(envelope.value);
  }
  const cause: unknown = envelope.error.code === "interrupted" ? signal?.reason : undefined;
  throw errorOf(envelope.error, site ?? callSite(submit), { cause, names });
}

function begin<Value>(
  client: NativeClient,
  method: string,
  text: string,
  signal: AbortSignal | undefined,
): Promise<Envelope<Value>> {
  if (signal?.aborted) {
    return Promise.resolve(JSON.parse(client.callCancelled(method, text)) as Envelope<Value>);
  }
  const number = nextNumber();
  const unwatch = signal && onAbort(signal, () => hub.cancel(number));
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    pending.set(number, (envelope: Envelope<Value>) => {
      clearTimeout(timer);
      unwatch?.();
      resolve(envelope);
    });
    hold();
    if (client.submit(number, method, text)) {
      timer = setTimeout(() => hub.expire(number), client.timeLimit(text));
    }
  });
}

/**
 * The site of a call, or nothing for a call in a rush: to take it costs the event loop a quarter of
 * the call. The stack then begins where the call is awaited, which V8 finds out by itself.
 */
function siteOf(caller: Function): CallSite | undefined {
  const now = performance.now();
  if (now - second >= 1000) {
    second = now;
    sites = 0;
  }
  sites += 1;
  return sites > SITES_A_SECOND ? undefined : callSite(caller);
}

/** Closes a client, beside the calls that this ends. */
export function submitClose(client: NativeClient): Promise<void> {
  return new Promise((resolve) => {
    const number = nextNumber();
    pending.set(number, () => resolve());
    hold();
    client.close(number);
  });
}

/** Makes a call that sends nothing, here and now. `caller` is what the program called. */
export function callNow<Value>(client: NativeClient, method: string, ask: () => unknown, caller: Function): Value {
  let text: string;
  try {
    text = encode(ask());
  } catch (error) {
    throw refused(method, error, callSite(caller), optionNames);
  }
  return unwrap(client.callNow(method, text), caller);
}

/** The value of an envelope, or its error. */
export function unwrap<Value>(text: string, caller: Function, names?: Names): Value {
  const envelope = JSON.parse(text) as Envelope<Value>;
  if (envelope.ok) {
    return envelope.value;
  }
  throw errorOf(envelope.error, callSite(caller), names && { names });
}
