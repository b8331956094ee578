// The log of all clients: what the core logs of their calls, on a channel of Node's own.

import { channel } from "node:diagnostics_channel";
import type { Client } from "./client";
import { camelCase } from "./wire";

/** A message of the channel `wotnot:log`. Beside the client it holds no token, no id of a visitor, and nothing that anybody said. */
export interface LogRecord {
  /** Whose call it is. */
  readonly client: Client;
  /** An attempt failed and another one follows, or the call is over. */
  readonly kind: "retry" | "verdict";
  /** All of it as one line for people. */
  readonly text: string;
  /** The core's method, such as `send_message`. */
  readonly method: string;
  /** The conversation that the call named; `null` where it named none. */
  readonly conversationId: string | null;
  /** `ok`, or the error's. */
  readonly code: string;
  /** What became of the message so far; `null` on success. */
  readonly delivery: "not_sent" | "rejected" | "unknown" | null;
  /** The HTTP status of the last answer, on failures that had one. */
  readonly httpStatus: number | null;
  /** How many requests were tried up to now. */
  readonly attempts: number;
  /** How long is waited before the next one; on retries alone. */
  readonly waitMs?: number;
  /** How long the call has taken up to now. */
  readonly durationMs: number;
  /** The error's text; `null` on success. */
  readonly message: string | null;
}

/** The same under the core's names. */
export type WireLogRecord = Record<string, unknown>;

const log = channel("wotnot:log");
/** By their numbers: those that have a log and are not closed. */
const clients = new Map<number, WeakRef<Client>>();

/** From here on the channel gets the records of this client's calls. */
export function logged(number: number, client: Client): void {
  clients.set(number, new WeakRef(client));
}

/** The counterpart of `logged`. */
export function unlogged(number: number): void {
  clients.delete(number);
}

/** Tells those who subscribed. */
export function publish(number: number, record: WireLogRecord): void {
  if (log.hasSubscribers) {
    const client = clients.get(number)?.deref();
    const fields = Object.entries(record).map(([name, value]) => [camelCase(name), value]);
    log.publish({ client, ...Object.fromEntries(fields) });
  }
}
