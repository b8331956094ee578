// Calls in flight: their numbers, their promises, and the hold on the event loop while there are any.

import { type CallSite, type Envelope, errorOf } from "./errors";
import { loadNative } from "./loader";
import type { Hub, NativeClient } from "./native";

/** What every call can be told. */
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

interface Pending {
  settle(envelope: Envelope<never>): void;
}

const native = loadNative();
const pending = new Map<number, Pending>();
const waiting = new Map<number, Waiting>();
const hub: Hub = new native.Hub(onNews);
let lastNumber = 0;
let holds = 0;

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

/** From here on `waiter` hears of the client's events. */
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
    const document = news[at + 1] as Envelope<never> | null;
    if (document === null) {
      waiting.get(number)?.wake();
    } else {
      const call = pending.get(number);
      pending.delete(number);
      release();
      call?.settle(document);
    }
  }
}

/** Makes a call that talks to the network, on a thread of its own. */
export function submit<Value, Result>(
  client: NativeClient,
  method: string,
  params: unknown,
  signal: AbortSignal | undefined,
  site: CallSite,
  read: (value: Value) => Result,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(params);
    const number = nextNumber();
    const settle = (envelope: Envelope<Value>) => {
      if (envelope.ok) {
        resolve(read(envelope.value));
      } else {
        const cause = envelope.error.code === "interrupted" ? signal?.reason : undefined;
        reject(errorOf(envelope.error, site, cause));
      }
    };
    if (signal?.aborted) {
      settle(JSON.parse(client.callCancelled(method, text)) as Envelope<Value>);
      return;
    }
    pending.set(number, { settle: signal ? cancellable(number, signal, settle) : settle });
    hold();
    client.submit(number, method, text);
  });
}

function cancellable<Value>(
  number: number,
  signal: AbortSignal,
  settle: (envelope: Envelope<Value>) => void,
): (envelope: Envelope<Value>) => void {
  const abort = () => hub.cancel(number);
  signal.addEventListener("abort", abort, { once: true });
  return (envelope) => {
    signal.removeEventListener("abort", abort);
    settle(envelope);
  };
}

/** Closes a client, beside the calls that this ends. */
export function submitClose(client: NativeClient): Promise<void> {
  return new Promise((resolve) => {
    const number = nextNumber();
    pending.set(number, { settle: () => resolve() });
    hold();
    client.close(number);
  });
}

/** Makes a call that sends nothing, here and now. */
export function callNow<Value>(client: NativeClient, method: string, params: unknown, site: CallSite): Value {
  return unwrap(client.callNow(method, JSON.stringify(params)), site);
}

/** The value of an envelope, or its error. */
export function unwrap<Value>(text: string, site: CallSite): Value {
  const envelope = JSON.parse(text) as Envelope<Value>;
  if (envelope.ok) {
    return envelope.value;
  }
  throw errorOf(envelope.error, site);
}
