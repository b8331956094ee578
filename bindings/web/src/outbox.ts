// The messages that the gateway does not have yet, as they outlive the page. Tabs share them, and browsers tell a tab of
// another one's changes late: so each message is an entry of its own, or two tabs would write over each other's. One that
// two tabs post is taken once, by its `client_id`.

import type { Store } from "./storage.js";
import type { Outgoing } from "./view.js";

const HEAD = "outbox:";

export class Outbox {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** In the order in which they were said. */
  all(): Outgoing[] {
    const all = this.#store.names(HEAD).map((name) => this.#store.get<Outgoing>(name));
    return all.filter((message) => message !== null).sort((one, other) => one.at - other.at);
  }

  put(message: Outgoing): void {
    this.#store.set(HEAD + message.client_id, message);
  }

  remove(clientId: string): void {
    this.#store.remove(HEAD + clientId);
  }

  clear(): void {
    this.#store.names(HEAD).forEach((name) => this.#store.remove(name));
  }
}
