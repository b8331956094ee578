// The visitor's session: started, refreshed and kept, and calls with its token. One call for a session is under way at a
// time, over all tabs where the browser has locks; a token that another tab got meanwhile is taken.

import { changed, type Core, dispatch, enter, openConversation, tellState } from "./core.js";
import { call, type ChatError, type Request } from "./http.js";
import { rare } from "./rare.js";
import type { Session, Snapshot } from "./wire.js";

/** A session as it is kept. */
export interface Kept extends Session {
  /** When it came, by this machine's clock, in milliseconds since 1970. */
  at: number;
  /** Whom the site identified; null for an anonymous visitor. */
  subject: string | null;
}

/** Who the visitor is: their session, which may be the one that was kept, or what another one is started with. */
export interface Known {
  session?: Session;
  /** What the site says of the visitor, signed, and whose name that is. */
  identity?: string;
  subject: string | null;
}

/** Tokens of one second are alike; refresh tokens never are. */
const isSame = (one: Session, other: Session | null | undefined): boolean => one.refresh === other?.refresh;

/** The path of a conversation. */
export const path = (conversation: string | null): string => `/v1/conversations/${conversation}`;

/** Makes a call with the visitor's token; the caller knows whether it has an answer. */
export function api<T>(core: Core, path: string, asked: Request = {}, timeoutMs?: number): Promise<T> {
  return authorized(core, (headers) => call<T>(core.options_.gateway + path, { ...asked, headers: { ...headers, ...asked.headers } }, timeoutMs)) as Promise<T>;
}

/** Runs a call with a token that counts; once more with another one when the gateway refuses it. */
export async function authorized<T>(core: Core, run: (headers: Record<string, string>) => Promise<T>): Promise<T> {
  const attempt = async (kept: Kept) => {
    await adopt(core, kept);
    return run({ authorization: `Bearer ${kept.token}` });
  };
  const kept = await session(core);
  try {
    return await attempt(kept);
  } catch (error) {
    if ((error as ChatError).status !== 401) throw error;
    return attempt(await session(core, kept));
  }
}

/** A session whose token counts, as far as is known. `refused` is one whose token the gateway did not take. */
export async function session(core: Core, refused?: Kept): Promise<Kept> {
  for (;;) {
    const locks = globalThis.navigator?.locks;
    const signal = core.run_?.signal;
    const run = () => obtain(core, signal, refused);
    const kept = await (core.flight_ ??= (locks ? locks.request(`${core.key_}session`, { signal: signal! }, run) as Promise<Kept> : run()).finally(
      () => (core.flight_ = undefined),
    ));
    // The call that was under way may not have known that the token is refused.
    if (!isSame(kept, refused)) return kept;
  }
}

async function obtain(core: Core, signal: AbortSignal | undefined, refused?: Kept): Promise<Kept> {
  const { options_: { getIdentity, site, app, locale, gateway }, store_: store } = core;
  const ask = async (path: string, json: object): Promise<Session> => (await call<Session>(`${gateway}/v1/sessions${path}`, { json, signal }))!;
  const before = store.get_<Kept>("session");
  // A fifth of the token's time is left, and the clock was not put back.
  const age = Date.now() - (before?.at ?? 0);
  const isGood = !!before && !isSame(before, refused) && age >= 0 && age < before.expires_in * 800;
  let known: Known = { subject: null };
  if (getIdentity || (before && (!isGood || before.subject !== null))) known = await (await rare()).recognize(core, before, isGood, ask);
  else if (before) return before;
  const { identity, subject, session } = known;
  const keep = (session: Session): Kept => {
    const kept = { at: Date.now(), ...session, subject };
    store.set_("session", kept);
    return kept;
  };
  if (session) return keep(session);
  const body: Record<string, unknown> = {
    site: site || undefined,
    app: app || undefined,
    identity,
    locale: locale ?? globalThis.navigator?.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    page: globalThis.document && { url: location.href.split("#")[0]!.slice(0, 2_000), referrer: document.referrer.slice(0, 2_000) },
  };
  for (;;) {
    try {
      const session = await ask("", body);
      // Without locks another tab may have been faster: one browser is one visitor.
      const other = store.get_<Kept>("session");
      return other && other.subject === subject && !isSame(other, before) ? other : keep(session);
    } catch (error) {
      if ((error as ChatError).code !== "challenge_required") throw error;
      body.challenge = await (await rare()).solve(core, error as ChatError);
    }
  }
}


/** Takes the session on. */
export async function adopt(core: Core, session: Kept): Promise<void> {
  const before = core.session_ ?? core.previous_;
  if (!core.run_ || (core.session_ && isSame(session, before))) return;
  const { visitor, conversation } = session;
  if (before && before.visitor.id !== visitor.id) return (await rare()).changeVisitor(core, before, session);
  core.session_ = session;
  // What the gateway says now; what it said to an earlier page is older than what that page did.
  if (conversation && !isSame(session, before) && !openConversation(core)) enter(core, conversation.id, true);
  changed(core);
}

/** Brings the view up to date by a snapshot of the conversation. */
export function catchUp(core: Core): Promise<void> {
  const PAGE = 50;
  const { conversation_: conversation } = core;
  const take = (snapshot: Snapshot) => {
    if (conversation !== core.conversation_) return;
    dispatch(core, { type: "snapshot", ...snapshot });
    tellState(core);
  };
  return (core.catching_ ??= api<Snapshot>(core, `${path(conversation)}?limit=${PAGE}`).then(take).finally(() => (core.catching_ = undefined)));
}
