// What a window shows, as a pure function of what came: no I/O, no clock. The vectors in tests/view
// hold it, and any other client, to the same behaviour.

import type { Answer, Entry, Frame, Message, OpenPrompt, Snapshot, Status } from "./wire.js";

/** Why a message was not taken. */
export interface Refusal {
  code: string;
  message: string;
  /** Of an `invalid_answer`: the part of the answer that does not fit, and why. */
  field?: string;
  reason?: string;
}

/** A message on its way to the gateway. */
export interface Outgoing {
  client_id: string;
  /** When it was said, by this machine's clock, in milliseconds since 1970; what was said later has a higher number. */
  at: number;
  /** As it is shown. */
  text: string;
  answer_to: number | null;
  /** What is posted; null for a start with the site's greeting. */
  answer: Answer | null;
  /** The conversation in which it was said; null for one that begins with it. */
  conversation: string | null;
  /** `waiting`: not at the gateway yet. `taken`: its entry is on the way. `failed`: refused, see `error`. */
  state: "waiting" | "taken" | "failed";
  /** The number of its entry, once it is taken. */
  seq?: number;
  error?: Refusal;
}

export interface View {
  /** The cursor's first part; null before anything was read. */
  epoch: string | null;
  /** The newest entry that was read: the cursor's second part. */
  seq: number;
  status: Status;
  /** The question that waits for an answer, as the gateway sees it. `openPrompt` is what to show. */
  prompt: OpenPrompt | null;
  messages: Message[];
  outbox: Outgoing[];
  /** There may be older messages than the first one. */
  has_older: boolean;
  /** What is shown may lack something: take a snapshot before anything else. */
  stale: boolean;
  /** The newest entry that came while the view was stale, and was left out. */
  missed: number;
}

/** What a client adds to the frames of the gateway. */
export type LocalFrame =
  | ({ type: "snapshot" } & Snapshot)
  | { type: "older"; messages: Message[] }
  | { type: "queued"; message: Outgoing }
  | { type: "taken"; client_id: string; seq: number }
  | { type: "refused"; client_id: string; error: Refusal }
  | { type: "dropped"; client_id: string };

export const emptyView: View = {
  epoch: null,
  seq: 0,
  status: "open",
  prompt: null,
  messages: [],
  outbox: [],
  has_older: false,
  stale: false,
  missed: 0,
};

/** The view after a frame. What changes nothing gives the same object. */
export function reduce(view: View, frame: Frame | LocalFrame): View {
  switch (frame.type) {
    case "message":
    case "delivery":
    case "status":
    case "handover":
    case "ended":
      return take(view, frame);
    case "hello":
      if (view.epoch === null) return { ...view, epoch: frame.epoch };
      return view.epoch === frame.epoch ? view : { ...view, stale: true };
    case "reset":
      return { ...view, stale: true };
    case "snapshot":
      return restore(view, frame);
    case "older": {
      const first = view.messages[0]?.seq ?? Infinity;
      const older = frame.messages.filter((message) => message.seq < first);
      return { ...view, messages: [...older, ...view.messages], has_older: (older[0]?.seq ?? 1) > 1 };
    }
    case "queued":
      return { ...view, outbox: [...without(view.outbox, frame.message.client_id), frame.message] };
    case "taken":
      if (frame.seq <= view.seq) return drop(view, frame.client_id);
      return change(view, frame.client_id, (message) => ({ ...message, state: "taken", seq: frame.seq }));
    case "refused":
      return change(view, frame.client_id, (message) => ({ ...message, state: "failed", error: frame.error }));
    case "dropped":
      return drop(view, frame.client_id);
    default:
      // `token` and `drain` are the connection's; what a later gateway adds is nobody's yet.
      return view;
  }
}

/** The question to show: one whose answer is on its way is no longer asked. */
export function openPrompt(view: View): OpenPrompt | null {
  const asked = view.prompt;
  const answered = view.outbox.some((message) => message.answer_to === asked?.seq && message.state !== "failed");
  return answered ? null : asked;
}

/** Where to read on; null from the beginning. */
export function cursorOf(view: View): string | null {
  return view.epoch === null ? null : `${view.epoch}.${view.seq}`;
}

/** An entry of the log. Each is taken once and in order; after a hole the view is stale. */
function take(view: View, entry: Entry): View {
  if (entry.seq <= view.seq) return view;
  if (view.stale || entry.seq > view.seq + 1) {
    return { ...view, stale: true, missed: Math.max(view.missed, entry.seq) };
  }
  const next: View = { ...view, seq: entry.seq };
  switch (entry.type) {
    case "message":
      next.messages = [...view.messages, entry];
      if (entry.client_id) next.outbox = without(view.outbox, entry.client_id);
      if (entry.prompt) next.prompt = { ...entry.prompt, seq: entry.seq };
      else if (entry.by === "visitor" && entry.answer_to) next.prompt = null;
      return next;
    case "delivery": {
      const state = entry.state === "resent" ? "queued" : entry.state;
      const told = (message: Message) =>
        message.client_id === entry.client_id ? { ...message, state, code: entry.code ?? null } : message;
      next.messages = view.messages.map(told);
      return state === "rejected" || state === "discarded" ? askAgain(next, entry.client_id) : next;
    }
    case "status":
      next.status = entry.status;
      return next;
    case "handover":
      next.status = entry.to === "agent" ? "handover" : "open";
      return next;
    case "ended":
      next.status = "ended";
      next.prompt = null;
      return next;
  }
}

/** An answer that did not arrive: its question waits again, unless there is another one by now. */
function askAgain(view: View, clientId: string): View {
  const answer = view.messages.find((message) => message.client_id === clientId);
  if (view.prompt || (answer && !answer.answer_to)) return view;
  const question = view.messages.find((message) => message.seq === answer?.answer_to);
  if (!question?.prompt) return { ...view, stale: true };
  return { ...view, prompt: { ...question.prompt, seq: question.seq } };
}

function restore(view: View, snapshot: Snapshot): View {
  const [epoch = "", number] = snapshot.cursor.split(".");
  const seq = Number(number);
  // What was read meanwhile is newer.
  if (!view.stale && view.epoch === epoch && seq <= view.seq) return view;
  const { state: status, prompt, messages } = snapshot;
  const known = new Set(messages.map((message) => message.client_id));
  const outbox = view.outbox.filter(
    (message) => !known.has(message.client_id) && !(message.state === "taken" && (message.seq ?? 0) <= seq),
  );
  const missed = view.epoch === epoch ? view.missed : 0;
  const has_older = (messages[0]?.seq ?? 1) > 1;
  return { epoch, seq, status, prompt, messages, outbox, has_older, stale: missed > seq, missed };
}

function without(outbox: Outgoing[], clientId: string): Outgoing[] {
  return outbox.filter((message) => message.client_id !== clientId);
}

function drop(view: View, clientId: string): View {
  const outbox = without(view.outbox, clientId);
  return outbox.length === view.outbox.length ? view : { ...view, outbox };
}

function change(view: View, clientId: string, to: (message: Outgoing) => Outgoing): View {
  if (!view.outbox.some((message) => message.client_id === clientId)) return view;
  return { ...view, outbox: view.outbox.map((message) => (message.client_id === clientId ? to(message) : message)) };
}
