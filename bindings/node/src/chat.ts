// One conversation: what was said at its start, and the ways to answer.

import { inspect, types } from "node:util";
import { type Asked, type CallOptions, readOptions, submit } from "./calls";
import { Flaw } from "./encode";
import { callSite } from "./errors";
import type { Event, Message } from "./events";
import type { NativeClient } from "./native";
import type { EventOptions, Receiver } from "./receiver";
import { type AskOptions, readTurn, type Turn } from "./turn";
import { argumentNames, type JsonObject, type Names, optionNames, snakeKeys } from "./wire";

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

/**
 * What became of a message, through a gateway. `kept`: it waits here for a network. `queued`: the gateway has it.
 * `sending`: it is on its way to the bot. `accepted`: the bot has it. `rejected`: the service refused it, and the
 * event's `reason` says why. `unconfirmed`: the bot has it or not, and `chat.resolve` decides. `resent`, `discarded`:
 * that was decided.
 */
export type MessageState =
  | "kept"
  | "queued"
  | "sending"
  | "accepted"
  | "rejected"
  | "unconfirmed"
  | "resent"
  | "discarded"
  | (string & {});

/** A message that the service took. */
export interface Sent {
  /** The service's id of it; null when the service gives none. */
  readonly messageId: string | null;
  /** Your own id of it, or the one that was made; through a gateway alone. */
  readonly clientId?: string;
  /** Its entry in the gateway's log; through a gateway alone. */
  readonly seq?: number;
  /** What becomes of it; through a gateway alone. */
  readonly state?: MessageState;
  /** Fields that this version does not know. */
  readonly extra?: JsonObject;
}

/** Who answers in a conversation. */
export interface Assignee {
  readonly id: string | null;
  /** The bot user's e-mail address. */
  readonly to: string | null;
}

/** The person as the service knows them. Printed, it shows nothing of them. */
export class Contact {
  readonly name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
  /** `<visitorId>_<accountId>`; events name it as `visitorKey`. */
  readonly visitorKey: string | null;

  /** @internal */
  constructor(wire: WireStarted["contact"]) {
    this.name = wire.name;
    this.email = wire.email;
    this.phone = wire.phone;
    this.visitorKey = wire.visitor_key;
  }

  /** @internal */
  [inspect.custom](): string {
    return "Contact {}";
  }
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
  /** From `open_conversation` alone. */
  readonly opened?: Opening;
  readonly message_sent?: boolean;
}

/**
 * How a conversation was come by. `started`: the service made it now. `reused`: the visitor had it.
 * `recovered`: the answer to its start was lost, and an event named it.
 */
export type Opening = "started" | "reused" | "recovered";

/** How a message is sent. */
export interface SendOptions extends CallOptions {
  /** Your own id of the message, by which a gateway counts it once. */
  clientId?: string;
  /** Through a gateway: whether it is kept where there is no network, and goes out later. */
  queue?: boolean;
}

interface WireSent {
  readonly message_id: string | null;
  readonly client_id?: string;
  readonly extra?: JsonObject;
}

