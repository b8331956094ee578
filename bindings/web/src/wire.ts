// What the gateway sends, under the gateway's own names: docs/schema/gateway.openapi.yaml describes each.

/** What became of a message of the visitor's. */
export type MessageState = "queued" | "sending" | "accepted" | "rejected" | "unconfirmed" | "discarded";

export type Status = "open" | "handover" | "ended";

export interface Card {
  index: number;
  title: string | null;
  description: string | null;
  image: string | null;
}

export interface ChoiceOption {
  /** What `option` of an answer names. */
  id: string;
  label: string;
  /** A link to open instead of an answer. */
  url?: string | null;
  /** The card of a carousel that it belongs to. */
  card?: Card | null;
}

export interface FormField {
  label: string;
  type?: string | null;
  placeholder?: string | null;
  required?: boolean | null;
  options?: string[] | null;
}

/** A picture or a file of a message. */
export interface Media {
  kind: "image" | "audio" | "video" | "document";
  url: string;
  name: string | null;
}

/** A question, and what may answer it. */
export type Prompt =
  | { kind: "text"; format: "any" | "name" | "email" | "phone" }
  | { kind: "choice"; options: ChoiceOption[]; multiple?: boolean | null; least?: number | null; most?: number | null }
  | { kind: "slider"; min: number | null; max: number | null; step: number | null; unit: string | null }
  | { kind: "file" }
  | { kind: "form"; fields: FormField[] }
  | { kind: "date"; earliest?: string | null; latest?: string | null }
  | { kind: "javascript"; code: string; variables: string[] }
  | { kind: "unknown" };

/** The question that waits for an answer; `seq` is what `answer_to` names. */
export type OpenPrompt = Prompt & { seq: number };

export interface Message {
  type: "message";
  seq: number;
  /** RFC 3339, in UTC. */
  at: string;
  by: "bot" | "agent" | "visitor";
  /** Plain text, never HTML. */
  text: string;
  answer_to: number | null;
  prompt: Prompt | null;
  /** `text` has their names and links as well. */
  media?: Media[] | null;
  /** Only of the visitor's own, as is `state`. */
  client_id?: string | null;
  state?: MessageState | null;
  /** Why it was rejected. */
  code?: string | null;
}

/** What answers a question: exactly one of these. */
export type Answer =
  | { text: string }
  | { option: string }
  | { options: string[] }
  | { value: number }
  | { fields: { label: string; value: unknown }[] }
  | { files: string[] }
  | { date: string }
  | { variables: Record<string, unknown> };

export type Entry =
  | Message
  | { type: "delivery"; seq: number; at: string; client_id: string; state: MessageState | "resent"; code?: string | null }
  | { type: "status"; seq: number; at: string; status: Status }
  | { type: "handover"; seq: number; at: string; to: "bot" | "agent" }
  | { type: "ended"; seq: number; at: string };

/** The `data` of a frame of a stream. */
export type Frame =
  | Entry
  | { type: "hello"; epoch: string; head: number; heartbeat_ms: number }
  | { type: "reset"; reason: "too_old" | "epoch" | "ahead" }
  | { type: "token" }
  | { type: "drain"; retry_ms: number };

/** The answer of `GET /v1/conversations/{c}`. */
export interface Snapshot {
  cursor: string;
  state: Status;
  prompt: OpenPrompt | null;
  messages: Message[];
}

export interface Capabilities {
  /** A conversation may begin without a text of the visitor's. */
  greeting: boolean;
  /** Files can be sent. */
  files: boolean;
}

/** The answer of `POST /v1/sessions`. */
export interface Session {
  token: string;
  expires_in: number;
  refresh: string;
  visitor: { id: string };
  conversation: { id: string; cursor: string } | null;
  capabilities: Capabilities;
}

export interface FileInfo {
  /** What `files` of an answer names. */
  id: string;
  name: string;
  type: string;
  size: number;
  offset: number;
  ready: boolean;
  url: string | null;
}
