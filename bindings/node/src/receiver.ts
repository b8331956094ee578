// Who waits for the events of one client, in order. No thread waits with them: the core tells the
// event loop when there is something to fetch.

import { hold, listen, release, unlisten } from "./calls";
import { invalid } from "./encode";
import { type CallSite, ClosedError, type Envelope, errorOf, InterruptedError } from "./errors";
import { type Event, readEvent, type WireEvent } from "./events";
import type { NativeClient } from "./native";

/** In milliseconds, 24 days; a timer that shall be longer goes off at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** How to wait for events. */
export interface EventOptions {
  /** Ends the wait at once. */
  signal?: AbortSignal | undefined;
  /** How long to wait for one event, in milliseconds; for ever when absent. */
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
  readonly #waiters = new Set<Waiter>();

  constructor(client: NativeClient, number: number) {
    this.#client = client;
    this.#number = number;
  }

  async *events(
    options: EventOptions,
    site: CallSite,
    conversation?: string,
  ): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      let event: Event | null;
      try {
        event = await this.next(options, site, conversation);
      } catch (error) {
        if (error instanceof ClosedError) {
          return;
        }
        throw error;
      }
      if (event === null) {
        return;
      }
      yield event;
    }
  }

  next({ signal, timeoutMs }: EventOptions, site: CallSite, conversation?: string): Promise<Event | null> {
    return new Promise((resolve, reject) => {
      const wait: unknown = timeoutMs ?? Number.POSITIVE_INFINITY;
      if (typeof wait !== "number" || !(wait >= 0)) {
        reject(invalid("receive", "timeout_ms: expected a number of milliseconds, 0 or more", site));
        return;
      }
      if (signal?.aborted) {
        reject(interrupted(site, signal.reason));
        return;
      }
      let timer: NodeJS.Timeout | undefined;
      const abort = () => waiter.reject(interrupted(site, signal?.reason));
      const over = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
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
      this.#add(waiter);
      signal?.addEventListener("abort", abort, { once: true });
      if (wait !== Number.POSITIVE_INFINITY) {
        timer = setTimeout(() => waiter.resolve(null), Math.min(wait, LONGEST_TIMER));
      }
      this.wake();
    });
  }

  /** Fetches what there is for those who wait. */
  wake(): void {
    for (const waiter of this.#waiters) {
      const text = this.#client.poll(waiter.conversation);
      if (text === null) {
        continue;
      }
      const envelope = JSON.parse(text) as Envelope<WireEvent>;
      if (envelope.ok) {
        waiter.resolve(readEvent(envelope.value));
      } else {
        waiter.reject(errorOf(envelope.error, waiter.site));
      }
    }
  }

  /** Ends the waits that there are. */
  interrupt(): void {
    for (const waiter of this.#waiters) {
      waiter.reject(interrupted(waiter.site));
    }
  }

  #add(waiter: Waiter): void {
    if (this.#waiters.size === 0) {
      listen(this.#number, this);
      hold();
    }
    this.#waiters.add(waiter);
  }

  #remove(waiter: Waiter): void {
    this.#waiters.delete(waiter);
    if (this.#waiters.size === 0) {
      unlisten(this.#number);
      release();
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
  return new InterruptedError(failure, site, cause ?? failure);
}
