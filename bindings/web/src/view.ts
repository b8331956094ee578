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
    case "hello":
      if (view.epoch === null) return { ...view, epoch: frame.epoch };
      if (view.epoch === frame.epoch) return view;
    // What was read is of another one.
    case "reset":
      return { ...view, stale: true };
    case "snapshot":
      return restore(view, frame);
    case "older": {
      const first = view.messages[0]?.seq ?? Infinity;
      const older = frame.messages.filter(({ seq }) => seq < first);
      return { ...view, messages: [...older, ...view.messages], has_older: hasOlder(older) };
    }
    case "queued":
      return { ...view, outbox: [...without(view.outbox, frame.message), frame.message] };
    case "taken":
      return change(view, frame, frame.seq > view.seq && { state: "taken", seq: frame.seq });
    case "refused":
      return change(view, frame, { state: "failed", error: frame.error });
    case "dropped":
      return change(view, frame);
    default:
      // `token` and `drain` are the connection's.
      return "seq" in frame ? take(view, frame) : view;
  }
}

/** The question to show: one whose answer is on its way is no longer asked. */
export function openPrompt({ prompt, outbox }: View): OpenPrompt | null {
  return outbox.some(({ answer_to, state }) => answer_to === prompt?.seq && state !== "failed") ? null : prompt;
}

/** Where to read on; null from the beginning. */
export function cursorOf({ epoch, seq }: View): string | null {
  return epoch === null ? null : `${epoch}.${seq}`;
}

/** An entry of the log. Each is taken once and in order; after a hole the view is stale. */
function take(view: View, entry: Entry): View {
  const { seq } = entry;
  if (seq <= view.seq) return view;
  if (view.stale || seq > view.seq + 1) return { ...view, stale: true, missed: Math.max(view.missed, seq) };
  const next: View = { ...view, seq };
  switch (entry.type) {
    case "message":
      next.messages = [...view.messages, entry];
      if (entry.client_id) next.outbox = without(view.outbox, entry);
      if (entry.prompt) next.prompt = { ...entry.prompt, seq };
      else if (entry.answer_to) next.prompt = null;
      break;
    case "delivery": {
      const { client_id, code = null } = entry;
      const state = entry.state === "resent" ? "queued" : entry.state;
      next.messages = view.messages.map((message) => (message.client_id === client_id ? { ...message, state, code } : message));
      if (state === "rejected" || state === "discarded") askAgain(next, client_id);
      break;
    }
    case "status":
      next.status = entry.status;
      break;
    case "handover":
      next.status = entry.to === "agent" ? "handover" : "open";
      break;
    case "ended":
      next.status = "ended";
      next.prompt = null;
  }
  return next;
}

/** An answer that did not arrive: its question waits again, unless there is another one by now. */
function askAgain(view: View, clientId: string): void {
  const answer = view.messages.find(({ client_id }) => client_id === clientId);
  if (view.prompt || (answer && !answer.answer_to)) return;
  const question = view.messages.find(({ seq }) => seq === answer?.answer_to);
  if (question?.prompt) view.prompt = { ...question.prompt, seq: question.seq };
  else view.stale = true;
}

function restore(view: View, { cursor, state: status, prompt, messages }: Snapshot): View {
  const [epoch = "", number] = cursor.split(".");
  const seq = Number(number);
  const isSame = view.epoch === epoch;
  // What was read meanwhile is newer.
  if (!view.stale && isSame && seq <= view.seq) return view;
  const outbox = view.outbox.filter(
    (message) => !(message.state === "taken" && message.seq! <= seq) && !messages.some(({ client_id }) => client_id === message.client_id),
  );
  const missed = isSame ? view.missed : 0;
  return { epoch, seq, status, prompt, messages, outbox, has_older: hasOlder(messages), stale: missed > seq, missed };
}

const hasOlder = ([first]: Message[]): boolean => !!first && first.seq > 1;

/** What names a message of the visitor's. */
interface Named {
  client_id?: string | null;
}

const without = (outbox: Outgoing[], { client_id }: Named): Outgoing[] => outbox.filter((message) => message.client_id !== client_id);

/** Changes a message on its way, or drops it. */
function change(view: View, named: Named, to?: Partial<Outgoing> | false): View {
  const found = view.outbox.find(({ client_id }) => client_id === named.client_id);
  if (!found) return view;
  return { ...view, outbox: view.outbox.flatMap((message) => (message !== found ? message : to ? { ...found, ...to } : [])) };
}
