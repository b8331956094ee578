// What the visitor says, on its way to the gateway: shown at once, kept until the gateway has it, posted one by one.

import { ChatError, type Request } from "./http.js";
import type { Outbox } from "./outbox.js";
import type { LocalFrame, Outgoing, View } from "./view.js";
import { backOff } from "./wait.js";
import type { Answer } from "./wire.js";

/** What a sender needs of its client. */
export interface SenderHost {
  variables: Record<string, unknown> | undefined;
  view(): View;
  /** What aborts when nothing may be posted any more; null before there is a session. */
  running(): AbortSignal | null;
  /** The conversation that is not over. */
  open(): string | null;
  path(conversation: string): string;
  call<T>(path: string, asked: Request): Promise<T>;
  dispatch(frame: LocalFrame): void;
  connect(): void;
  pause(ms: number): Promise<void>;
  /** The messages are in this conversation; `stale` when it is not a new one. */
  found(conversation: string, stale: boolean): void;
  /** The gateway does not have this conversation any more. */
  lost(conversation: string): void;
}

interface Taken {
  conversation: { id: string };
  message: { client_id: string; seq: number };
}

/** What was said to a conversation that is over, or for a question that is. */
const OUTDATED = ["prompt_superseded", "ended", "not_found"];

export class Sender {
  readonly kept: Outbox;
  readonly #host: SenderHost;
  #posting = false;
  /** When the newest message was said. */
  #last = 0;

  constructor(kept: Outbox, host: SenderHost) {
    this.kept = kept;
    this.#host = host;
  }

  /** Says something; an answer of null lets the site's greeting begin a conversation. */
  say(answer: Answer | null, text: string, answer_to: number | null): string {
    if (answer && "text" in answer && !answer.text.trim()) throw new ChatError("invalid_answer", "text: must not be empty");
    const client_id = randomId();
    this.#queue({ client_id, text, answer_to, answer, conversation: this.#host.open(), state: "waiting" });
    return client_id;
  }

  /** Decides on a message that failed; false when it is none of those. */
  resolve(clientId: string, action: "resend" | "discard"): boolean {
    const failed = this.#host.view().outbox.find(({ client_id, state }) => client_id === clientId && state === "failed");
    if (!failed) return false;
    if (action === "discard") {
      this.#drop(clientId);
      return true;
    }
    const { error, ...again } = failed;
    const outdated = OUTDATED.includes(error?.code ?? "");
    const restated = { answer: { text: failed.text }, answer_to: null, conversation: this.#host.open() };
    this.#queue({ ...again, ...(outdated ? restated : null), state: "waiting" });
    return true;
  }

  /** Posts what waits, one after the other, until nothing does. */
  async pump(): Promise<void> {
    const run = this.#host.running();
    if (this.#posting || !run) return;
    this.#posting = true;
    let failures = 0;
    for (let next; !run.aborted && (next = this.#host.view().outbox.find(({ state }) => state === "waiting")); ) {
      try {
        await this.#post(next);
        failures = 0;
      } catch (error) {
        if (run.aborted) break;
        // A session that is refused is started again; it says nothing of the message.
        if (!(error instanceof ChatError) || error.retryable || error.status === 401) {
          await this.#host.pause(backOff(++failures, error instanceof ChatError ? error.retryAfterMs : null));
          continue;
        }
        const refused = error.refusal();
        this.kept.put({ ...next, state: "failed", error: refused });
        this.#host.dispatch({ type: "refused", client_id: next.client_id, error: refused });
      }
    }
    this.#posting = false;
    // What was queued for the next run meanwhile.
    if (run.aborted) void this.pump();
  }

  #queue(said: Omit<Outgoing, "at">): void {
    this.#last = Math.max(Date.now(), this.#last + 1);
    const message = { ...said, at: this.#last };
    this.kept.put(message);
    this.#host.dispatch({ type: "queued", message });
    this.#host.connect();
    void this.pump();
  }

  #drop(clientId: string): void {
    this.kept.remove(clientId);
    this.#host.dispatch({ type: "dropped", client_id: clientId });
  }

  async #post(message: Outgoing): Promise<void> {
    const { client_id, answer } = message;
    try {
      const open = message.conversation ?? this.#host.open();
      if (!(open && answer && (await this.#sayIn(open, message)))) await this.#begin(message);
    } catch (error) {
      // Ids are random: it was taken, and what was posted beside it then differs.
      if (codeOf(error) !== "client_id_conflict") throw error;
      this.#drop(client_id);
    }
  }

  /** Says it in a conversation; false when it is to begin another one. */
  async #sayIn(conversation: string, { client_id, answer_to, answer, conversation: said }: Outgoing): Promise<boolean> {
    const json = { client_id, ...(answer_to ? { answer_to } : null), ...answer };
    try {
      this.#taken(await this.#host.call<Taken>(`${this.#host.path(conversation)}/messages`, { method: "POST", json }));
      return true;
    } catch (error) {
      const code = codeOf(error);
      const isLost = code === "not_found";
      const begins = isLost || (code === "ended" && !said);
      const isText = answer !== null && "text" in answer && !answer_to;
      if (!begins || !isText) throw error;
      if (isLost) this.#host.lost(conversation);
      return false;
    }
  }

  async #begin(message: Outgoing): Promise<void> {
    const { client_id, answer } = message;
    const { variables } = this.#host;
    const json = { client_id, ...answer, ...(variables ? { variables } : null) };
    try {
      const taken = await this.#host.call<Taken>("/v1/conversations", { method: "POST", json });
      this.#host.found(taken.conversation.id, false);
      this.#taken(taken);
    } catch (error) {
      if (codeOf(error) !== "conversation_open") throw error;
      const id = String((error as ChatError).details.id);
      this.#host.found(id, true);
      if (answer) await this.#sayIn(id, message);
      else this.#drop(client_id);
    }
  }

  #taken({ message: { client_id, seq } }: Taken): void {
    this.kept.remove(client_id);
    this.#host.dispatch({ type: "taken", client_id, seq });
  }
}

function codeOf(error: unknown): string | null {
  return error instanceof ChatError ? error.code : null;
}

/** As `crypto.randomUUID`, which pages without TLS do not have. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
