// What a chat is made with, and what it shows.

import type { ChatError } from "./http.js";
import type { Challenge } from "./rare/challenge.js";
import type { UploadOptions, UploadSource } from "./rare/upload.js";
import type { ChatStorage } from "./storage.js";
import type { Outgoing } from "./view.js";
import type { Answer, Capabilities, FileInfo, Message, OpenPrompt, Status } from "./wire.js";

export type Connection = "idle" | "connecting" | "live" | "polling" | "offline";

export interface ChatOptions {
  gateway: string;
  site?: string | undefined;
  app?: string | undefined;
  locale?: string | undefined;
  getIdentity?: (() => string | null | Promise<string | null>) | undefined;
  solveChallenge?: ((challenge: Challenge) => string | Promise<string>) | undefined;
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

/** A visitor's chat, as a store: a snapshot that changes, and the calls that change it. */
export interface Chat {
  /** The chat as it stands; the same object until something changes. */
  readonly snapshot: ChatSnapshot;
  /** `snapshot` as a function, for `useSyncExternalStore`. */
  readonly getSnapshot: () => ChatSnapshot;
  /** Calls `listener` after each change, until the function that it gives is called. A chat that was under way goes on. */
  readonly subscribe: (listener: () => void) => () => void;
  /** Starts the session, where none is there, and reads the conversation; `send` and the others do so by themselves. */
  connect(): void;
  /** Says something; as the answer where the bot asks for text. Gives the message's `client_id`. */
  send(text: string): string;
  /** Answers a question, the one of `snapshot.prompt`. Gives the message's `client_id`. */
  answer(prompt: OpenPrompt, answer: Answer): string;
  /** Sends a file; its `id` goes into `files` of an answer. It goes on where it broke off. */
  upload(file: UploadSource, options?: UploadOptions): Promise<FileInfo>;
  /**
   * Decides on a message that failed or is `unconfirmed`: `resend` may double an unconfirmed one, `discard` lets it be.
   * What was refused because its question or conversation is over is sent again as plain text.
   */
  resolve(clientId: string, action: "resend" | "discard"): Promise<void>;
  /** Reads the messages before the first one that is shown. */
  loadOlder(): Promise<void>;
  /** Begins another conversation where none is open: with these words, the site's greeting, or the visitor's next words. */
  restart(text?: string): Promise<void>;
  /** Has the gateway drop everything that it keeps of the visitor, and forgets it here. */
  erase(): Promise<void>;
  /** Ends all that runs. What is kept in the storage stays. */
  destroy(): void;
}
