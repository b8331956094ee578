// What the visitor says, on its way to the gateway: shown at once, kept until the gateway has it, posted one by one.

import { type Core, dispatch, found, openConversation } from "./core.js";
import { ChatError } from "./http.js";
import { mend } from "./rare.js";
import { api, path } from "./session.js";
import type { Outgoing } from "./view.js";
import { backOff, pause } from "./wait.js";
import type { Answer } from "./wire.js";

interface Taken {
  conversation: { id: string };
  message: { client_id: string; seq: number };
}

/** Says something; an answer of null lets the site's greeting begin a conversation. */
export function say(core: Core, answer: Answer | null, text: string, answer_to: number | null = null): string {
  if ((answer as { text?: string } | null)?.text?.trim() === "") throw new ChatError("invalid_answer", "text: is empty");
  // As random as `crypto.randomUUID`, which pages without TLS do not have.
  const client_id = crypto.getRandomValues(new Uint32Array(4)).join("-");
  queue(core, { client_id, text, answer_to, answer, conversation: openConversation(core), state: "waiting" });
  return client_id;
}

export function queue(core: Core, said: Omit<Outgoing, "at">): void {
  core.last_ = Math.max(Date.now(), core.last_ + 1);
  dispatch(core, { type: "queued", message: { ...said, at: core.last_ } });
  core.connect_();
  void pump(core);
}

/** Posts what waits, one after the other, until nothing does. */
export async function pump(core: Core): Promise<void> {
  const run = core.session_ && core.run_?.signal;
  if (core.posting_ || !run) return;
  core.posting_ = true;
  let failures = 0;
  for (let next; !run.aborted && (next = core.view_.outbox.find(({ state }) => state === "waiting")); ) {
    try {
      await post(core, next).catch((error: ChatError) => {
        // A session that is refused is started again; it says nothing of the message.
        if (error.status === 401 || run.aborted) throw error;
        return mend(error, (rare) => rare.settle(core, error, next!));
      });
      failures = 0;
    } catch (error) {
      if (!run.aborted) await pause(backOff(++failures, error), core.wake_.signal);
    }
  }
  core.posting_ = false;
  // What was queued for the next run meanwhile.
  if (run.aborted) void pump(core);
}

/** Posts a message, in its conversation or to begin another one. */
export async function post(core: Core, { client_id, answer, answer_to, conversation }: Outgoing, begins?: boolean): Promise<void> {
  const open = conversation ?? openConversation(core);
  const isNew = begins || !open || !answer;
  const json = { client_id, ...(isNew ? { variables: core.options_.variables } : { answer_to: answer_to ?? undefined }), ...answer };
  const taken = await api<Taken>(core, isNew ? "/v1/conversations" : `${path(open)}/messages`, { json });
  if (isNew) found(core, taken.conversation.id, false);
  dispatch(core, { type: "taken", ...taken.message });
}
