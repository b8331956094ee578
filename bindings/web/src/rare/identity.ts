// Whom the site identifies, and whose session is refreshed.

import type { Core } from "../core.js";
import type { ChatError } from "../http.js";
import type { Kept, Known } from "../session.js";
import type { Session } from "../wire.js";

/** Refresh tokens that do not count any more: the next session is a new one. */
const OVER = ["refresh_expired", "refresh_reused", "token_revoked", "unauthorized"];

/** Goes on with the session of `before`, where it is this visitor's; `isGood` is whether its token counts. */
export async function recognize(
  core: Core,
  before: Kept | null,
  isGood: boolean,
  ask: (path: string, json: object) => Promise<Session>,
): Promise<Known> {
  const known = await identify(core);
  if (before?.subject !== known.subject) return known;
  if (isGood) return { ...known, session: before };
  try {
    return { ...known, session: await ask("/refresh", { refresh: before.refresh }) };
  } catch (error) {
    if (!OVER.includes((error as ChatError).code)) throw error;
  }
  // Identities are good for minutes only.
  core.identity_ = undefined;
  return identify(core);
}

/** The identity that the page has signed, and whose it is. */
async function identify(core: Core): Promise<Known> {
  const { getIdentity } = core.options_;
  if (!getIdentity) return { subject: null };
  core.identity_ ??= Promise.resolve()
    .then(getIdentity)
    .catch((error: unknown) => {
      core.identity_ = undefined;
      throw new core.tools_.error_("identity_unavailable", `getIdentity failed: ${String(error)}`, { retryable: true });
    });
  const identity = await core.identity_;
  return identity ? { identity, subject: subjectOf(identity) } : { subject: null };
}

/** The `sub` of a signed identity, which the gateway checks. */
function subjectOf(identity: string): string {
  try {
    const payload = identity.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(payload.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return String((JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown }).sub);
  } catch {
    return identity;
  }
}
