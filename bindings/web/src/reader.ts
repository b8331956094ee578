// Reads one conversation's log for as long as it is wanted: a stream, and a long poll where streams do not get through.

import { call, ChatError, open, unexpected, type Request } from "./http.js";
import type { Frame } from "./wire.js";
import { backOff, pause } from "./wait.js";

export type Connection = "idle" | "connecting" | "live" | "polling" | "offline";

/** What a reader needs of its client. */
export interface Feed {
  /** Runs a call with a token that counts. */
  authorized<T>(call: (headers: Record<string, string>) => Promise<T>): Promise<T>;
  /** The path of the conversation's events, and the cursor to go on from. */
  events(): { url: string; cursor: string | null };
  take(frame: Frame): void;
  connected(connection: Connection): void;
  /** Called before each connection: brings up to date what cannot be read from the cursor. */
  prepare(signal: AbortSignal): Promise<void>;
  /** An error that no other try mends. */
  failed(error: ChatError): void;
  streamRetryMs: number;
}

/** How a stream ended. */
type End = "closed" | "muted" | "token" | { retryMs: number };

/** Proxies that hold a stream back may hold its head back as well. */
const HEAD_MS = 5_000;
const HELLO_MS = 4_000;
/** A quiet stream speaks once a heartbeat. */
const SILENT_HEARTBEATS = 2.5;
/** A timer that fires so late was asleep with its machine. */
const SLEPT_MS = 3_000;
/** A stream that lasted so long was a good one. */
const STEADY_MS = 3_000;
const POLL_S = 25;
/** So often a stream may be held back or refused by what stands in between before polls take its place. */
const MUTED_AT_MOST = 2;

export class Reader {
  readonly #feed: Feed;
  #attempt = new AbortController();
  #muted = 0;
  #failures = 0;
  /** When a byte came last. */
  #heard = 0;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  /** Opens a new connection at once. A connection that spoke within `quietMs` is left alone. */
  renew(quietMs = 0): void {
    if (Date.now() - this.#heard < quietMs) return;
    this.#failures = 0;
    this.#attempt.abort();
  }

  /** The same after the network may be another one: what held streams back may be gone. */
  networkChanged(): void {
    this.#muted = 0;
    this.renew();
  }

  /** Reads until `stop` aborts. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      const attempt = follow(stop);
      this.#attempt = attempt;
      try {
        await this.#connect(attempt.signal);
      } catch (error) {
        if (!attempt.signal.aborted) await this.#wait(error, attempt.signal);
      }
      attempt.abort();
    }
  }

  async #connect(signal: AbortSignal): Promise<void> {
    await this.#feed.prepare(signal);
    if (this.#muted >= MUTED_AT_MOST) return this.#poll(signal);
    // What was held back is read before the other try.
    if (this.#muted) await this.#pollOnce(0, signal, "connecting");
    const began = Date.now();
    let end: End;
    try {
      end = await this.#stream(signal);
    } catch (error) {
      if (isBetween(error)) this.#muted += 1;
      throw error;
    } finally {
      if (Date.now() - began > STEADY_MS) this.#failures = 0;
    }
    if (end === "muted") {
      this.#muted += 1;
      return;
    }
    this.#muted = 0;
    if (end === "token") {
      // The gateway took the token back or it ran out: the next call gets another one.
      this.#failures += 1;
      return pause(backOff(this.#failures), signal);
    }
    if (typeof end === "object") return pause(end.retryMs, signal);
    // One that ends as soon as it began is no better than one that failed.
    if (Date.now() - began < STEADY_MS) throw new ChatError("network", "the stream ended at once", { retryable: true });
  }

  async #wait(error: unknown, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    const asked = error instanceof ChatError ? error.retryAfterMs : null;
    // The first try comes at once: nobody needs to know.
    if (this.#failures > 1) this.#feed.connected("offline");
    if (error instanceof ChatError && !error.retryable) this.#feed.failed(error);
    await pause(backOff(this.#failures, asked), signal);
  }

  /** One stream, from its call to its end. */
  async #stream(signal: AbortSignal, through?: () => void): Promise<End> {
    const watch = follow(signal);
    let silent = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const expect = (ms: number) => {
      clearTimeout(timer);
      const due = Date.now() + ms;
      timer = setTimeout(() => {
        silent = Date.now() - due < SLEPT_MS;
        watch.abort();
      }, ms);
    };
    let end: End = "closed";
    try {
      expect(HEAD_MS);
      const { url, cursor } = this.#feed.events();
      const asked = (headers: Record<string, string>): Request => ({
        headers: { ...headers, accept: "text/event-stream" },
        signal: watch.signal,
      });
      const after = cursor === null ? "" : `?after=${cursor}`;
      const response = await this.#feed.authorized((headers) => open(url + after, asked(headers)));
      if (!response.headers.get("content-type")?.startsWith("text/event-stream")) throw unexpected(response.status);
      let patience = HELLO_MS;
      expect(patience);
      for await (const frame of frames(response, () => {
        this.#heard = Date.now();
        // Until `hello` came, what comes is none of the gateway's.
        if (patience !== HELLO_MS) expect(patience);
      })) {
        if (frame.type === "hello") {
          patience = frame.heartbeat_ms * SILENT_HEARTBEATS;
          expect(patience);
          this.#feed.connected("live");
          through?.();
        } else if (frame.type === "token") {
          end = "token";
        } else if (frame.type === "drain") {
          return { retryMs: frame.retry_ms };
        }
        this.#feed.take(frame);
      }
      return end;
    } catch (error) {
      if (signal.aborted) return end;
      if (silent) return "muted";
      // It woke up from a sleep: what was open then is gone.
      if (watch.signal.aborted) return { retryMs: 0 };
      throw error;
    } finally {
      clearTimeout(timer);
      watch.abort();
    }
  }

