// What can go wrong, as classes. The texts and the facts come from the core; nothing is decided here.

import { hintNames, type Names, optionNames } from "./wire";

/** The name of an error, the same in every language of this library. */
export type ErrorCode =
  // generated: codes, by `cargo xtask generate`
  | "timeout"
  | "interrupted"
  | "closed"
  | "null_argument"
  | "invalid_utf8"
  | "invalid_json"
  | "invalid_argument"
  | "invalid_client"
  | "forked"
  | "unknown_method"
  | "network"
  | "tls"
  | "proxy"
  | "request_timeout"
  | "unauthorized"
  | "channel_not_enabled"
  | "conversation_not_created"
  | "invalid_request"
  | "not_found"
  | "rate_limited"
  | "rejected"
  | "server_error"
  | "protocol_error"
  | "webhook_rejected"
  | "overloaded"
  | "internal"
  | "panic"
  // generated: end
  | (string & {});

/**
 * What became of the message.
 *
 * `not_sent`: no byte reached the service. `rejected`: a whole answer said no. `unknown`: the
 * message may have been taken. `null`: the call sends nothing.
 */
export type Delivery = "not_sent" | "rejected" | "unknown" | null;

/** What your own web server must answer. */
export interface Reply {
  /** The HTTP status. */
  readonly status: number;
  /** The body, JSON text. Holds the webhook token in answer to the service's test. */
  readonly body: string;
}

/** A failure as the core reports it. */
export interface Failure {
  readonly code: ErrorCode;
  readonly status: number;
  readonly message: string;
  readonly retryable: boolean;
  readonly retry_after_ms: number | null;
  readonly http_status: number | null;
  readonly api_code: string | null;
  readonly delivery: Delivery;
  readonly attempts: number;
  readonly method: string | null;
  readonly reply?: Reply;
}

/** What the core says: the value, or what went wrong. */
export type Envelope<T> = { ok: true; value: T } | { ok: false; error: Failure };

/** Where in the caller's program a call was made. */
export interface CallSite {
  stack?: string;
}

/** The stack above `method`: what is above the library is the caller's. */
export function callSite(method: Function): CallSite {
  const site: CallSite = {};
  Error.captureStackTrace(site, method);
  return site;
}

/** How an error is worded. */
export interface Telling {
  /** What it came from, when that is the program's. */
  cause?: unknown;
  /** How it names parameters: as options are named when absent. */
  names?: Names;
}

/** A cause that is an Error, as everything that logs causes expects. */
function asError(cause: unknown): Error {
  if (cause instanceof Error || Object.prototype.toString.call(cause) === "[object Error]") {
    return cause as Error;
  }
  return new Error(typeof cause === "string" ? cause : "the reason is no Error; see `cause`", { cause });
}

/** Every error of this library. */
export class WotnotError extends Error {
  /** The name of what happened, such as `rate_limited`. */
  readonly code: ErrorCode;
  /** The number of `code`, as the C functions return it. */
  readonly errno: number;
  /** Whether the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** How long the service asked to wait, in milliseconds. */
  readonly retryAfterMs: number | null;
  /** What became of the message. */
  readonly delivery: Delivery;
  /** The HTTP status of the last answer. */
  readonly httpStatus: number | null;
  /** The service's own word, such as `JWT_SIGNATURE_EXCEPTION`. */
  readonly apiCode: string | null;
  /** How many requests were tried. */
  readonly attempts: number;
  /** The method of the core that failed, such as `send_message`; `new` for the constructor. */
  readonly method: string | null;
  /** What your own web server must answer; on errors of `parseWebhook` and `acceptWebhook` alone. */
  readonly reply: Reply | null;

  /** @internal */
  constructor(failure: Failure, site?: CallSite, { cause, names = optionNames }: Telling = {}) {
    // A wrong option stands at the beginning of its text; every other text names the options to check.
    const translated = failure.code === "invalid_argument" ? names : hintNames(names);
    super(translated(failure.message), cause === undefined ? undefined : { cause: asError(cause) });
    this.code = failure.code;
    this.errno = failure.status;
    this.retryable = failure.retryable;
    this.retryAfterMs = failure.retry_after_ms;
    this.delivery = failure.delivery;
    this.httpStatus = failure.http_status;
    this.apiCode = failure.api_code;
    this.attempts = failure.attempts;
    this.method = failure.method;
    this.reply = failure.reply ?? null;
    const frames = site?.stack ?? this.stack ?? "";
    const at = frames.indexOf("\n    at ");
    const value = `${this.name}: ${this.message}${at < 0 ? "" : frames.slice(at)}`;
    Object.defineProperty(this, "stack", { value, configurable: true, writable: true });
  }

