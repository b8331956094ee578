// What came and was not looked at: its number, in the page's title too. It outlives the page.

import type { ChatSnapshot } from "../options.js";

const TITLE_MARK = /^\(\d+\) /;

export class Unread {
  readonly #key: string;
  readonly #kept: boolean;
  #conversation: string | null = null;
  #seen = 0;

  /** `kept` is whether the page's storage may be used. */
  constructor(key: string, kept: boolean) {
    this.#key = key;
    this.#kept = kept;
    if (!kept) return;
    try {
      const [conversation, seen] = (localStorage.getItem(key) ?? "").split(" ");
      this.#conversation = conversation || null;
      this.#seen = Number(seen) || 0;
    } catch {
      // Without a storage everything is new after a reload.
    }
  }

  /** How many are unread; none while they are `looked` at. */
  count({ conversation, messages }: ChatSnapshot, looked: boolean): number {
    if (conversation && conversation !== this.#conversation) this.#keep(conversation, 0);
    const newest = messages.at(-1)?.seq ?? 0;
    if (looked && newest > this.#seen) this.#keep(this.#conversation, newest);
    const unread = looked ? 0 : messages.filter(({ seq, by }) => seq > this.#seen && by !== "visitor").length;
    const title = document.title.replace(TITLE_MARK, "");
    const marked = unread ? `(${unread}) ${title}` : title;
    if (document.title !== marked) document.title = marked;
    return unread;
  }

  #keep(conversation: string | null, seen: number): void {
    this.#conversation = conversation;
    this.#seen = seen;
    if (!this.#kept) return;
    try {
      localStorage.setItem(this.#key, `${conversation ?? ""} ${seen}`);
    } catch {
      // As above.
    }
  }
}
