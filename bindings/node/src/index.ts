// The package's front door: what may be imported from "wotnot".

export { answer } from "./answer";
export type { Answer, FileAnswer } from "./answer";
export type { CallOptions } from "./calls";
export { Chat, Contact, Conversation } from "./chat";
export type { Assignee, FileLink, MessageState, Opening, Scalar, SendOptions, Sent, Variables } from "./chat";
export { Client } from "./client";
export type {
  CounterName,
  Forgotten,
  ForgetOptions,
  GatewayStatus,
  OpenOptions,
  ParsedWebhook,
  PostBody,
  PostOptions,
  RefusalName,
  StartOptions,
  Status,
  WebhookStatus,
} from "./client";
export type { ClientOptions, GatewayOptions, RetryOptions, StateOptions, TlsOptions, WebhookOptions } from "./config";
export type { LogRecord } from "./log";
export {
  // generated: errors
  ChannelNotEnabledError,
  ClosedError,
  ConversationNotCreatedError,
  ForkedError,
  InternalError,
  InterruptedError,
  InvalidArgumentError,
  InvalidRequestError,
  NetworkError,
  NotFoundError,
  OverloadedError,
  ProtocolError,
  ProxyError,
  RateLimitedError,
  RejectedError,
  RequestTimeoutError,
  ServerError,
  TlsError,
  UnauthorizedError,
  WebhookRejectedError,
  WotnotError,
  // generated: end
} from "./errors";
export type { Delivery, ErrorCode, Reply } from "./errors";
export type * from "./events";
export type { EventOptions } from "./receiver";
export type { AskOptions, Turn, TurnEnd } from "./turn";
export type { PartsOptions, Uploaded, UploadOptions } from "./upload";
export type { Json, JsonObject } from "./wire";
