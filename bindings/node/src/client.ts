// The client: conversations out, events in. Every rule of delivery, retries and tokens is the core's.

import { inspect } from "node:util";
import {
  type Asked,
  callNow,
  type CallOptions,
  hub,
  NativeClientClass,
  nextNumber,
  readOptions,
  submit,
  submitClose,
  unwrap,
} from "./calls";
import { Chat, Conversation, TEXT, type Variables, type WireStarted } from "./chat";
import type { ClientOptions } from "./config";
import { encode, refused } from "./encode";
import { callSite, errorOf, type Failure, type Reply } from "./errors";
import { type Event, type Message, readEvent, type WireEvent } from "./events";
import { logged, unlogged } from "./log";
import type { NativeClient } from "./native";
import { type EventOptions, Receiver } from "./receiver";
import { parts, type PartsOptions, readUploaded, type Uploaded, type UploadOptions } from "./upload";
import { camelCase, coreNames, type JsonObject, optionNames, snakeKeys } from "./wire";

/** How a conversation begins. */
export interface StartOptions extends CallOptions {
  /** Your own unique id of the visitor. Required, but through a gateway, which knows its visitor. */
  visitorId?: string;
  /** What they said first. */
  text?: string;
  /** What they said first, as a whole message, instead of `text`. */
  message?: Message;
  /** What is known about them. */
  variables?: { system?: Variables; contact?: Variables; conversation?: Variables };
  /** The bot to talk to, instead of the client's. */
  botKey?: string;
}

/** How the conversation of a visitor is opened. */
export interface OpenOptions extends StartOptions {
  /** When the visitor has one: give it (`reuse`, the default), fail, or start a `new` one in its place. */
  ifKnown?: "reuse" | "refuse" | "new";
}

/** What to forget: the conversation of a visitor, or one by its id. */
export type ForgetOptions = { visitorId: string } | { conversationId: string };

/** What was forgotten. */
export interface Forgotten {
  /** How many visitors have no conversation any more. */
  readonly forgotten: number;
  /** How many events that waited were dropped. */
  readonly events: number;
}

/** A post to the webhook, understood. */
export interface ParsedWebhook {
  /** Its events; none when it was the service's test of the endpoint. */
  readonly events: Event[];
  /** What to answer, once the events are kept. */
  readonly reply: Reply;
}

/** What a client is and has done. */
export interface Status {
  readonly version: string;
  readonly baseUrl: string;
  /** Where its listener takes events; `null` when it has none. */
  readonly webhookUrl: string | null;
  /** A descriptor that is readable while events wait, for loops outside Node; `null` where there is none. */
  readonly eventFd: number | null;
  /** The overall deadline of a call that names none. */
  readonly timeoutMs: number;
  readonly counters: Readonly<Record<CounterName, number>>;
  /** How events come in; `null` on a client without a webhook. */
  readonly webhook: WebhookStatus | null;
  /** What is known at the gateway; absent on a client of the service itself. */
  readonly gateway?: GatewayStatus;
}

/** Who the visitor is at a gateway, and what waits for a network. */
export interface GatewayStatus {
  /** The gateway's id of the visitor; `null` before the first call. */
  readonly visitorId: string | null;
  /** The conversation that was begun; `null` when none was. */
  readonly conversationId: string | null;
  /** How many messages are kept here and go out when there is a network. */
  readonly kept: number;
  /** Whether a thread of this client's own fills the inbox. */
  readonly background: boolean;
}

/** How events come in, and what was refused. */
export interface WebhookStatus {
  /** How many events wait at most. */
  readonly capacity: number;
  /** How many bytes they take at most. */
  readonly capacityBytes: number;
  /** After how long without a reader a conversation gives way when all is full. */
  readonly idleMs: number;
  /** Posts that were refused, by reason. */
  readonly refused: Readonly<Record<RefusalName, number>>;
  /** When one was last refused, RFC 3339 in UTC; `null` when none was. */
  readonly lastRefusedAt: string | null;
}