  static {
    named(this, "WotnotError");
  }
}

/** On the prototype, where Node's own errors have it: `util.inspect` then shows it once. */
function named(type: Function, name: string): void {
  Object.defineProperty(type.prototype, "name", { value: name, configurable: true, writable: true });
}

// generated: classes
/** `interrupt` or a cancellation woke the call. After an abort, `cause` is the signal's reason, in an Error where it is none. */
export class InterruptedError extends WotnotError {}
/** The client was closed, now or before. */
export class ClosedError extends WotnotError {}
/** A field of the configuration or of the parameters is wrong; the message names it. Nothing was sent. */
export class InvalidArgumentError extends WotnotError {}
/** The client was made before a fork; make a new one in the child. */
export class ForkedError extends WotnotError {}
/** Resolving, connecting, reading or writing failed. */
export class NetworkError extends WotnotError {}
/** The TLS handshake or the certificate was refused. */
export class TlsError extends NetworkError {}
/** The proxy refused or could not be reached. */
export class ProxyError extends NetworkError {}
/** The overall deadline passed. */
export class RequestTimeoutError extends WotnotError {}
/** The service refused the token. */
export class UnauthorizedError extends WotnotError {}
/** The API channel is not enabled in the account. */
export class ChannelNotEnabledError extends WotnotError {}
/** The service made no conversation; try again later. */
export class ConversationNotCreatedError extends WotnotError {}
/** The service called the request invalid. */
export class InvalidRequestError extends WotnotError {}
/** The service knows no such path or conversation. */
export class NotFoundError extends WotnotError {}
/** The service asked to slow down. See `retryAfterMs`. */
export class RateLimitedError extends WotnotError {}
/** The service refused in another way: any other 4xx. */
export class RejectedError extends WotnotError {}
/** The service failed: any 5xx. */
export class ServerError extends WotnotError {}
/** The answer is not what the API promises. */
export class ProtocolError extends WotnotError {}
/** The webhook token is missing or wrong. For a post: answer it with `reply`. */
export class WebhookRejectedError extends WotnotError {}
/** A queue of this library is full, or the system gives no thread. For a post: answer it with `reply`. */
export class OverloadedError extends WotnotError {}
/** A fault of this library. Please report it. */
export class InternalError extends WotnotError {}
// generated: end

const CLASSES: Record<string, new (failure: Failure, site?: CallSite, telling?: Telling) => WotnotError> = {
  // generated: table
  interrupted: InterruptedError,
  closed: ClosedError,
  null_argument: InvalidArgumentError,
  invalid_utf8: InvalidArgumentError,
  invalid_json: InvalidArgumentError,
  invalid_argument: InvalidArgumentError,
  invalid_client: ClosedError,
  forked: ForkedError,
  unknown_method: InvalidArgumentError,
  network: NetworkError,
  tls: TlsError,
  proxy: ProxyError,
  request_timeout: RequestTimeoutError,
  unauthorized: UnauthorizedError,
  channel_not_enabled: ChannelNotEnabledError,
  conversation_not_created: ConversationNotCreatedError,
  invalid_request: InvalidRequestError,
  not_found: NotFoundError,
  rate_limited: RateLimitedError,
  rejected: RejectedError,
  server_error: ServerError,
  protocol_error: ProtocolError,
  webhook_rejected: WebhookRejectedError,
  overloaded: OverloadedError,
  internal: InternalError,
  panic: InternalError,
  // generated: end
};

for (const type of new Set(Object.values(CLASSES))) {
  named(type, type.name);
}

/** The error for a failure. A code that this version does not know gives the base class. */
export function errorOf(failure: Failure, site?: CallSite, telling?: Telling): WotnotError {
  const type = CLASSES[failure.code] ?? WotnotError;
  return new type(failure, site, telling);
}
