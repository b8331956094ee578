// One call of the gateway: what was refused is a `ChatError`, whatever stood in between.

import type { Refusal } from "./view.js";

/** A call that was refused or did not get through. */
export class ChatError extends Error {
  override readonly name = "ChatError";
  /** The gateway's word, such as `prompt_superseded`; `network` or `unexpected_answer` when it was not reached. */
  readonly code: string;
  /** Whether the same call may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly status: number | null;
  /** What the gateway says besides, such as `field` and `reason` of an `invalid_answer`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: string, message: string, more: Partial<Pick<ChatError, "retryable" | "retryAfterMs" | "status" | "details">> = {}) {
    super(message);
    this.code = code;
    this.retryable = more.retryable ?? false;
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.status = more.status ?? null;
    this.details = more.details ?? {};
  }

  /** As it is kept beside a message. */
  refusal(): Refusal {
    const { field, reason } = this.details;
    return {
      code: this.code,
      message: this.message,
      ...(typeof field === "string" ? { field } : null),
      ...(typeof reason === "string" ? { reason } : null),
    };
  }
}

export interface Request {
  method?: string;
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  body?: BodyInit;
  signal?: AbortSignal;
}

const TIMEOUT_MS = 30_000;
/** What a browser lets outlive its page is bounded. */
const LONGEST_KEPT_ALIVE = 60_000;

/** Makes a call and reads its answer; null when there is none. Fails as `signal` says when that aborts. */
export async function call<T>(url: string, asked: Request = {}, timeoutMs = TIMEOUT_MS): Promise<T | null> {
  const { signal } = asked;
  signal?.throwIfAborted();
  const abort = new AbortController();
  const stop = () => abort.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener("abort", stop);
  try {
    const response = await open(url, { ...asked, signal: abort.signal });
    return response.status === 204 ? null : await json<T>(response);
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", stop);
  }
}

/** Makes a call and leaves its answer to be read; anything but a good one is an error. */
export async function open(url: string, { method = "GET", headers = {}, json: value, body, signal }: Request): Promise<Response> {
  const sent = value === undefined ? body : JSON.stringify(value);
  let response: Response;
  try {
    response = await fetch(url, {
      method,
      headers: value === undefined ? headers : { ...headers, "content-type": "application/json" },
      body: sent ?? null,
      signal: signal ?? null,
      credentials: "omit",
      cache: "no-store",
      // What was just sent arrives though its page is closed.
      keepalive: typeof sent === "string" && sent.length < LONGEST_KEPT_ALIVE,
    });
  } catch (error) {
    throw network(error);
  }
  if (!response.ok) throw await refused(response);
  return response;
}

/** The answer as JSON. A page of HTML, such as a captive portal's, is an error to try again after. */
async function json<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (error) {
    throw unexpected(response.status, error);
  }
}

function network(cause: unknown): ChatError {
  const error = new ChatError("network", "the gateway was not reached", { retryable: true });
  error.cause = cause;
  return error;
}

/** Something else than the gateway answered. */
export function unexpected(status: number, cause?: unknown): ChatError {
  const error = new ChatError("unexpected_answer", `the answer (${status}) is not the gateway's`, { retryable: true, status });
  error.cause = cause;
  return error;
}

async function refused(response: Response): Promise<ChatError> {
  const { status } = response;
  try {
    const { error } = (await response.json()) as { error: Record<string, unknown> };
    const { code, message, retryable, retry_after_ms, ...details } = error;
    if (typeof code !== "string") return unexpected(status);
    return new ChatError(code, String(message), {
      retryable: retryable === true,
      retryAfterMs: typeof retry_after_ms === "number" ? retry_after_ms : null,
      status,
      details,
    });
  } catch (error) {
    return unexpected(status, error);
  }
}
