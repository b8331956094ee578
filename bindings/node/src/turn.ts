// The bot's whole turn: what `chat.ask` gives.

import type { CallOptions } from "./calls";
import { type Event, type Prompt, readEvent, type WireEvent } from "./events";

/** How to ask. */
export interface AskOptions extends CallOptions {
  /** A bot that has said something and then nothing for this long, in milliseconds, has ended its turn; 3,000 by default. */
  quietMs?: number | undefined;
}

/**
 * How a turn came to its end. `prompt`: the bot asked something. `closed`: the conversation was closed.
 * `handed_over`: a person answers from now on. `quiet`: something came, and then nothing for a while.
 * `timeout`: the time was over.
 */
export type TurnEnd = "prompt" | "closed" | "handed_over" | "quiet" | "timeout";

/** What the bot made of a message. */
export interface Turn {
  /** The service's id of the message; `null` when the service gives none. */
  readonly messageId: string | null;
  /** What was said, as plain text, one message a line. */
  readonly text: string;
  readonly ended: TurnEnd;
  /** What showed that the message was taken, when its answer was lost; `null` when it was not. */
  readonly confirmedBy: "echo" | "prompt" | null;
  /** What the bot waits for; `null` when it waits for no answer. */
  readonly prompt: Prompt | null;
  /** Every event of the turn but the visitor's own messages. Those from before the message stand first and are `late`. */
  readonly events: readonly Event[];
}

/** A turn as the core writes it. */
export interface WireTurn {
  readonly message_id: string | null;
  readonly text: string;
  readonly ended: TurnEnd;
  readonly confirmed_by?: "echo" | "prompt";
  readonly prompt: { kind: string } | null;
  readonly events: readonly WireEvent[];
}

/** The core's turn with this language's names. */
export function readTurn(wire: WireTurn): Turn {
  const events = wire.events.map(readEvent);
  const { message_id: messageId, text, ended, confirmed_by: confirmedBy = null } = wire;
  return { messageId, text, ended, confirmedBy, prompt: wire.prompt && lastPrompt(events), events };
}

function lastPrompt(events: readonly Event[]): Prompt | null {
  const asked = events.findLast((event) => event.type === "message" && event.prompt !== null);
  return asked?.type === "message" ? asked.prompt : null;
}
