// Who waits for the events of one client, in order. No thread waits with them: the core tells the
// event loop when there is something to fetch.

import { onAbort } from "./aborts";
import { hold, listen, readOptions, release, unlisten } from "./calls";
import { Flaw, refused } from "./encode";
import { type CallSite, ClosedError, type Envelope, errorOf, InterruptedError } from "./errors";
import { type Event, readEvent, type WireEvent } from "./events";
import type { NativeClient } from "./native";
import { optionNames } from "./wire";

/** In milliseconds, 24 days; a longer timer would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How to wait for events. */
export interface EventOptions {
  /** Ends the wait at once. */
  signal?: AbortSignal | undefined;
  /** How long to wait for one event, in milliseconds; without end when absent. */
  timeoutMs?: number | undefined;
}

interface Waiter {
  /** The only conversation of interest, if there is one. */
  readonly conversation: string | undefined;
  readonly site: CallSite;
  resolve(event: Event | null): void;
  reject(error: Error): void;
}

/** The waits of one client. */
export class Receiver {
  readonly #client: NativeClient;
  readonly #number: number;
  /** Those who wait for the same events, in the order in which they asked. */
  readonly #lines = new Map<string | undefined, Set<Waiter>>();
  /** The last change that those who wait were served for. */
  #change = 0;

  constructor(client: NativeClient, number: number) {
    this.#client = client;
    this.#number = number;
  }

  events(options: EventOptions | undefined, site: CallSite, conversation?: string): EventLoop {
    return new EventLoop((waits) => this.next(options, site, conversation, waits));
  }

  /** `waits` holds what ends this wait as if its time were over, as long as it lasts. */
  async next(
    options: EventOptions | undefined,
    site: CallSite,
    conversation?: string,
    waits?: Set<() => void>,
  ): Promise<Event | null> {
    let read: { signal: AbortSignal | undefined; wait: number };
    try {
      read = readWait(options);
    } catch (error) {
      throw refused("receive", error, site, optionNames);
    }
    const { signal, wait } = read;
    if (signal?.aborted) {
      throw interrupted(site, signal.reason);
    }
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const timeOver = () => waiter.resolve(null);
      const over = () => {
        clearTimeout(timer);
        unwatch?.();
        waits?.delete(timeOver);
        this.#remove(waiter);
      };
      const waiter: Waiter = {
        site,
        conversation,
        resolve: (event) => {
          over();
          resolve(event);
        },
        reject: (error) => {
          over();
          reject(error);
        },
      };
      let unwatch: (() => void) | undefined;
      try {
        unwatch = signal && onAbort(signal, () => waiter.reject(interrupted(site, signal.reason)));
      } catch (error) {
        reject(refused("receive", error, site, optionNames));
        return;
      }
      this.#add(waiter);
      waits?.add(timeOver);
      if (wait !== Number.POSITIVE_INFINITY) {
        timer = setTimeout(timeOver, Math.min(wait, LONGEST_TIMER));
      }
      this.#serveNew(waiter);
    });
  }

  /** Fetches what is new for those who wait for it, and asks nobody else. */
  wake(): void {
    const text = this.#client.changes(this.#change);
    if (text === null) {
      return;
    }
    const envelope = JSON.parse(text) as Envelope<{ change: number; conversations: string[] }>;
    if (!envelope.ok) {
      // Closed: each of them gets that error.
      for (const line of this.#lines.values()) {
        this.#serve(line);
      }
      return;
    }
    this.#change = envelope.value.change;
    for (const conversation of [...envelope.value.conversations, undefined]) {
      this.#serve(this.#lines.get(conversation));
    }
  }

  /** Ends the waits that there are. */
  interrupt(): void {
    for (const line of this.#lines.values()) {
      for (const waiter of line) {
        waiter.reject(interrupted(waiter.site));
      }
    }
  }

  /** A newcomer finds what lies there from before; what is new goes to those who asked earlier. */
  #serveNew(waiter: Waiter): void {
    const line = this.#lines.get(waiter.conversation);
    if (this.#lines.size > 1 || line?.size !== 1) {
      this.wake();
    }
    if (this.#lines.get(waiter.conversation)?.values().next().value === waiter) {
      this.#serve(line);
    }
  }

  /** Hands out what there is for one line, an event to each in turn. */
  #serve(line: Set<Waiter> = new Set()): void {
    for (const waiter of line) {
      const text = this.#client.poll(waiter.conversation);
      if (text === null) {
        return;
      }
      const envelope = JSON.parse(text) as Envelope<WireEvent>;
      if (envelope.ok) {
        waiter.resolve(readEvent(envelope.value));
      } else {
        waiter.reject(errorOf(envelope.error, waiter.site));
      }
    }
  }

  #add(waiter: Waiter): void {
    if (this.#lines.size === 0) {
      listen(this.#number, this);
      hold();
    }
    const line = this.#lines.get(waiter.conversation) ?? new Set();
    this.#lines.set(waiter.conversation, line.add(waiter));
  }

  #remove(waiter: Waiter): void {
    const line = this.#lines.get(waiter.conversation);
    line?.delete(waiter);
    if (line?.size === 0) {
      this.#lines.delete(waiter.conversation);
      if (this.#lines.size === 0) {
        unlisten(this.#number);
        release();
      }
    }
  }
}

function readWait(options: EventOptions | undefined): { signal: AbortSignal | undefined; wait: number } {
  const { params, signal } = readOptions(options);
  const { timeout_ms: given, ...unknown } = params;
  for (const name of Object.keys(unknown)) {
    throw new Flaw(name, "unknown option; known: signal, timeoutMs");
  }
  const wait = given ?? Number.POSITIVE_INFINITY;
  if (typeof wait !== "number" || !(wait >= 0)) {
    throw new Flaw("timeout_ms", "expected a number of milliseconds, 0 or more");
  }
  return { signal, wait };
}

/**
 * What `for await` reads. No generator: one that waits takes no `return()` before its wait is over,
 * and a program that leaves a loop would hang.
 */
class EventLoop implements AsyncGenerator<Event, void, undefined> {
  readonly #receive: (waits: Set<() => void>) => Promise<Event | null>;
  readonly #waits = new Set<() => void>();
  #ended = false;

  constructor(receive: (waits: Set<() => void>) => Promise<Event | null>) {
    this.#receive = receive;
  }

  async next(): Promise<IteratorResult<Event, void>> {
    if (!this.#ended) {
      try {
        const event = await this.#receive(this.#waits);
        if (event !== null) {
          return { done: false, value: event };
        }
      } catch (error) {
        // `interrupt()` ends a loop as `close()` does; a signal has a reason, and throws.
        const isQuiet = error instanceof InterruptedError && error.cause === undefined;
        if (!(error instanceof ClosedError) && !isQuiet) {
          this.#end();
          throw error;
        }
      }
      this.#end();
    }
    return { done: true, value: undefined };
  }

  /** Ends the loop, and a `next()` that waits. */
  async return(): Promise<IteratorResult<Event, void>> {
    this.#end();
    return { done: true, value: undefined };
  }

  async throw(error: unknown): Promise<IteratorResult<Event, void>> {
    this.#end();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    for (const end of this.#waits) {
      end();
    }
  }
}

function interrupted(site: CallSite, cause?: unknown): InterruptedError {
  const failure = {
    code: "interrupted",
    status: 2,
    message: "the wait was cancelled",
    retryable: true,
    retry_after_ms: null,
    http_status: null,
    api_code: null,
    delivery: null,
    attempts: 0,
    method: "receive",
  } as const;
  return new InterruptedError(failure, site, { cause });
}
