// The messages that the gateway does not have yet, as they outlive the page. Tabs share them: each change is read,
// made and written in one go, and a message that two tabs post is taken once, by its `client_id`.

import type { Store } from "./storage.js";
import type { Outgoing } from "./view.js";

export class Outbox {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  all(): Outgoing[] {
    return this.#store.get<Outgoing[]>("outbox") ?? [];
  }

  put(message: Outgoing): void {
    const others = this.all().filter(({ client_id }) => client_id !== message.client_id);
    this.#store.set("outbox", [...others, message]);
  }

  remove(clientId: string): void {
    const all = this.all();
    const others = all.filter(({ client_id }) => client_id !== clientId);
    if (others.length !== all.length) this.#store.set("outbox", others);
  }

  clear(): void {
    this.#store.remove("outbox");
  }
}