/** Why posts are refused. */
export type RefusalName =
  | "unauthorized"
  | "malformed"
  | "tooLarge"
  | "overloaded"
  | "wrongPath"
  | "wrongMethod"
  | "tooSlow";

/** What is counted. */
export type CounterName =
  | "calls"
  | "failures"
  | "retries"
  | "bytesSent"
  | "bytesReceived"
  | "eventsHeld"
  | "bytesHeld"
  | "conversationsHeld"
  | "eventsEvicted"
  | "deliveriesRefused"
  | "eventsDuplicate";

/** What comes with a post to the webhook. */
export interface PostOptions {
  /** The `Authorization` header of the post. */
  authorization?: string | null;
}

/** The body of a post: text, or the bytes of it. */
export type PostBody = string | Uint8Array;

/** A client of the API channel. */
export class Client {
  readonly #native: NativeClient;
  readonly #receiver: Receiver;
  readonly #number: number;
  #closing: Promise<void> | undefined;

  /**
   * Checks the options and opens the listener when they ask for one. Sends nothing.
   *
   * @throws InvalidArgumentError naming the field.
   */
  constructor(options: ClientOptions) {
    const number = nextNumber();
    let config: string;
    try {
      config = encode(snakeKeys(options));
    } catch (error) {
      throw refused("new", error, callSite(new.target), optionNames);
    }
    try {
      this.#native = new NativeClientClass(hub, number, config);
    } catch (error) {
      throw errorOf(failureIn(error as Error), callSite(new.target));
    }
    this.#receiver = new Receiver(this.#native, number);
    this.#number = number;
    if (options.log) {
      logged(number, this);
    }
  }

  /** Starts a conversation. Call it once for each visitor, and keep the conversation's id. */
  startConversation(options: StartOptions): Promise<Chat> {
    return this.#begin("start_conversation", options, this.startConversation);
  }

  /**
   * The conversation that the visitor has with the bot, started where they have none. `chat.opened`
   * says which; `chat.messageSent` whether the message went out.
   */
  openConversation(options: OpenOptions): Promise<Chat> {
    return this.#begin("open_conversation", options, this.openConversation);
  }

