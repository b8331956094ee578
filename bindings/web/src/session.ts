// The visitor's session: started, refreshed and kept. One call is under way at a time, over all tabs where the browser
// has locks; a token that another tab got meanwhile is taken.

import type { Challenge } from "./challenge.js";
import { call, ChatError } from "./http.js";
import type { Store } from "./storage.js";
import type { Session } from "./wire.js";

/** A session as it is kept. */
export interface Kept extends Session {
  /** When it came, by this machine's clock, in milliseconds since 1970. */
  at: number;
  /** Whom the site identified; null for an anonymous visitor. */
  subject: string | null;
}

export interface SessionOptions {
  gateway: string;
  site?: string | undefined;
  app?: string | undefined;
  locale?: string | undefined;
  getIdentity?: (() => string | null | Promise<string | null>) | undefined;
  solveChallenge?: ((challenge: Challenge) => string | Promise<string>) | undefined;
}

/** Refresh tokens that do not count any more: the next session is a new one. */
const OVER = ["refresh_expired", "refresh_reused", "token_revoked", "unauthorized"];

export class Sessions {
  #flight: Promise<Kept> | null = null;
  #running = new AbortController();
  /** Asked for once a page: a visitor who logs in later gets another page. */
  #identity: Promise<string | null> | null = null;
  /** What an earlier page left. */
  previous: Kept | null;
  readonly #options: SessionOptions;
  readonly #store: Store;
  readonly #lock: string;

  constructor(options: SessionOptions, store: Store, lock: string) {
    this.#options = options;
    this.#store = store;
    this.#lock = lock;
    this.previous = this.#kept();
  }

  forget(): void {
    this.#store.remove("session");
    this.previous = null;
    this.#identity = null;
  }

  /** Ends the call that is under way, and frees its lock for other tabs. */
  stop(): void {
    this.#running.abort();
    this.#running = new AbortController();
  }

  /** A session whose token counts, as far as is known. `refused` is one whose token the gateway did not take. */
  async get(refused?: Kept): Promise<Kept> {
    for (;;) {
      const { signal } = this.#running;
      this.#flight ??= locked(this.#lock, signal, () => this.#obtain(signal, refused)).finally(() => (this.#flight = null));
      const kept = await this.#flight;
      // The call that was under way may not have known that the token is refused.
      if (!isSame(kept, refused)) return kept;
    }
  }

  #kept(): Kept | null {
    return this.#store.get<Kept>("session");
  }

  async #obtain(signal: AbortSignal, refused?: Kept): Promise<Kept> {
    const identity = await this.#identify();
    const subject = identity && subjectOf(identity);
    const kept = this.#kept();
    if (kept && kept.subject === subject) {
      if (!isSame(kept, refused) && isFresh(kept)) return kept;
      try {
        return this.#keep(await this.#call("/refresh", { refresh: kept.refresh }, signal), subject);
      } catch (error) {
        if (!(error instanceof ChatError && OVER.includes(error.code))) throw error;
      }
      // Identities are good for minutes only.
      this.#identity = null;
    }
    return this.#start(await this.#identify(), kept, signal);
  }

  #identify(): Promise<string | null> {
    const { getIdentity } = this.#options;
    if (!getIdentity) return Promise.resolve(null);
    this.#identity ??= Promise.resolve()
      .then(getIdentity)
      .catch((error: unknown) => {
        this.#identity = null;
        throw new ChatError("identity_unavailable", `getIdentity failed: ${String(error)}`, { retryable: true });
      });
    return this.#identity;
  }

  async #start(identity: string | null, before: Kept | null, signal: AbortSignal): Promise<Kept> {
    const subject = identity && subjectOf(identity);
    const { site, app, locale } = this.#options;
    const body: Record<string, unknown> = {
      ...(site ? { site } : null),
      ...(app ? { app } : null),
      ...(identity ? { identity } : null),
      locale: locale ?? globalThis.navigator?.language,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
      ...(typeof document === "undefined"
        ? null
        : { page: { url: location.href.split("#")[0]?.slice(0, 2_000), referrer: document.referrer.slice(0, 2_000) } }),
    };
    for (;;) {
      try {
        const session = await this.#call("", body, signal);
        // Without locks another tab may have been faster: one browser is one visitor.
        const kept = this.#kept();
        if (kept && kept.subject === subject && !isSame(kept, before)) return kept;
        return this.#keep(session, subject);
      } catch (error) {
        if (!(error instanceof ChatError && error.code === "challenge_required")) throw error;
        body.challenge = await this.#solve(error);
      }
    }
  }

  async #solve(refused: ChatError): Promise<{ puzzle?: string; answer: string }> {
    const challenge = refused.details.challenge as Challenge;
    if (challenge?.kind === "pow") {
      const { work } = await import("./challenge.js");
      return { puzzle: challenge.puzzle, answer: await work(challenge.puzzle, challenge.bits) };
    }
    const { solveChallenge } = this.#options;
    if (!solveChallenge) throw refused;
    return { answer: await solveChallenge(challenge) };
  }

  async #call(path: string, json: unknown, signal: AbortSignal): Promise<Session> {
    const url = `${this.#options.gateway}/v1/sessions${path}`;
    return (await call<Session>(url, { method: "POST", json, signal }))!;
  }

  #keep(session: Session, subject: string | null): Kept {
    const kept = { ...session, at: Date.now(), subject };
    this.#store.set("session", kept);
    return kept;
  }
}

/** Tokens of one second are alike; refresh tokens never are. */
export function isSame(one: Session, other: Session | null | undefined): boolean {
  return one.refresh === other?.refresh;
}

/** Whether the token still counts: a fifth of its time is left, and the clock was not put back. */
function isFresh({ at, expires_in }: Kept): boolean {
  const age = Date.now() - at;
  return age >= 0 && age < expires_in * 800;
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

/** Runs it while no other tab does. */
function locked<T>(name: string, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  return globalThis.navigator?.locks ? (navigator.locks.request(name, { signal }, run) as Promise<T>) : run();
}
