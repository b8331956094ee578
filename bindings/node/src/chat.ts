// One conversation: what was said at its start, and the ways to answer.

import { inspect } from "node:util";
import { type CallOptions, submit } from "./calls";
import { callSite } from "./errors";
import type { Event, Message } from "./events";
import type { NativeClient } from "./native";
import type { EventOptions, Receiver } from "./receiver";
import { type JsonObject, snakeKeys } from "./wire";

/** A value of a variable. */
export type Scalar = string | number | boolean | null;

/** Variables by name. */
export type Variables = Readonly<Record<string, Scalar>>;

/** A file that you host. What is left out is filled in from `path`, or else from the link. */
export interface FileLink {
  /** Where the service can fetch it: an absolute http or https URL. */
  link: string;
  /** The name to show. */
  filename?: string;
  /** The local file behind the link. Only its name is used; nothing is uploaded. */
  path?: string;
  /** Such as `image/png`. */
  mimeType?: string;
  /** Without the dot. */
  extension?: string;
}

/** A message that the service took. */
export interface Sent {
  /** The service's id of it. */
  readonly messageId: string;
  /** Fields that this version does not know. */
  readonly extra?: JsonObject;
}

/** Who answers in a conversation. */
export interface Assignee {
  readonly id: string | null;
  /** The bot user's e-mail address. */
  readonly to: string | null;
}

/** The person as the service knows them. */
export interface Contact {
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** `<visitorId>_<accountId>`; events name it as `visitorKey`. */
  readonly visitorKey: string | null;
}

/** What the service says of a conversation that it made. */
export interface WireStarted {
  readonly conversation: {
    readonly id: string;
    readonly created_at: string | null;
    readonly assignee: Assignee | null;
  };
  readonly contact: {
    readonly name: string | null;
    readonly email: string | null;
    readonly phone: string | null;
    readonly visitor_key: string | null;
  };
}

interface WireSent {
  readonly message_id: string;
  readonly extra?: JsonObject;
}

function readSent(wire: WireSent): Sent {
  return wire.extra ? { messageId: wire.message_id, extra: wire.extra } : { messageId: wire.message_id };
}

/** A conversation that can be answered in. Made by `client.conversation(id)`. */
export class Conversation {
  /** The conversation's id; events name it as `conversationId`. */
  readonly id: string;
  readonly #client: NativeClient;
  readonly #receiver: Receiver;

  /** @internal */
  constructor(client: NativeClient, receiver: Receiver, id: string) {
    this.#client = client;
    this.#receiver = receiver;
    this.id = id;
  }

  /** Says something. */
  sendText(text: string, options?: CallOptions): Promise<Sent> {
    return this.#send({ type: "text", data: { body: text } }, options, this.sendText);
  }

  /** Answers a slider. */
  sendSlider(value: number, options?: CallOptions): Promise<Sent> {
    return this.#send({ type: "slider.response", data: { value } }, options, this.sendSlider);
  }

  /** Answers with files that you host. */
  sendFiles(files: readonly FileLink[], options?: CallOptions): Promise<Sent> {
    const wire = Array.isArray(files) ? files.map(snakeKeys) : files;
    return this.#send({ type: "file_upload.response", data: { files: wire } }, options, this.sendFiles);
  }

  /** Answers a JavaScript block: contact variables, and all others. */
  sendVariables(variables: { contact?: Variables; other?: Variables }, options?: CallOptions): Promise<Sent> {
    const { contact, other, ...unknown } = variables ?? {};
    const data = {
      variables: { contact_variables: pairs(contact), non_contact_variables: pairs(other), ...unknown },
    };
    return this.#send({ type: "javascript.response", data }, options, this.sendVariables);
  }

  /** Answers a form: values by the labels of its fields. */
  sendForm(values: Readonly<Record<string, Scalar>>, options?: CallOptions): Promise<Sent> {
    const fields = Object.entries(values ?? {}).map(([label, value]) => ({ label, value }));
    return this.#send({ type: "form.response", data: { fields } }, options, this.sendForm);
  }

  /** Sends any message: the `answer` of an option, or what the vendor's page shows. */
  send(message: Message, options?: CallOptions): Promise<Sent> {
    return this.#send(message, options, this.send);
  }

  /** As `client.events()`, this conversation's alone. Others stay for whoever asks for them. */
  events(options: EventOptions = {}): AsyncGenerator<Event, void, undefined> {
    return this.#receiver.events(options, callSite(this.events), this.id);
  }

  /** As `client.nextEvent()`, this conversation's alone. */
  nextEvent(options: EventOptions = {}): Promise<Event | null> {
    return this.#receiver.next(options, callSite(this.nextEvent), this.id);
  }

  #send(message: unknown, options: CallOptions | undefined, method: Function): Promise<Sent> {
    const params = { conversation_id: this.id, message, timeout_ms: options?.timeoutMs };
    return submit(this.#client, "send_message", params, options?.signal, method, readSent);
  }

  /** @internal */
  [inspect.custom](): string {
    return `${this.constructor.name} { id: ${inspect(this.id)} }`;
  }
}

function pairs(variables: Variables | null | undefined): { name: string; value: Scalar }[] {
  return Object.entries(variables ?? {}).map(([name, value]) => ({ name, value }));
}

/** A conversation that was started here. */
export class Chat extends Conversation {
  /** As the service writes it, taken to be UTC. */
  readonly createdAt: string | null;
  /** Who answers: the bot. */
  readonly assignee: Assignee | null;
  /** Who the service takes the visitor for. */
  readonly contact: Contact;
  /** The whole answer, under the core's names. */
  readonly raw: JsonObject;

  /** @internal */
  constructor(client: NativeClient, receiver: Receiver, started: WireStarted) {
    super(client, receiver, started.conversation.id);
    const { name, email, phone, visitor_key: visitorKey } = started.contact;
    this.createdAt = started.conversation.created_at;
    this.assignee = started.conversation.assignee;
    this.contact = { name, email, phone, visitorKey };
    this.raw = started as unknown as JsonObject;
  }
}
