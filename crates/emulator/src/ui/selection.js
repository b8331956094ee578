// Which conversation is looked at. It stands in the address, so that a reload keeps it.

export class Selection {
  /** @type {Set<() => void>} */
  #listeners = new Set();
  conversation = new URLSearchParams(location.hash.slice(1)).get("conversation") ?? "";

  /** @param {string} conversation */
  select(conversation) {
    if (conversation === this.conversation) return;
    this.conversation = conversation;
    keep("conversation", conversation);
    for (const listener of this.#listeners) listener();
  }

  /** @param {() => void} listener */
  changed(listener) {
    this.#listeners.add(listener);
  }
}

/**
 * Keeps a value in the address; an empty one goes.
 * @param {string} name
 * @param {string} value
 */
export function keep(name, value) {
  const parameters = new URLSearchParams(location.hash.slice(1));
  if (value) parameters.set(name, value);
  else parameters.delete(name);
  history.replaceState(null, "", `${location.pathname}#${parameters}`);
}
