// What the gateway did not take. An error that no other try mends is shown; a message is said in another way where that is what
// the visitor wants, else shown as refused.

import type { Core } from "../core.js";
import type { ChatError } from "../http.js";
import type { Outgoing, Refusal } from "../view.js";

/** What was said to a conversation that is over, or for a question that is. */
const OUTDATED = ["prompt_superseded", "ended", "not_found"];

/** Deals with what kept a session from its start, or a conversation from being read. */
export function failed(core: Core, error: unknown): void {
  const { connected_, dispatch_, enter_, error_: ChatError, stop_ } = core.tools_;
  const known = error instanceof ChatError ? error : new ChatError("internal", String(error));
  if (known.code === "invalid_cursor") return dispatch_(core, { type: "reset", reason: "epoch" });
  if (known.code === "not_found") return enter_(core, null, false);
  if (!core.session_) stop_(core);
  core.error_ = known;
  // It is shown as well where the connection was lost before.
  core.connection_ = "connecting";
  connected_(core, "offline");
}

/** Deals with a message that was refused for good. Fails as a call does: then it still waits. */
export async function settle(core: Core, error: ChatError, message: Outgoing): Promise<void> {
  const { code, details } = error;
  const { client_id, answer, answer_to } = message;
  const { dispatch_, enter_, post_ } = core.tools_;
  const conversation = message.conversation ?? openConversation(core);
  const drop = () => dispatch_(core, { type: "dropped", client_id });
  // Ids are random: it was taken, and what was posted beside it then differs.
  if (code === "client_id_conflict") return drop();
  if (code === "conversation_open") {
    const id = String(details.id);
    enter_(core, id, true);
    core.seat_?.post_?.({ kind: "conversation", conversation: id });
    return answer ? post_(core, { ...message, conversation: id }) : drop();
  }
  const isText = answer && "text" in answer && !answer_to;
  const isLost = code === "not_found";
  if (isText && (isLost || (code === "ended" && !message.conversation))) {
    // The gateway does not have this conversation any more.
    if (isLost && conversation === core.conversation_) enter_(core, null, false);
    return post_(core, message, true).catch((again: ChatError) => {
      if (again.code === "client_id_conflict" || again.code === "conversation_open") return settle(core, again, message);
      throw again;
    });
  }
  dispatch_(core, { type: "refused", client_id, error: refusal(error) });
}

/** Decides on a message that failed, or on one that the gateway has. */
export async function resolve(core: Core, clientId: string, action: "resend" | "discard"): Promise<void> {
  const { api_, dispatch_, queue_ } = core.tools_;
  const failed = core.view_.outbox.find(({ client_id, state }) => client_id === clientId && state === "failed");
  if (!failed) return api_(core, `/v1/conversations/${core.conversation_}/messages/${clientId}/resolve`, { json: { action } });
  if (action === "discard") return dispatch_(core, { type: "dropped", client_id: clientId });
  const { error, ...again } = failed;
  const restated = { answer: { text: failed.text }, answer_to: null, conversation: openConversation(core) };
  queue_(core, { ...again, ...(OUTDATED.includes(error?.code ?? "") ? restated : null), state: "waiting" });
}

/** The conversation that is not over. */
function openConversation({ view_, conversation_ }: Core): string | null {
  return view_.status === "ended" ? null : conversation_;
}

/** As it is kept beside a message. */
function refusal({ code, message, details: { field, reason } }: ChatError): Refusal {
  return {
    code,
    message,
    ...(typeof field === "string" ? { field } : null),
    ...(typeof reason === "string" ? { reason } : null),
  };
}