  /** Long polls until a stream gets through, which is tried beside them now and then. */
  async #poll(signal: AbortSignal): Promise<void> {
    const polls = follow(signal);
    const streams = follow(signal);
    const streaming = this.#tryStreams(streams.signal, polls);
    try {
      for (let wait = 0; !polls.signal.aborted; wait = POLL_S) await this.#pollOnce(wait, polls.signal, "polling");
    } catch (error) {
      if (signal.aborted || !polls.signal.aborted) {
        streams.abort();
        throw error;
      }
    }
    await streaming;
  }

  /** Reads what there is, or what comes within so many seconds. */
  async #pollOnce(wait: number, signal: AbortSignal, connection: Connection): Promise<void> {
    const { url, cursor } = this.#feed.events();
    const query = `?wait=${wait}${cursor === null ? "" : `&after=${cursor}`}`;
    try {
      const polled = await this.#feed.authorized((headers) =>
        call<{ events: Frame[]; cursor: string }>(url + query, { headers, signal }, (wait + 10) * 1_000),
      );
      this.#heard = Date.now();
      this.#failures = 0;
      this.#feed.connected(connection);
      if (!polled) return;
      this.#feed.take({ type: "hello", epoch: polled.cursor.split(".")[0] ?? "", head: 0, heartbeat_ms: 0 });
      polled.events.forEach((frame) => this.#feed.take(frame));
    } catch (error) {
      // Nothing gets through: it is not that streams are refused.
      if (isBetween(error)) this.#muted = 0;
      throw error;
    }
  }

  /** Tries a stream now and then. Once one gets through it ends the polls, and this with the stream. */
  async #tryStreams(signal: AbortSignal, polls: AbortController): Promise<void> {
    while (!polls.signal.aborted) {
      await pause(this.#feed.streamRetryMs, signal);
      if (signal.aborted) return;
      try {
        if ((await this.#stream(signal, () => polls.abort())) !== "muted") this.#muted = 0;
      } catch {
        // Polls go on, or the next connection says what is wrong.
      }
    }
  }
}

/** Whether the gateway was not reached. A browser does not tell a proxy's refusal from a network that is down. */
function isBetween(error: unknown): boolean {
  return error instanceof ChatError && (error.code === "network" || error.code === "unexpected_answer");
}

/** A controller that aborts with `signal`. */
function follow(signal: AbortSignal): AbortController {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { signal: controller.signal });
  return controller;
}

/** The frames of an event stream; `heard` is called whenever bytes come. */
async function* frames(response: Response, heard: () => void): AsyncGenerator<Frame> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    text += decoder.decode(value, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const data = block.split("\n").find((line) => line.startsWith("data: "));
      if (data) yield JSON.parse(data.slice(6)) as Frame;
    }
  }
}
