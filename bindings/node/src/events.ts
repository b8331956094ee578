// What the service says through the webhook: types, and the reading of the core's JSON into them.

import type { MessageState } from "./chat";
import type { Json, JsonObject } from "./wire";

/** A message as the service takes it: `{ type: "text", data: { body: "Hello" } }`. */
export interface Message {
  readonly type: string;
  readonly data: JsonObject;
  /** Sends a type that the library does not know. */
  readonly unchecked?: boolean;
}

/** One card of a carousel. */
export interface Card {
  /** The card's place, from 0. */
  readonly index: number;
  readonly title: string;
  /** Empty when there is none. */
  readonly description: string;
  /** The URL of a picture. */
  readonly image: string | null;
}

/** One option of a choice. */
export interface ChoiceOption {
  /** What to show, plain text. */
  readonly label: string;
  /** The message that picks it, ready for `chat.send`; absent on a mere link. */
  readonly answer?: Message;
  /** The page to open when it is picked. */
  readonly url?: string;
  /** The card of a carousel that it belongs to. */
  readonly card?: Card;
}

/** One field of a form: its label, and everything else that the service says about it. */
export interface FormField {
  readonly label: string;
  readonly [detail: string]: Json;
}

interface PromptBase {
  /** The bot's message, as it was sent. */
  readonly raw: Json;
}

/** Typed text. */
export interface TextPrompt extends PromptBase {
  readonly kind: "text";
  readonly format: "any" | "name" | "email" | "phone";
}
/** One of several options, or several of them. An option's own `answer` is ready to be sent. */
export interface ChoicePrompt extends PromptBase {
  readonly kind: "choice";
  readonly options: readonly ChoiceOption[];
  /** Whether several may be picked at once. */
  readonly multiple: boolean;
  /** How many must be picked at least, where the bot says. */
  readonly least?: number;
  /** How many may be picked at most, where the bot says. */
  readonly most?: number;
}
/** A number. Bounds are null where the bot gives none. */
export interface SliderPrompt extends PromptBase {
  readonly kind: "slider";
  readonly min: number | null;
  readonly max: number | null;
  readonly step: number | null;
  readonly unit: string | null;
}
/** Files that you host. */
export interface FilePrompt extends PromptBase {
  readonly kind: "file";
  /** The bot's limits, under the service's names. */
  readonly limits: JsonObject;
}
/** Several fields at once. */
export interface FormPrompt extends PromptBase {
  readonly kind: "form";
  readonly fields: readonly FormField[];
}
/** A date. */
export interface DatePrompt extends PromptBase {
  readonly kind: "date";
  /** The bot's rules, under the service's names. */
  readonly validation: JsonObject;
}
/** Values of variables, computed on the visitor's side. */
export interface JavascriptPrompt extends PromptBase {
  readonly kind: "javascript";
  /** The code of the block. Run it in a sandbox, or compute the variables some other way. */
  readonly code: string | null;
  readonly variables: readonly Json[];
}
/** How far a file is on its way to a gateway. */
export type UploadEvent = OtherEvent<"upload">;
/** A kind that this version does not know; see `raw`. */
export interface UnknownPrompt extends PromptBase {
  readonly kind: "unknown";
}

/** What the bot waits for; `answer(prompt, value)` makes the message. */
export type Prompt =
  | TextPrompt
  | ChoicePrompt
  | SliderPrompt
  | FilePrompt
  | FormPrompt
  | DatePrompt
  | JavascriptPrompt
  | UnknownPrompt;

/** What a browser may be handed: an event without what is meant for the account alone. */
export type PublicEvent = Omit<EventBase, "raw" | "visitorKey" | "late" | "clientId" | "state" | "reason" | "toJSON"> & { readonly type: string } & Partial<
    Pick<MessageEvent, "by" | "text" | "html" | "prompt"> & Pick<StatusEvent, "closed"> & Pick<AssigneeEvent, "handover">
  >;

interface EventBase {
  /** Counts the events of one client from 1; `null` on events that did not pass through its inbox. */
  readonly seq: number | null;
  /** The same for every delivery of the same event. */
  readonly eventId: string;
  readonly conversationId: string | null;
  readonly visitorKey: string | null;
  /** When this library took it, RFC 3339 in UTC. */
  readonly receivedAt: string;
  /** When it happened by the service's clock, RFC 3339 in UTC; `null` where it does not say. */
  readonly occurredAt: string | null;
  /** Whether it came before the message that was asked; in a `Turn` alone. */
  readonly late: boolean;
  /** Through a gateway: the visitor's own id of a message of theirs; `null` on everything else. */
  readonly clientId: string | null;
  /** Beside `clientId`: what became of it. */
  readonly state: MessageState | null;
  /** On `delivery` and `reset`: why. */
  readonly reason: string | null;
  /** The element of `events`, as it was sent; its text where it cannot be read. */
  readonly raw: Json;
  /** What `JSON.stringify` writes: what a browser may see. Never `raw`, `payload`, `message` or `visitorKey`. */
  toJSON(): PublicEvent;
}

/** The bot, an agent or the visitor said something. */
export interface MessageEvent extends EventBase {
  readonly type: "message";
  /** Who said it; `null` where the service does not say. */
  readonly by: "bot" | "agent" | "visitor" | (string & {}) | null;
  /** Plain text; empty when it has none. */
  readonly text: string;
  /** As HTML, as it was sent; `null` when it has none, as what a visitor typed. */
  readonly html: string | null;
  /** The message as it was sent. */
  readonly message: Json;
  /** What the bot waits for; `null` when it waits for no answer. */
  readonly prompt: Prompt | null;
}

