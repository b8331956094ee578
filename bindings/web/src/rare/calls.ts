// What a page asks for now and then.

import type { Core } from "../core.js";
import type { ChatError } from "../http.js";
import type { Kept } from "../session.js";
import type { Snapshot } from "../wire.js";

const PAGE = 50;
const OUTBOX = "outbox:";

export function loadOlder(core: Core): Promise<void> {
  const { conversation_: conversation, tools_: { api_, dispatch_ }, view_: { has_older, messages: [first] } } = core;
  if (!has_older || !first) return Promise.resolve();
  const read = async () => {
    const { messages } = await api_<Snapshot>(core, `/v1/conversations/${conversation}?before=${first.seq}&limit=${PAGE}`);
    if (conversation === core.conversation_) dispatch_(core, { type: "older", messages });
  };
  return (core.older_ ??= read().finally(() => (core.older_ = undefined)));
}

export async function restart(core: Core, text?: string): Promise<void> {
  const { enter_, error_: ChatError, say_, session_ } = core.tools_;
  const { capabilities } = await session_(core);
  if (core.view_.stale) await catchUp(core);
  if (core.conversation_ && core.view_.status !== "ended") throw new ChatError("conversation_open", "the conversation has not ended; go on in it");
  if (text !== undefined) say_(core, { text }, text);
  else if (capabilities.greeting) say_(core, null, "");
  else enter_(core, null, false);
}

export async function erase(core: Core): Promise<void> {
  await core.tools_.api_(core, "/v1/visitor", { method: "DELETE" });
  core.seat_?.post_?.({ kind: "erased" });
  forget(core);
}

/** Brings the view up to date; a conversation that is not there any more is left. */
export function catchUp(core: Core): Promise<void> {
  return core.tools_.catchUp_(core).catch((error: ChatError) => {
    if (error.code !== "not_found") throw error;
    // It was kept for its time, or erased elsewhere.
    core.tools_.enter_(core, null, false);
  });
}

/** Forgets the visitor. */
export function forget(core: Core): void {
  core.tools_.stop_(core);
  clear(core, "");
  core.previous_ = null;
  core.identity_ = core.session_ = undefined;
  core.tools_.enter_(core, null, false);
}

/** Goes on as another visitor than before. */
export function changeVisitor(core: Core, before: Kept, session: Kept): void {
  const isOther = before.subject !== null && before.subject !== session.subject;
  core.session_ = session;
  // Somebody else logged in: nothing is said in their name.
  if (isOther) clear(core, OUTBOX);
  core.tools_.enter_(core, session.conversation?.id ?? null, true);
  if (core.seat_) {
    core.seat_.left_.abort();
    core.seat_ = undefined;
    core.join_();
  }
  // Nor is what was about to be.
  if (isOther) throw new core.tools_.error_("visitor_changed", "somebody else is logged in", { retryable: true });
}

/** Removes what is kept under names that begin so, unsent messages among them. */
function clear(core: Core, head: string): void {
  core.view_ = { ...core.view_, outbox: [] };
  core.store_.names_(head).forEach(core.store_.remove_);
}
