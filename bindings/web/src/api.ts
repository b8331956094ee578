// Calls with the visitor's token.

import { call, ChatError, type Request } from "./http.js";
import type { Kept, Sessions } from "./session.js";

export class Api {
  readonly gateway: string;
  readonly #sessions: Sessions;
  readonly #adopt: (session: Kept) => void;

  /** `adopt` gets the session before each call. */
  constructor(gateway: string, sessions: Sessions, adopt: (session: Kept) => void) {
    this.gateway = gateway;
    this.#sessions = sessions;
    this.#adopt = adopt;
  }

  path(conversation: string | null): string {
    return `/v1/conversations/${conversation ?? ""}`;
  }

  /** Makes a call; the caller knows whether it has an answer. */
  call<T>(path: string, asked: Request = {}): Promise<T> {
    return this.authorized((headers) => call<T>(this.gateway + path, { ...asked, headers })) as Promise<T>;
  }

  /** Runs a call with a token that counts; once more with another one when the gateway refuses it. */
  async authorized<T>(run: (headers: Record<string, string>) => Promise<T>): Promise<T> {
    const session = await this.#sessions.get();
    this.#adopt(session);
    try {
      return await run({ authorization: `Bearer ${session.token}` });
    } catch (error) {
      if (!(error instanceof ChatError) || error.status !== 401) throw error;
      const next = await this.#sessions.get(session);
      this.#adopt(next);
      return run({ authorization: `Bearer ${next.token}` });
    }
  }
}
