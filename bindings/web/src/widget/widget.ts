// From an element's attributes and a chat client to a launcher and a panel.

import { createChat, ChatError } from "../index.js";
import type { Chat } from "../options.js";
import { attempt, openStore, type Store } from "../storage.js";
import { CHAT_ICON, h, icon, set } from "./dom.js";
import type { WidgetOptions, WotnotChat } from "./element.js";
import { watchNew, type Fresh } from "./fresh.js";
import type { Compute, Host } from "./host.js";
import { windowPanel, type Panel } from "./panel.js";
import { fill, loadStrings, type Strings } from "./strings/index.js";
import { countUnread, type Unread } from "./unread.js";

export interface Widget {
  options_: WidgetOptions;
  strings_: Partial<Strings>;
  compute_: Compute | null;
  chat_(): Chat | null;
  /** Takes a client that the page made, or makes one again. */
  give_(chat: Chat | null): void;
  /** Another client for what the attributes and options ask for now. */
  renew_(): void;
  /** Makes launcher and panel; what was there goes. */
  draw_(): void;
  /** Shows what the attribute `open` says; `asked` is whether somebody just asked for it. */
  show_(asked: boolean): void;
  connected_(): void;
  disconnected_(): void;
}

export function widget(element: WotnotChat, root: ShadowRoot): Widget {
  let chat: Chat | null = null;
  /** The page made the client, and ends it. */
  let isGiven = false;
  let leave = () => {};
  let panel: Panel | undefined;
  let launcher: HTMLElement | false;
  let badge: HTMLElement;
  let t: Host["t"];
  let countNew: Unread;
  let drafts: Store;
  let fresh: Fresh;
  let count = 0;
  let lastError: unknown;
  let isGreeted = false;
  let drawing = 0;
  let isDue = false;

  const attribute = (name: string) => element.getAttribute(name) ?? undefined;
  const gateway = () => (attribute("gateway") ?? location.origin).replace(/\/+$/, "");
  const isBubble = () => !["inline", "full"].includes(attribute("mode")!);
  const isOpen = () => !isBubble() || element.hasAttribute("open");
  const raise = (name: string, detail: object = {}) =>
    void element.dispatchEvent(new CustomEvent(`wotnot-${name}`, { detail, bubbles: true, composed: true }));
  const fail = (error: unknown) => raise("error", { error });

  // The client.

  const create = () => {
    const storage = attribute("storage");
    join(
      createChat({
        gateway: gateway(),
        site: attribute("site"),
        app: attribute("app"),
        // A page that may have no storage keeps nothing.
        storage: storage === "session" ? (attempt(() => sessionStorage) ?? "memory") : storage === "memory" ? storage : undefined,
        ...self.options_,
      }),
    );
  };
  const join = (joined: Chat) => {
    chat = joined;
    const key = `${gateway()}:${attribute("site") ?? attribute("app") ?? ""}`;
    const { storage } = self.options_;
    countNew = countUnread(`wotnot:seen:${key}`, !attribute("storage") && !storage);
    drafts = openStore(`wotnot:draft:${key}`, attribute("storage") === "memory" || storage ? "memory" : attempt(() => sessionStorage));
    fresh = watchNew();
    isGreeted = false;
    leave = joined.subscribe(changed);
  };
  const part = () => {
    leave();
    if (!isGiven) chat?.destroy();
    chat = null;
    panel = undefined;
  };

  // The window.

  const draw = async () => {
    const mine = ++drawing;
    const { lang, strings } = await loadStrings(attribute("lang") || element.closest("[lang]")?.getAttribute("lang") || navigator.language);
    if (mine !== drawing || !chat) return;
    t = { ...strings, ...self.strings_ };
    const host: Host = { chat, t, root, lang, gateway: gateway(), compute: self.compute_, drafts, fail, close: () => element.close() };
    const mode = isBubble() ? "bubble" : (attribute("mode") as "inline" | "full");
    panel = windowPanel(host, mode);
    badge = h("span", { class: "badge", "aria-hidden": "true" });
    launcher = isBubble() && h("button", { part: "launcher", type: "button", "aria-haspopup": "dialog", onclick: () => element.toggle() }, icon(CHAT_ICON), badge);
    const had = root.activeElement;
    root.replaceChildren(h("div", { class: `root ${mode}`, lang, dir: lang === "ar" ? "rtl" : "ltr" }, launcher, panel.element_));
    show(false);
    if (!had) return;
    if (launcher) launcher.focus();
    else panel.focus_();
  };
  const show = (asked: boolean) => {
    if (!panel) return;
    const open = isOpen();
    if (open) {
      chat?.connect();
      render();
      panel.open_(asked);
    } else {
      const isInside = panel.element_.contains(root.activeElement);
      panel.close_();
      render();
      if (isInside && launcher) launcher.focus();
    }
    if (asked) raise(open ? "open" : "close");
  };
  /** Changes that come together are drawn once. */
  const changed = () => {
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      render();
    });
  };
  const render = () => {
    if (!chat || !panel) return;
    const { snapshot } = chat;
    const open = isOpen();
    if (open) {
      greet(chat);
      const had = root.activeElement;
      panel.render_(snapshot);
      // What had the focus is gone: the next key must not start at the top of the page.
      if (had && !root.activeElement) panel.focus_();
    }
    for (const message of fresh(snapshot)) raise("message", { message });
    const { error } = snapshot;
    if (error && error !== lastError) fail(error);
    lastError = error;
    const unread = countNew(snapshot, open && !document.hidden);
    if (unread > count && element.hasAttribute("sound")) void import("./sound.js").then(({ ring }) => ring(), () => {});
    count = unread;
    badge.textContent = unread ? String(unread) : "";
    if (!launcher) return;
    set(launcher, "aria-label", open ? t.close : unread ? `${t.open}. ${fill(t.unread, { n: unread })}` : t.open);
    set(launcher, "aria-expanded", String(open));
  };
  /** A site's greeting begins the conversation of a visitor who opens the window. */
  const greet = (chat: Chat) => {
    const { conversation, capabilities, outbox } = chat.snapshot;
    if (isGreeted || conversation || outbox.length || !capabilities?.greeting) return;
    isGreeted = true;
    chat.restart().catch((error: unknown) => {
      // Another tab was faster.
      if (!(error instanceof ChatError && error.code === "conversation_open")) fail(error);
    });
  };

  const self: Widget = {
    options_: {},
    strings_: {},
    compute_: null,
    chat_: () => chat,
    give_(given) {
      part();
      isGiven = !!given;
      if (given) join(given);
      else if (element.isConnected) create();
      void draw();
    },
    renew_() {
      if (!element.isConnected || isGiven) return;
      part();
      create();
      void draw();
    },
    draw_() {
      if (element.isConnected) void draw();
    },
    show_(asked) {
      if (element.isConnected) show(asked);
    },
    connected_() {
      document.addEventListener("visibilitychange", changed);
      if (!chat) create();
      if (!panel) void draw();
    },
    disconnected_() {
      document.removeEventListener("visibilitychange", changed);
      // An element that is moved is back at once.
      queueMicrotask(() => {
        if (!element.isConnected && !isGiven) part();
      });
    },
  };
  return self;
}