function readSent({ message_id, client_id, ...rest }: WireSent): Sent {
  return { messageId: message_id, ...(client_id !== undefined && { clientId: client_id }), ...rest };
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
  sendText(text: string, options?: SendOptions): Promise<Sent> {
    return this.#send(() => ({ type: "text", data: { body: text } }), options, this.sendText, TEXT);
  }

  /** Answers a slider. */
  sendSlider(value: number, options?: SendOptions): Promise<Sent> {
    return this.#send(() => ({ type: "slider.response", data: { value } }), options, this.sendSlider, SLIDER);
  }

  /** Answers with files that you host. */
  sendFiles(files: readonly FileLink[], options?: SendOptions): Promise<Sent> {
    const answer = () => {
      const wire = Array.isArray(files) ? files.map((file) => snakeKeys(file)) : files;
      return { type: "file_upload.response", data: { files: wire } };
    };
    return this.#send(answer, options, this.sendFiles, FILES);
  }

  /** Answers a JavaScript block: contact variables, and all others. */
  sendVariables(variables: { contact?: Variables; other?: Variables }, options?: SendOptions): Promise<Sent> {
    const answer = () => {
      const { contact, other, ...unknown } = variables ?? {};
      const contact_variables = pairs("variables.contact", contact);
      const non_contact_variables = pairs("variables.other", other);
      const named = { contact_variables, non_contact_variables, ...unknown };
      return { type: "javascript.response", data: { variables: named } };
    };
    return this.#send(answer, options, this.sendVariables, VARIABLES);
  }

  /** Answers a form: values by the labels of its fields. */
  sendForm(values: Readonly<Record<string, Scalar>>, options?: SendOptions): Promise<Sent> {
    const answer = () => {
      const fields = pairs("values", values).map(({ name: label, value }) => ({ label, value }));
      return { type: "form.response", data: { fields } };
    };
    return this.#send(answer, options, this.sendForm, FORM);
  }

  /** Sends any message: the `answer` of an option, or what the vendor's page shows. */
  send(message: Message, options?: SendOptions): Promise<Sent> {
    return this.#send(() => message, options, this.send);
  }

  /** Decides on a message whose `state` is `unconfirmed`, through a gateway. */
  resolve(clientId: string, action: "resend" | "discard", options?: CallOptions): Promise<Sent> {
    return submit(this.#client, "resolve", this.resolve, this.#asking({ client_id: clientId, action }, options), readSent);
  }

  /** The whole conversation as a gateway has it. */
  transcript(format: "json" | "txt" | "html" = "txt", options?: CallOptions): Promise<string> {
    const ask = this.#asking({ format }, options);
    return submit(this.#client, "transcript", this.transcript, ask, ({ content }: { content: string }) => content);
  }

  /**
   * Says something, text or a whole answer, and gives the bot's whole turn: what came until it asked
   * something, closed, handed over or fell silent. Needs a webhook.
   */
  ask(answer: string | Message, options?: AskOptions): Promise<Turn> {
    const isText = typeof answer === "string";
    const ask = (): Asked => {
      const { params, signal } = readOptions(options);
      const message = isText ? { type: "text", data: { body: answer } } : answer;
      return { params: { ...params, conversation_id: this.id, message }, signal, names: isText ? TEXT : optionNames };
    };
    return submit(this.#client, "converse", this.ask, ask, readTurn);
  }

  /** As `client.events()`, this conversation's alone. Events of other conversations stay queued. */
  events(options?: EventOptions): AsyncGenerator<Event, void, undefined> {
    return this.#receiver.events(options, callSite(this.events), this.id);
  }

  /** As `client.receive()`, this conversation's alone. */
  receive(options?: EventOptions): Promise<Event | null> {
    return this.#receiver.next(options, callSite(this.receive), this.id);
  }

  #asking(more: object, options: CallOptions | undefined): () => Asked {
    return () => {
      const { params, signal } = readOptions(options);
      return { params: { ...params, ...more, conversation_id: this.id }, signal };
    };
  }

  #send(message: () => unknown, options: SendOptions | undefined, method: Function, names?: Names): Promise<Sent> {
    const ask = (): Asked => {
      const { params, signal } = readOptions(options);
      return { params: { ...params, conversation_id: this.id, message: message() }, signal, names };
    };
    return submit(this.#client, "send_message", method, ask, readSent);
  }

  /** @internal */
  [inspect.custom](): string {
    return `${this.constructor.name} { id: ${inspect(this.id)} }`;
  }
}

// The arguments of each method, where the core has them.
export const TEXT = argumentNames("message.data.body", "text");
const SLIDER = argumentNames("message.data.value", "value");
const FILES = argumentNames("message.data.files", "files");
const VARIABLES = argumentNames("message.data.variables", "variables");
const FORM = argumentNames("message.data.fields", "values");

/** The core's form of values by name. */
function pairs(place: string, values: Variables | null | undefined): { name: string; value: Scalar }[] {
  const given: unknown = values ?? {};
  if (typeof given !== "object" || Array.isArray(given) || types.isMap(given) || types.isSet(given)) {
    throw new Flaw(place, "expected a plain object, of values by their names");
  }
  return Object.entries(given as Variables).map(([name, value]) => ({ name, value }));
}

/** A conversation that was started or opened here. */
export class Chat extends Conversation {
  /** How it was come by. */
  readonly opened: Opening;
  /** Whether the call's own message was taken; where it was not, send it. */
  readonly messageSent: boolean;
  /** As the service writes it, taken to be UTC. */
  readonly createdAt: string | null;
  /** Who answers: the bot; `null` where the conversation was not started now. */
  readonly assignee: Assignee | null;
  /** Who the service takes the visitor for. */
  readonly contact: Contact;
  /** The whole answer, under the core's names. */
  readonly raw: JsonObject;

  /** @internal */
  constructor(client: NativeClient, receiver: Receiver, started: WireStarted) {
    super(client, receiver, started.conversation.id);
    this.opened = started.opened ?? "started";
    this.messageSent = started.message_sent ?? true;
    this.createdAt = started.conversation.created_at;
    this.assignee = started.conversation.assignee;
    this.contact = new Contact(started.contact);
    this.raw = started as unknown as JsonObject;
  }
}
