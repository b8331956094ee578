// What came and was not looked at: its number, in the page's title too. It outlives the page.

import type { ChatSnapshot } from "../options.js";
import { openStore } from "../storage.js";

/** Gives how many are unread; none while they are `looked` at. */
export type Unread = (snapshot: ChatSnapshot, looked: boolean) => number;

/** `isKept` is whether the page's storage may be used. */
export function countUnread(key: string, isKept: boolean): Unread {
  const store = openStore(key, isKept ? undefined : "memory");
  let [of, seen] = store.get_<[string | null, number]>("") ?? [null, 0];
  const keep = (conversation: string | null, newest: number) => {
    of = conversation;
    seen = newest;
    store.set_("", [of, seen]);
  };
  return ({ conversation, messages }, looked) => {
    if (conversation && conversation !== of) keep(conversation, 0);
    const newest = messages.at(-1)?.seq ?? 0;
    if (looked && newest > seen) keep(of, newest);
    const unread = looked ? 0 : messages.filter(({ seq, by }) => seq > seen && by !== "visitor").length;
    const title = document.title.replace(/^\(\d+\) /, "");
    const marked = unread ? `(${unread}) ${title}` : title;
    if (document.title !== marked) document.title = marked;
    return unread;
  };
}