  /**
   * Forgets what `openConversation` knows, and drops the events of the conversation that wait. Through a gateway, which
   * knows its visitor, give nothing: all that it keeps of them is erased.
   */
  forget(options?: ForgetOptions): Promise<Forgotten> {
    const ask = (): Asked => ({ params: readOptions(options).params });
    return submit(this.#native, "forget", this.forget, ask, (value: Forgotten) => value);
  }

  /**
   * Says who the visitor is, as your site signed it for a gateway; without it they are anonymous. Give a fresh one when
   * the event `identity_wanted` asks for it.
   */
  setIdentity(identity?: string): void {
    callNow(this.#native, "set_identity", () => ({ identity }), this.setIdentity);
  }

  /**
   * Hands a file to the gateway, and gives the `link` that answers a prompt for one. It goes on after a cut; after an
   * error, or a kill of the program, the same call goes on where it stopped.
   */
  upload(path: string, options?: UploadOptions): Promise<Uploaded> {
    const ask = (): Asked => {
      const { params, signal } = readOptions(options);
      return { params: { ...params, path }, signal };
    };
    return submit(this.#native, "upload", this.upload, ask, readUploaded);
  }

  /** The same part by part, of a path or of bytes: tells how far it is, the last time with the `link`. */
  uploadParts(file: string | Uint8Array, options?: PartsOptions): AsyncGenerator<Uploaded, void, undefined> {
    return parts(this.#native, file, options, this.uploadParts);
  }

  /** Says through a gateway whether people see the program now; in the background it is asked less often. */
  setAppState(state: "foreground" | "background"): void {
    callNow(this.#native, "set_app_state", () => ({ state }), this.setAppState);
  }

  /** Goes on with a conversation that was started earlier. Sends nothing. */
  conversation(id: string): Conversation {
    return new Conversation(this.#native, this.#receiver, id);
  }

  /**
   * Events in the order of their arrival: ends when the client closes, on `interrupt()`, or when nothing
   * came for `timeoutMs`; throws `InterruptedError` when `signal` aborts. While it is awaited it keeps the
   * process alive. Several iterators share the events.
   */
  events(options?: EventOptions): AsyncGenerator<Event, void, undefined> {
    return this.#receiver.events(options, callSite(this.events));
  }

  /** The next event, or `null` when none came for `timeoutMs`. */
  receive(options?: EventOptions): Promise<Event | null> {
    return this.#receiver.next(options, callSite(this.receive));
  }

  /**
   * Wakes everybody who waits for events now, and nobody who comes later: `receive` rejects with an
   * `InterruptedError`, and a loop over `events` ends.
   */
  interrupt(): void {
    unwrap(this.#native.interrupt(), this.interrupt);
    this.#receiver.interrupt();
  }

  /**
   * Checks a post to your own web server and takes it apart. Keeps nothing.
   *
   * @throws WotnotError with the `reply` to give.
   */
  parseWebhook(body: PostBody, options: PostOptions = {}): ParsedWebhook {
    const value = callNow<{ events: WireEvent[]; reply: Reply }>(
      this.#native,
      "parse_webhook",
      () => ({ ...options, body: textOf(body) }),
      this.parseWebhook,
    );
    return { events: value.events.map(readEvent), reply: value.reply };
  }

  /**
   * Checks a post to your own web server and keeps its events for `events()`.
   *
   * @throws WotnotError with the `reply` to give.
   */
  acceptWebhook(body: PostBody, options: PostOptions = {}): Reply {
    const ask = () => ({ ...options, body: textOf(body) });
    return callNow<{ reply: Reply }>(this.#native, "accept_webhook", ask, this.acceptWebhook).reply;
  }

  #begin(method: string, options: OpenOptions, caller: Function): Promise<Chat> {
    const ask = (): Asked => {
      const { text, message, variables, ...rest } = options ?? {};
      const { params, signal } = readOptions(rest);
      const first = message ?? (text === undefined ? undefined : { type: "text", data: { body: text } });
      return { params: { ...params, message: first, variables }, signal, names: message ? optionNames : TEXT };
    };
    const read = (started: WireStarted) => new Chat(this.#native, this.#receiver, started);
    return submit(this.#native, method, caller, ask, read);
  }

  /** What this client is and has done. */
  status(): Status {
    const wire = callNow<Record<string, unknown>>(this.#native, "status", () => ({}), this.status);
    return renamed(wire) as unknown as Status;
  }

  /** Where the listener takes events; `null` when there is none. */
  get webhookUrl(): string | null {
    return this.status().webhookUrl;
  }

  /** Any method of the core under the core's own names, as the other languages of this library have it. */
  call(method: string, params: JsonObject = {}, options?: Pick<CallOptions, "signal">): Promise<JsonObject> {
    const ask = () => ({ params, signal: readOptions(options).signal, names: coreNames });
    return submit(this.#native, method, this.call, ask, (value: JsonObject) => value);
  }

  /** Ends every call and every wait at once, stops the listener, and stays closed. */
  close(): Promise<void> {
    this.#closing ??= submitClose(this.#native).then(() => unlogged(this.#number));
    return this.#closing;
  }

  /** `await using client = new Client(...)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal */
  [inspect.custom](): string {
    const { baseUrl, webhookUrl } = this.status();
    return `Client { baseUrl: ${inspect(baseUrl)}, webhookUrl: ${inspect(webhookUrl)} }`;
  }
}

/** Bytes of any realm: those of a test runner or a sandbox are no `Uint8Array` of ours. */
function textOf(body: PostBody): unknown {
  return ArrayBuffer.isView(body) ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString() : body;
}

/** The addon throws with the envelope as its message. */
function failureIn(error: Error): Failure {
  try {
    return (JSON.parse(error.message) as { error: Failure }).error;
  } catch {
    throw error;
  }
}

/** The same document with this language's names, at every depth. */
function renamed(document: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(document).map(([name, value]) => {
    const inner = typeof value === "object" && value !== null;
    return [camelCase(name), inner ? renamed(value as Record<string, unknown>) : value];
  });
  return Object.fromEntries(entries);
}
