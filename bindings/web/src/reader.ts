// Reads the conversation's log for as long as it is wanted: a stream. Where streams do not get through, long polls take
// its place: rare/ladder.ts.

import { connected, type Core, dispatch } from "./core.js";
import { type ChatError, notReached, open, unexpected } from "./http.js";
import { mend, rare } from "./rare.js";
import { authorized, catchUp, path } from "./session.js";
import { cursorOf } from "./view.js";
import { backOff, limit, pause } from "./wait.js";
import type { Frame } from "./wire.js";

/** How a stream ended: a number when another one is to be opened so many milliseconds later. */
export type End = "muted" | number | undefined;

/** Whether the gateway was not reached. A browser does not distinguish a proxy's refusal from a network that is down. */
const isBetween = (error: unknown): boolean => ["network", "unexpected_answer"].includes((error as ChatError).code);

/** Reads until `stop` aborts. */
export async function read(core: Core, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const { signal, abort } = (core.attempt_ = limit(stop));
    try {
      await connect(core, signal).catch(async (error: unknown) => {
        if (signal.aborted) return;
        // The first try comes at once: nobody needs to know.
        if (++core.failures_ > 1) connected(core, "offline");
        await mend(error, (rare) => rare.failed(core, error));
        throw error;
      });
    } catch (error) {
      await pause(backOff(core.failures_, error), signal);
    }
    abort();
  }
}

async function connect(core: Core, signal: AbortSignal): Promise<void> {
  if (!core.conversation_) {
    connected(core, "idle");
    return pause(undefined, signal);
  }
  if (core.connection_ === "idle") connected(core, "connecting");
  // What cannot be read from the cursor.
  if (core.view_.stale) await catchUp(core);
  if (core.muted_) {
    try {
      if (await (await rare()).climb(core, signal)) return;
    } catch (error) {
      // Nothing gets through: it is not that streams are refused.
      if (isBetween(error)) core.muted_ = 0;
      throw error;
    }
  }
  /** A stream that lasted so long was a good one. */
  const STEADY_MS = 3_000;
  const began = Date.now();
  let end: End;
  try {
    end = await stream(core, signal);
  } catch (error) {
    if (isBetween(error)) core.muted_ += 1;
    throw error;
  } finally {
    if (Date.now() - began > STEADY_MS) core.failures_ = 0;
  }
  if (end === "muted") return void (core.muted_ += 1);
  core.muted_ = 0;
  if (typeof end === "number") return pause(end, signal);
  // One that ends as soon as it began is no better than one that failed.
  throw notReached();
}

/** The path of what comes after what was read. */
export function events(core: Core): string {
  const cursor = cursorOf(core.view_);
  return `${path((core.reading_ = core.conversation_))}/events?${cursor ? `after=${cursor}` : ""}`;
}

/** One stream, from its call to its end; `through` is called once it has proved to get through. */
export async function stream(core: Core, signal: AbortSignal, through?: () => void): Promise<End> {
  /** Proxies that hold a stream back may hold its head back as well. */
  const HEAD_MS = 5_000;
  const HELLO_MS = 4_000;
  /** A quiet stream speaks once a heartbeat. */
  const SILENT_HEARTBEATS = 2.5;
  /** A timer that fires so late was asleep with its machine. */
  const SLEPT_MS = 3_000;
  const watch = limit(signal);
  let isSilent = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const expect = (ms: number) => {
    clearTimeout(timer);
    const due = Date.now() + ms;
    timer = setTimeout(() => {
      isSilent = Date.now() - due < SLEPT_MS;
      watch.abort();
    }, ms);
  };
  try {
    expect(HEAD_MS);
    const response = await authorized(core, (headers) => open(core.options_.gateway + events(core), { headers: { ...headers, accept: "text/event-stream" }, signal: watch.signal }));
    if (!response.headers.get("content-type")?.includes("text/event-stream")) throw unexpected(response);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    let patience = 0;
    expect(HELLO_MS);
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      core.heard_ = Date.now();
      // Until `hello` came, what comes is none of the gateway's.
      if (patience) expect(patience);
      const blocks = (text + value).split("\n\n");
      text = blocks.pop()!;
      for (const [, data] of blocks.join("\n").matchAll(/^data: (.*)/gm)) {
        const frame = JSON.parse(data!) as Frame;
        if (frame.type === "hello") {
          expect((patience = frame.heartbeat_ms * SILENT_HEARTBEATS));
          connected(core, "live");
          through?.();
        } else if (frame.type === "drain") {
          return frame.retry_ms;
        }
        take(core, frame);
        // The gateway took the token back or it ran out: the next call gets another one. What is missing comes with a snapshot.
        if (frame.type === "token" || core.view_.stale) return;
      }
    }
  } catch (error) {
    if (signal.aborted) return;
    if (isSilent) return "muted";
    // It woke up from a sleep: what was open then is gone.
    if (watch.signal.aborted) return 0;
    throw error;
  } finally {
    clearTimeout(timer);
    watch.abort();
  }
}

/** Takes a frame, for the other tabs too. */
export function take(core: Core, frame: Frame): void {
  const { reading_: conversation } = core;
  if (conversation !== core.conversation_) return;
  dispatch(core, frame);
  if ("seq" in frame) core.seat_?.post_?.({ kind: "frame", conversation: conversation!, epoch: core.view_.epoch!, frame });
}
