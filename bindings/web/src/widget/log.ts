// The messages, oldest first. Rows are kept from one drawing to the next, so that a long conversation costs no more
// than what is new in it.

import type { ChatSnapshot } from "../options.js";
import { h, set } from "./dom.js";
import type { Host } from "./host.js";
import { watchNew } from "./fresh.js";
import { loadMore } from "./later.js";
import { authorOf, isTroubled, keyOf, messageRow, type Shown } from "./message.js";
import { fill } from "./strings/index.js";

export interface Log {
  readonly element_: HTMLElement;
  /** What assistive technology reads out: what is new, and nothing of the history. */
  readonly live_: HTMLElement;
  toEnd_(): void;
  render_(snapshot: ChatSnapshot): void;
}

export function messageLog(host: Host): Log {
  /** So near to its end a log follows what is new. */
  const NEAR_PX = 48;
  /** So long an answer is said to be under way. */
  const TYPING_MS = 20_000;
  /** What is read out at most, when much comes at once. */
  const READ_OUT = 5;
  const { t, chat } = host;
  const rows = new Map<string, { row: HTMLElement; of: Shown; isLast?: boolean }>();
  const fresh = watchNew();
  /** The end is in view, and what is new is to be. */
  let follows = true;
  /** How many came while it was not. */
  let missed = 0;
  let lastError: Shown | undefined;
  let waitsFor = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const follow = () => {
    follows = true;
    missed = 0;
    below.hidden = true;
  };
  const toEnd = () => {
    follow();
    element.scrollTop = element.scrollHeight;
  };
  const down = () => {
    // The button goes, and the focus with it.
    element.focus({ preventScroll: true });
    toEnd();
  };
  const live = h("div", { class: "unseen", "aria-live": "polite" });
  const list = h("ol");
  const older = h("button", { type: "button", class: "older", onclick: () => void chat.loadOlder().catch(host.fail) }, t.older);
  /** Leads to what came below the view. */
  const below = h("button", { type: "button", class: "below solid", hidden: true, onclick: down });
  const typing = h("div", { class: "typing", role: "img", "aria-label": t.typing, hidden: true }, h("i"), h("i"), h("i"));
  const welcome = h("div", { class: "welcome", dir: "auto" }, h("slot", { name: "welcome" }, t.welcome));
  let before = 0;
  const scrolled = () => {
    const { scrollHeight, scrollTop, clientHeight } = element;
    // What grew since it was scrolled leaves the end behind, too: only who goes up wants to stay there.
    if (scrollHeight - scrollTop - clientHeight < NEAR_PX) follow();
    else if (scrollTop < before) follows = false;
    before = scrollTop;
  };
  const element = h(
    "div",
    { part: "log", role: "log", "aria-label": t.log, "aria-live": "off", tabindex: 0, onscroll: scrolled },
    older, welcome, list, typing, below,
  );
  // A question below takes room, a picture is there.
  const sizes = new ResizeObserver(() => follows && toEnd());
  sizes.observe(element);
  sizes.observe(list);

  /** Puts a row for each message in its place; true when the visitor said something. */
  const draw = (all: readonly Shown[]) => {
    const gone = new Set(rows.keys());
    let said = false;
    let place = list.firstChild;
    all.forEach((message, index) => {
      const key = keyOf(message);
      gone.delete(key);
      let known = rows.get(key);
      if (known?.of !== message) {
        const row = messageRow(message, host);
        if (known?.row === place) place = place?.nextSibling ?? null;
        known?.row.remove();
        said ||= !known && authorOf(message) === "visitor";
        rows.set(key, (known = { row, of: message }));
      }
      const { row } = known;
      const next = all[index + 1];
      const isLast = !next || authorOf(next) !== authorOf(message);
      // Each change of an attribute costs, even to what it was.
      if (isLast !== known.isLast) set(row, "data-last", (known.isLast = isLast));
      if (row === place) place = place!.nextSibling;
      else list.insertBefore(row, place);
    });
    for (const key of gone) {
      rows.get(key)!.row.remove();
      rows.delete(key);
    }
    return said;
  };

  /** Dots, while the bot is about to answer. */
  const showTyping = ({ status, prompt }: ChatSnapshot, last: Shown | undefined) => {
    const isPending = last?.state && last.state !== "waiting" && !isTroubled(last);
    const waits = isPending && status === "open" && !prompt && authorOf(last) === "visitor" ? keyOf(last) : "";
    if (waits === waitsFor) return;
    waitsFor = waits;
    typing.hidden = !waits;
    clearTimeout(timer);
    if (waits) timer = setTimeout(() => (typing.hidden = true), TYPING_MS);
  };

  const say = (texts: string[]) => {
    live.append(...texts.map((text) => h("p", {}, text)));
    while (live.childElementCount > READ_OUT) live.firstChild?.remove();
  };

  return {
    element_: element,
    live_: live,
    toEnd_: toEnd,
    render_(snapshot) {
      const { messages, outbox, hasOlder, conversation } = snapshot;
      const all: readonly Shown[] = [...messages, ...outbox];
      const rest = element.scrollHeight - element.scrollTop;
      const first = list.firstChild;
      const said = draw(all);
      older.hidden = !hasOlder;
      welcome.hidden = all.length > 0 || conversation !== null;
      showTyping(snapshot, all.at(-1));
      const news = fresh(snapshot).filter(({ by }) => by !== "visitor");
      say(news.map(({ by, text }) => `${t[by as "bot"]}: ${text}`));
      const wrong = all.filter((message) => isTroubled(message) && message.state !== "discarded").at(-1);
      if (wrong && wrong !== lastError) void loadMore(host).then(({ troubleText }) => say([troubleText(host, wrong)]));
      lastError = wrong;
      if (follows || said) toEnd();
      // Earlier messages came: what was in view stays there.
      else if (first !== list.firstChild) element.scrollTop = element.scrollHeight - rest;
      if (follows || !news.length) return;
      missed += news.length;
      below.textContent = fill(t.unread, { n: missed });
      below.hidden = false;
    },
  };
}
