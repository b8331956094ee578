// What a chat is made with, and what it shows.

import type { ChatError } from "./http.js";
import type { Connection } from "./reader.js";
import type { SessionOptions } from "./session.js";
import type { ChatStorage } from "./storage.js";
import type { Outgoing } from "./view.js";
import type { Capabilities, Message, OpenPrompt, Status } from "./wire.js";

export interface ChatOptions extends SessionOptions {
  /** Where the session, the conversation and unsent messages are kept: `localStorage` when left out; `"memory"` for kiosks. */
  storage?: ChatStorage | "memory" | undefined;
  /** What the page says of the visitor when a conversation begins. Only names that the site lists count. */
  variables?: { contact?: Record<string, unknown>; conversation?: Record<string, unknown> } | undefined;
  /** How often a stream is tried again while polling; 60,000 when left out. */
  streamRetryMs?: number | undefined;
}

/** The chat as it stands. An object that never changes: a change makes another one. */
export interface ChatSnapshot {
  readonly connection: Connection;
  readonly status: Status;
  /** Null before the first words. */
  readonly conversation: string | null;
  readonly messages: readonly Message[];
  /** What the visitor said that is not among `messages` yet. */
  readonly outbox: readonly Outgoing[];
  /** The question that waits for an answer. */
  readonly prompt: OpenPrompt | null;
  readonly hasOlder: boolean;
  /** What the site can do; null before there is a session. */
  readonly capabilities: Capabilities | null;
  /** What no further try mends, such as `origin_not_allowed`. */
  readonly error: ChatError | null;
}