/** Everything but messages. */
export type OtherEventType =
  | "conversation_created"
  | "variables"
  | "label"
  | "note"
  | "sla_breached"
  | "message_status"
  | "delivery"
  | "reset"
  | "identity_wanted"
  | "upload"
  | "unknown";

/** Any event but a message; what it says is in `payload`. */
export interface OtherEvent<Type extends OtherEventType> extends EventBase {
  readonly type: Type;
  /** As it was sent; `null` when it has none. */
  readonly payload: Json;
}

export type ConversationCreatedEvent = OtherEvent<"conversation_created">;

/** The conversation was opened or closed. */
export interface StatusEvent extends EventBase {
  readonly type: "status";
  /** Whether it is closed now; `null` where the service does not say. */
  readonly closed: boolean | null;
  /** As it was sent. */
  readonly payload: Json;
}

/** Somebody else answers now. */
export interface AssigneeEvent extends EventBase {
  readonly type: "assignee";
  /** Who answers from now on; `null` where the service does not say. */
  readonly handover: { readonly direction: "to_agent" | "to_bot"; readonly name: string | null } | null;
  /** As it was sent. */
  readonly payload: Json;
}

/** The inbox was full, and this conversation, which nobody read, gave way. */
export interface EvictedEvent extends EventBase {
  readonly type: "evicted";
  /** How many of its events are gone. */
  readonly events: number;
}

export type VariablesEvent = OtherEvent<"variables">;
export type LabelEvent = OtherEvent<"label">;
export type NoteEvent = OtherEvent<"note">;
export type SlaBreachedEvent = OtherEvent<"sla_breached">;
export type MessageStatusEvent = OtherEvent<"message_status">;
/** What became of the visitor's message, from a gateway. */
export type DeliveryEvent = OtherEvent<"delivery">;
/** A gateway could not go on where this client was: what it has of the conversation follows. */
export type ResetEvent = OtherEvent<"reset">;
/** A gateway does not take the visitor's identity any more: give it a fresh one. */
export type IdentityWantedEvent = OtherEvent<"identity_wanted">;
/** A kind that this version does not know; see `raw`. */
export type UnknownEvent = OtherEvent<"unknown">;

/** What happened. Tell them apart by `type`. */
export type Event =
  | MessageEvent
  | ConversationCreatedEvent
  | StatusEvent
  | AssigneeEvent
  | VariablesEvent
  | LabelEvent
  | NoteEvent
  | SlaBreachedEvent
  | MessageStatusEvent
  | EvictedEvent
  | DeliveryEvent
  | ResetEvent
  | IdentityWantedEvent
  | UploadEvent
  | UnknownEvent;

/** An event as the core writes it. */
export interface WireEvent {
  readonly type: string;
  readonly seq?: number;
  readonly event_id: string;
  readonly conversation_id: string | null;
  readonly visitor_key: string | null;
  readonly received_at: string;
  readonly occurred_at?: string;
  readonly by?: string | null;
  readonly text?: string;
  readonly html?: string | null;
  readonly message?: Json;
  readonly prompt?: { kind: string } | null;
  readonly closed?: boolean;
  readonly handover?: { direction: string; name: string | null };
  readonly events?: number;
  readonly client_id?: string;
  readonly state?: string;
  readonly reason?: string;
  readonly payload?: Json;
  readonly late?: boolean;
  readonly raw: Json;
}

/** The core's event with this language's names. */
export function readEvent(wire: WireEvent): Event {
  const base = {
    type: wire.type,
    seq: wire.seq ?? null,
    eventId: wire.event_id,
    conversationId: wire.conversation_id,
    visitorKey: wire.visitor_key,
    receivedAt: wire.received_at,
    occurredAt: wire.occurred_at ?? null,
    late: wire.late ?? false,
    clientId: wire.client_id ?? null,
    state: wire.state ?? null,
    reason: wire.reason ?? null,
  };
  if (wire.type === "evicted") {
    return withPublicForm({ ...base, events: wire.events, raw: wire.raw });
  }
  if (wire.type !== "message") {
    const said =
      wire.type === "status"
        ? { closed: wire.closed ?? null }
        : wire.type === "assignee"
          ? { handover: wire.handover ?? null }
          : {};
    return withPublicForm({ ...base, ...said, payload: wire.payload ?? null, raw: wire.raw });
  }
  return withPublicForm({
    ...base,
    by: wire.by ?? null,
    text: wire.text ?? "",
    html: wire.html ?? null,
    message: wire.message ?? null,
    prompt: wire.prompt ? { ...wire.prompt, raw: wire.message ?? null } : null,
    raw: wire.raw,
  });
}

/** Out of sight, so that an event still equals a plain object and can be cloned. */
function withPublicForm(event: object): Event {
  return Object.defineProperty(event, "toJSON", { value: publicForm }) as Event;
}

function publicForm(this: Event): PublicEvent {
  const { type, seq, eventId, conversationId, receivedAt, occurredAt } = this;
  const form = { type, seq, eventId, conversationId, receivedAt, occurredAt };
  if (this.type === "status") {
    return { ...form, closed: this.closed };
  }
  if (this.type === "assignee") {
    return { ...form, handover: this.handover };
  }
  if (this.type !== "message") {
    return form;
  }
  const { by, text, html } = this;
  const { raw: _, ...prompt } = this.prompt ?? { raw: null };
  return { ...form, by, text, html, prompt: this.prompt && (prompt as Prompt) };
}
