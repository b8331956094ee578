// What the parts of a chat share: how it stands, and its snapshot. The build shortens names that end with _.

import type { Tools } from "./client.js";
import type { ChatError } from "./http.js";
import type { ChatOptions, ChatSnapshot, Connection } from "./options.js";
import type { Kept } from "./session.js";
import type { Store } from "./storage.js";
import type { Seat } from "./tabs.js";
import { emptyView, openPrompt, reduce, type LocalFrame, type View } from "./view.js";
import { backOff, limit, type Limit, pause } from "./wait.js";
import type { Frame } from "./wire.js";

/** The storage's names of unsent messages. Tabs share them, and a tab sees another one's changes late: so each
 * message is an entry of its own, or two tabs would write over each other's. One that two tabs post is taken once. */
export const OUTBOX = "outbox:";

export interface Core {
  readonly options_: ChatOptions;
  /** What the names in the storage, of locks and of channels begin with. */
  readonly key_: string;
  readonly store_: Store;
  readonly listeners_: Set<() => void>;
  readonly fileNames_: Map<string, string>;
  connect_(): void;
  /** Takes a seat among the tabs. */
  join_(): void;
  /** What the rare parts use of the others. */
  readonly tools_: Tools;
  view_: View;
  snapshot_: ChatSnapshot;
  connection_: Connection;
  conversation_: string | null;
  session_?: Kept | undefined;
  /** The session that an earlier page left. */
  previous_: Kept | null;
  error_?: ChatError | undefined;
  /** What runs, from `connect` on. */
  run_?: Limit | undefined;
  flight_?: Promise<Kept> | undefined;
  /** Asked for once a page: a visitor who logs in later gets another page. */
  identity_?: Promise<string | null> | undefined;
  /** Ends the waits before another try. */
  wake_: Limit;
  /** This tab among those of the browser. */
  seat_?: Seat | undefined;
  catching_?: Promise<void> | undefined;
  older_?: Promise<void> | undefined;
  // Of the reader.
  attempt_: Limit;
  /** The conversation whose log is being read. */
  reading_?: string | null;
  muted_: number;
  failures_: number;
  /** When a byte came last. */
  heard_: number;
  // Of the sender.
  posting_?: boolean;
  /** When the newest message was said. */
  last_: number;
}

export function changed(core: Core): void {
  const { status, messages, outbox, has_older } = core.view_;
  core.snapshot_ = {
    connection: core.connection_,
    status,
    conversation: core.conversation_,
    messages,
    // A start with the site's greeting has no words of its own.
    outbox: outbox.filter(({ text }) => text),
    prompt: openPrompt(core.view_),
    hasOlder: has_older,
    capabilities: core.session_?.capabilities ?? null,
    error: core.error_ ?? null,
  };
  for (const listener of [...core.listeners_]) {
    try {
      listener();
    } catch (error) {
      // The error is the page's: it is reported like any uncaught one, and nothing here stops.
      queueMicrotask(() => {
        throw error;
      });
    }
  }
}

/** Takes a frame. What the outbox holds outlives the page until the gateway has it. */
export function dispatch(core: Core, frame: Frame | LocalFrame): void {
  const { view_: before, store_: store } = core;
  const view = (core.view_ = reduce(before, frame));
  if (view === before) return;
  for (const message of before.outbox) if (!view.outbox.includes(message)) store.remove_(OUTBOX + message.client_id);
  for (const message of view.outbox) {
    if (message.state !== "taken" && !before.outbox.includes(message)) store.set_(OUTBOX + message.client_id, message);
  }
  changed(core);
}

export function connected(core: Core, connection: Connection): void {
  if (connection === core.connection_) return;
  core.connection_ = connection;
  tellState(core);
  if (connection !== "offline") core.error_ = undefined;
  changed(core);
}

/** The conversation that is not over. */
export const openConversation = (core: Core): string | null => (core.view_.status === "ended" ? null : core.conversation_);

/** Goes to another conversation; `stale` when it is not a new one. */
export function enter(core: Core, conversation: string | null, stale: boolean): void {
  if (conversation === core.conversation_ && conversation) return;
  core.conversation_ = conversation;
  const outbox = core.view_.outbox.filter(({ state }) => state !== "taken");
  core.view_ = { ...emptyView, stale: stale && !!conversation, outbox };
  if (conversation) core.store_.set_("conversation", conversation);
  else core.store_.remove_("conversation");
  changed(core);
  renew(core);
  core.seat_?.follow_?.();
}

/** A conversation that the other tabs do not know yet. */
export function found(core: Core, conversation: string, stale: boolean): void {
  enter(core, conversation, stale);
  core.seat_?.post_?.({ kind: "conversation", conversation });
}

/** Goes to the conversation that another tab began meanwhile. */
export function recall(core: Core): void {
  const conversation = core.store_.get_<string>("conversation");
  if (conversation !== core.conversation_) enter(core, conversation, true);
}

/** What the leader sends the other tabs; those that are behind catch up. */
export function tellState(core: Core): void {
  const { seat_: seat, view_: { epoch, seq }, connection_: connection, conversation_: conversation } = core;
  if (seat?.leads_) seat.post_?.({ kind: "state", connection, conversation, epoch, seq });
}

/** Has the reader open a new connection at once. */
export function renew(core: Core): void {
  core.failures_ = 0;
  core.attempt_.abort();
}

export function wakeUp(core: Core): void {
  core.wake_.abort();
  core.wake_ = limit();
}

export function leave(core: Core): void {
  core.seat_?.left_.abort();
  core.seat_ = undefined;
}

/** Ends all that runs; another `connect` goes on. */
export function stop(core: Core): void {
  core.run_?.abort();
  core.run_ = undefined;
  leave(core);
  wakeUp(core);
  connected(core, "idle");
}

/** Tries until it succeeds or `signal` aborts; `failed` is called for each try that did not. */
export async function insist(core: Core, signal: AbortSignal, run: () => Promise<void>, failed?: (failures: number) => unknown): Promise<void> {
  for (let failures = 1; !signal.aborted; failures++) {
    try {
      return await run();
    } catch (error) {
      if (signal.aborted) return;
      failed?.(failures);
      await pause(backOff(failures, error), core.wake_.signal);
    }
  }
}
