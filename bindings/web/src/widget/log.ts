// The messages, oldest first. Rows are kept from one drawing to the next, so that a long conversation costs no more
// than what is new in it.

import type { ChatSnapshot } from "../options.js";
import type { Message } from "../wire.js";
import { h, set } from "./dom.js";
import type { Host } from "./host.js";
import { Fresh } from "./fresh.js";
import { fill } from "./strings/index.js";
import { authorOf, keyOf, messageRow, stateText, type Shown } from "./message.js";

/** So near to its end a log follows what is new. */
const NEAR_PX = 48;
/** So long an answer is said to be under way. */
const TYPING_MS = 20_000;
/** What is read out at most, when much comes at once. */
const READ_OUT = 5;

const PENDING = ["taken", "queued", "sending", "accepted"];

export class Log {
  readonly element: HTMLElement;
  /** What assistive technology reads out: what is new, and nothing of the history. */
  readonly live = h("div", { class: "unseen", "aria-live": "polite" });
  readonly #host: Host;
  readonly #list = h("ol");
  readonly #older: HTMLElement;
  /** Leads to what came below the view. */
  readonly #below: HTMLElement;
  readonly #typing: HTMLElement;
  readonly #welcome: HTMLElement;
  readonly #rows = new Map<string, { row: HTMLElement; of: Shown; isLast?: boolean }>();
  readonly #fresh = new Fresh();
  /** The end is in view, and what is new is to be. */
  #follows = true;
  /** How many came while it was not. */
  #missed = 0;
  #told = "";
  #waitsFor = "";
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    const { t, chat } = host;
    this.#host = host;
    this.#older = h("button", { type: "button", class: "older", onclick: () => void chat.loadOlder().catch(host.fail) }, t.older);
    this.#below = h("button", { type: "button", class: "below solid", hidden: true, onclick: this.#down });
    this.#typing = h("div", { class: "typing", role: "img", "aria-label": t.typing }, h("i"), h("i"), h("i"));
    this.#welcome = h("div", { class: "welcome", dir: "auto" }, h("slot", { name: "welcome" }, t.welcome));
    this.element = h("div", { part: "log", role: "log", "aria-label": t.log, "aria-live": "off", tabindex: 0 });
    this.element.append(this.#older, this.#welcome, this.#list, this.#typing, this.#below);
    this.#typing.hidden = true;
    let before = 0;
    this.element.addEventListener("scroll", () => {
      const { scrollHeight, scrollTop, clientHeight } = this.element;
      // What grew since it was scrolled leaves the end behind, too: only who goes up wants to stay there.
      if (scrollHeight - scrollTop - clientHeight < NEAR_PX) this.#follow();
      else if (scrollTop < before) this.#follows = false;
      before = scrollTop;
    });
    // A question below takes room, a picture is there.
    const sizes = new ResizeObserver(() => this.#follows && this.toEnd());
    sizes.observe(this.element);
    sizes.observe(this.#list);
  }

  render(snapshot: ChatSnapshot): void {
    const { messages, outbox, hasOlder, conversation } = snapshot;
    const { element } = this;
    const all: readonly Shown[] = [...messages, ...outbox];
    const below = element.scrollHeight - element.scrollTop;
    const first = this.#list.firstChild;
    const said = this.#draw(all);
    this.#older.hidden = !hasOlder;
    this.#welcome.hidden = all.length > 0 || conversation !== null;
    this.#showTyping(snapshot, all.at(-1));
    const news = this.#fresh.take(snapshot).filter(({ by }) => by !== "visitor");
    this.#readOut(snapshot, news);
    if (this.#follows || said) this.toEnd();
    // Earlier messages came: what was in view stays there.
    else if (first !== this.#list.firstChild) element.scrollTop = element.scrollHeight - below;
    if (this.#follows || !news.length) return;
    this.#missed += news.length;
    this.#below.textContent = fill(this.#host.t.unread, { n: this.#missed });
    this.#below.hidden = false;
  }

  toEnd(): void {
    this.#follow();
    this.element.scrollTop = this.element.scrollHeight;
  }

  #follow(): void {
    this.#follows = true;
    this.#missed = 0;
    this.#below.hidden = true;
  }

  #down = (): void => {
    // The button goes, and the focus with it.
    this.element.focus({ preventScroll: true });
    this.toEnd();
  };

  /** Puts a row for each message in its place; true when the visitor said something. */
  #draw(all: readonly Shown[]): boolean {
    const gone = new Set(this.#rows.keys());
    let said = false;
    let place = this.#list.firstChild;
    all.forEach((message, index) => {
      const key = keyOf(message);
      gone.delete(key);
      let known = this.#rows.get(key);
      if (known?.of !== message) {
        const row = messageRow(message, this.#host);
        if (known?.row === place) place = place?.nextSibling ?? null;
        known?.row.remove();
        said ||= !known && authorOf(message) === "visitor";
        this.#rows.set(key, (known = { row, of: message }));
      }
      const { row } = known;
      const next = all[index + 1];
      const isLast = !next || authorOf(next) !== authorOf(message);
      // Each change of an attribute costs, even to what it was.
      if (isLast !== known.isLast) set(row, "data-last", (known.isLast = isLast));
      if (row === place) place = place!.nextSibling;
      else this.#list.insertBefore(row, place);
    });
    for (const key of gone) {
      this.#rows.get(key)?.row.remove();
      this.#rows.delete(key);
    }
    return said;
  }

  /** Dots, while the bot is about to answer. */
  #showTyping({ status, prompt }: ChatSnapshot, last: Shown | undefined): void {
    const waits = last && status === "open" && !prompt && authorOf(last) === "visitor" && PENDING.includes(last.state ?? "") ? keyOf(last) : "";
    if (waits === this.#waitsFor) return;
    this.#waitsFor = waits;
    this.#typing.hidden = !waits;
    clearTimeout(this.#timer);
    if (waits) this.#timer = setTimeout(() => (this.#typing.hidden = true), TYPING_MS);
  }

  #readOut({ messages, outbox }: ChatSnapshot, news: readonly Message[]): void {
    const { t } = this.#host;
    this.#say(news.map(({ by, text }) => `${t[by as "bot"]}: ${text}`));
    const wrong = [...messages, ...outbox].filter(({ state }) => state === "failed" || state === "unconfirmed" || state === "rejected").at(-1);
    const text = wrong ? stateText(wrong, t) : "";
    if (text !== this.#told) this.#say([text]);
    this.#told = text;
  }

  #say(texts: string[]): void {
    this.live.append(...texts.filter(Boolean).map((text) => h("p", {}, text)));
    while (this.live.childElementCount > READ_OUT) this.live.firstChild?.remove();
  }
}
