// One tab of a browser reads the stream for all of them: the one that holds the lock. Where there are no locks, each reads.
// What a tab does that does not read is in rare/tabs.ts.

import { connected, type Core, enter, insist, tellState } from "./core.js";
import { rare } from "./rare.js";
import { read } from "./reader.js";
import { limit, type Limit } from "./wait.js";

/** What tabs send one another. */
export type TabMessage =
  | { kind: "frame"; conversation: string; epoch: string; frame: unknown }
  /** How the leader stands, and how far it has read. */
  | { kind: "state"; connection: string; conversation: string | null; epoch: string | null; seq: number }
  /** A tab began or found a conversation. */
  | { kind: "conversation"; conversation: string }
  | { kind: "erased" }
  | { kind: "who" };

export interface Seat {
  readonly name_: string;
  readonly left_: Limit;
  leads_?: boolean;
  post_?: (message: TabMessage) => void;
  /** Of a tab that does not read: what the reading one sends, being behind, being looked at. */
  receive_?: (message: TabMessage) => void;
  follow_?: () => void;
  check_?: () => void;
}

/** Takes a seat among the tabs, once there is a session. */
export function join(core: Core): void {
  const { session_: session, run_: run } = core;
  if (core.seat_ || !session || !run) return;
  const left = limit();
  const name = core.key_ + session.visitor.id;
  const seat: Seat = (core.seat_ = { name_: name, left_: left });
  if (!globalThis.navigator?.locks || !globalThis.BroadcastChannel) return void lead(core, seat, left);
  const channel = new BroadcastChannel(name);
  left.signal.addEventListener("abort", () => channel.close());
  seat.post_ = (message) => channel.postMessage(message);
  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data.kind === "who") tellState(core);
    else if (data.kind === "erased") void insist(core, run.signal, async () => (await rare()).forget(core));
    else if (data.kind === "conversation") enter(core, data.conversation, true);
    else seat.receive_?.(data);
  };
  void stand(core, seat, { ifAvailable: true });
}

/** Reads for as long as it has the lock; then, or when another tab has it, it stands in line. */
export async function stand(core: Core, seat: Seat, options: LockOptions): Promise<void> {
  const { left_: { signal } } = seat;
  const stop = limit(signal);
  await navigator.locks.request(seat.name_, options, (lock) => lock && !signal.aborted && lead(core, seat, stop)).catch(() => {});
  stop.abort();
  seat.leads_ = false;
  return insist(core, signal, async () => (await rare()).standInLine(core, seat));
}

function lead(core: Core, seat: Seat, { signal }: Limit): Promise<void> {
  seat.leads_ = true;
  connected(core, "connecting");
  return read(core, signal);
}
