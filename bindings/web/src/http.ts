// One call of the gateway: what was refused is a `ChatError`, whatever stood in between.

import { limit } from "./wait.js";

/** A call that was refused or did not get through. */
export class ChatError extends Error {
  /** The gateway's word, such as `prompt_superseded`; `network` or `unexpected_answer` when it was not reached. */
  declare readonly code: string;
  /** Whether the same call may succeed later. */
  declare readonly retryable: boolean;
  declare readonly retryAfterMs: number | null;
  declare readonly status: number | null;
  /** What the gateway says besides, such as `field` and `reason` of an `invalid_answer`. */
  declare readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, more?: Partial<Pick<ChatError, "retryable" | "retryAfterMs" | "status" | "details" | "cause">>) {
    super(message);
    Object.assign(this, { name: "ChatError", code, retryable: false, retryAfterMs: null, status: null, details: {} }, more);
  }
}

export interface Request {
  /** POST where there is something to send as JSON, else GET, when left out. */
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: object | undefined;
  body?: BodyInit | undefined;
  signal?: AbortSignal | undefined;
}

/** Makes a call and reads its answer; null when there is none. */
export async function call<T>(url: string, asked: Request = {}, timeoutMs = 30_000): Promise<T | null> {
  const { signal, abort } = limit(asked.signal, timeoutMs);
  try {
    const response = await open(url, { ...asked, signal });
    return response.status === 204 ? null : await json<T>(response);
  } finally {
    abort();
  }
}

/** Makes a call and leaves its answer to be read; anything but a good one is an error. */
export async function open(url: string, { headers, json: value, method = value ? "POST" : "GET", body = value && JSON.stringify(value), signal }: Request): Promise<Response> {
  /** What a browser lets outlive its page is bounded. */
  const LONGEST_KEPT_ALIVE = 60_000;
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(value && { "content-type": "application/json" }) },
    body,
    signal,
    credentials: "omit",
    cache: "no-store",
    // What was just sent arrives though its page is closed.
    keepalive: (body as string)?.length < LONGEST_KEPT_ALIVE,
  }).catch((cause: unknown) => {
    throw notReached(cause);
  });
  if (response.ok) return response;
  const { error } = (await json<{ error?: Record<string, never> }>(response)) ?? {};
  const { code, message, retryable, retry_after_ms: retryAfterMs = null, ...details } = error ?? {};
  if (typeof code !== "string") throw unexpected(response);
  throw new ChatError(code, message!, { retryable: !!retryable, retryAfterMs, status: response.status, details });
}

/** The answer as JSON. A page of HTML, such as a captive portal's, is an error to try again after. */
function json<T>(response: Response): Promise<T> {
  return response.json().catch((cause: unknown) => {
    throw unexpected(response, cause);
  });
}

export function notReached(cause?: unknown): ChatError {
  return new ChatError("network", "gateway not reached", { retryable: true, cause });
}

/** Something else than the gateway answered. */
export function unexpected({ status }: Response, cause?: unknown): ChatError {
  return new ChatError("unexpected_answer", `not the gateway's answer (${status})`, { retryable: true, status, cause });
}
