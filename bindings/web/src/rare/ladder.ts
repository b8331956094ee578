// Long polls, where streams do not get through.

import type { Core } from "../core.js";
import type { Connection } from "../options.js";
import type { Limit } from "../wait.js";
import type { Frame } from "../wire.js";

/** So often a stream may be held back or refused by what stands in between before polls take its place. */
const MUTED_AT_MOST = 2;
const POLL_S = 25;
const STREAM_RETRY_MS = 60_000;

/** Reads once what a stream held back; true when it went on with polls until they ended, as streams are held back too often. */
export async function climb(core: Core, signal: AbortSignal): Promise<boolean> {
  const polls = core.muted_ >= MUTED_AT_MOST;
  try {
    await (polls ? pollOn(core, signal) : poll(core, 0, signal, "connecting"));
    return polls;
  } catch (error) {
    if (!signal.aborted) throw error;
    return true;
  }
}

/** Long polls until a stream gets through, which is tried beside them now and then. */
async function pollOn(core: Core, signal: AbortSignal): Promise<void> {
  const { limit_ } = core.tools_;
  const polls = limit_(signal);
  const streams = limit_(signal);
  const streaming = tryStreams(core, streams.signal, polls);
  try {
    for (let wait = 0; !polls.signal.aborted; wait = POLL_S) await poll(core, wait, polls.signal, "polling");
  } catch (error) {
    if (signal.aborted || !polls.signal.aborted) {
      streams.abort();
      throw error;
    }
  }
  await streaming;
}

/** Reads what there is, or what comes within so many seconds. */
async function poll(core: Core, wait: number, signal: AbortSignal, connection: Connection): Promise<void> {
  const { api_, connected_, error_: ChatError, events_, take_ } = core.tools_;
  const polled = await api_<{ events: Frame[]; cursor: string } | null>(core, `${events_(core)}&wait=${wait}`, { signal }, (wait + 10) * 1_000);
  core.heard_ = Date.now();
  core.failures_ = 0;
  connected_(core, connection);
  if (!polled) return;
  take_(core, { type: "hello", epoch: polled.cursor.split(".")[0] ?? "", head: 0, heartbeat_ms: 0 });
  polled.events.forEach((frame) => take_(core, frame));
  // It is read again, after a snapshot.
  if (core.view_.stale) throw new ChatError("stale", "something is missing", { retryable: true });
}

/** Tries a stream now and then. Once one gets through it ends the polls, and this with the stream. */
async function tryStreams(core: Core, signal: AbortSignal, polls: Limit): Promise<void> {
  const { pause_, stream_ } = core.tools_;
  while (!polls.signal.aborted) {
    await pause_(core.options_.streamRetryMs ?? STREAM_RETRY_MS, signal);
    if (signal.aborted) return;
    try {
      if ((await stream_(core, signal, polls.abort)) !== "muted") core.muted_ = 0;
    } catch {
      // Polls go on, or the next connection says what is wrong.
    }
  }
}
