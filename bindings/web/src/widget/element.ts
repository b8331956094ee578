// `<wotnot-chat>`: from attributes and a chat client to a launcher and a panel.

import { createChat } from "../index.js";
import type { Chat } from "../client.js";
import { ChatError } from "../http.js";
import type { ChatOptions } from "../options.js";
import { CHAT_ICON, h, icon, set } from "./dom.js";
import { Draft } from "./draft.js";
import { Fresh } from "./fresh.js";
import type { Compute, Host } from "./host.js";
import { Panel, type Mode } from "./panel.js";
import { loadStrings, fill, type Strings } from "./strings/index.js";
import { css } from "./style.js";
import { Unread } from "./unread.js";

export type WidgetOptions = Omit<ChatOptions, "gateway">;

// Where pages are made on a server there are no elements.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;
let sheet: CSSStyleSheet | undefined;

export class WotnotChat extends Base {
  static readonly observedAttributes = ["app", "gateway", "lang", "mode", "open", "site", "storage"];
  #options: WidgetOptions = {};
  #strings: Partial<Strings> = {};
  #compute: Compute | null = null;
  #chat: Chat | null = null;
  /** The page made the client, and ends it. */
  #given = false;
  #leave = () => {};
  #panel: Panel | null = null;
  #launcher: HTMLButtonElement | null = null;
  #badge: HTMLElement | null = null;
  #t: Host["t"] | null = null;
  #unread = new Unread("", false);
  #draft = new Draft(null);
  #count = 0;
  #fresh = new Fresh();
  #error: unknown = null;
  #greeted = false;
  #drawing = 0;
  #due = false;

  constructor() {
    super();
    // The loader may have put a launcher there.
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    root.adoptedStyleSheets = [sheet];
  }

  /** The chat behind it: another one than its attributes ask for, when it is set. */
  get client(): Chat | null {
    return this.#chat;
  }
  set client(chat: Chat | null) {
    this.#part();
    this.#given = !!chat;
    if (chat) this.#join(chat);
    else if (this.isConnected) this.#create();
    void this.#draw();
  }

  /** What the client takes beside its gateway, such as `getIdentity` and `variables`. */
  get options(): WidgetOptions {
    return this.#options;
  }
  set options(options: WidgetOptions) {
    this.#options = options;
    if (this.isConnected) this.#renew();
  }

  /** Words to use instead of the widget's own. */
  get strings(): Partial<Strings> {
    return this.#strings;
  }
  set strings(strings: Partial<Strings>) {
    this.#strings = strings;
    if (this.isConnected) void this.#draw();
  }

  /** Gives the values for the bot's JavaScript blocks; the code runs in the gateway's sandbox where the page has no function for it. */
  get compute(): Compute | null {
    return this.#compute;
  }
  set compute(compute: Compute | null) {
    this.#compute = compute;
    if (this.isConnected) void this.#draw();
  }

  open(): void {
    this.toggleAttribute("open", true);
  }

  close(): void {
    this.toggleAttribute("open", false);
  }

  toggle(): void {
    this.toggleAttribute("open");
  }

  connectedCallback(): void {
    // What a page set before this class was there.
    for (const name of ["options", "strings", "compute", "client"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const { [name]: value } = this;
      delete (this as Partial<WotnotChat>)[name];
      Object.assign(this, { [name]: value });
    }
    document.addEventListener("visibilitychange", this.#changed);
    if (!this.#chat) this.#create();
    if (!this.#panel) void this.#draw();
  }

  disconnectedCallback(): void {
    document.removeEventListener("visibilitychange", this.#changed);
    // An element that is moved is back at once.
    queueMicrotask(() => {
      if (!this.isConnected && !this.#given) this.#part();
    });
  }

  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    if (old === value || !this.isConnected) return;
    if (name === "open") this.#show(true);
    else if (name === "mode" || name === "lang") void this.#draw();
    else this.#renew();
  }

  // The client.

  #renew(): void {
    if (this.#given) return;
    this.#part();
    this.#create();
    void this.#draw();
  }

  get #gateway(): string {
    return (this.getAttribute("gateway") ?? location.origin).replace(/\/+$/, "");
  }

  #create(): void {
    const attribute = (name: string) => this.getAttribute(name) ?? undefined;
    this.#join(
      createChat({
        gateway: this.#gateway,
        site: attribute("site"),
        app: attribute("app"),
        storage: storageOf(attribute("storage")),
        ...this.#options,
      }),
    );
  }

  #join(chat: Chat): void {
    this.#chat = chat;
    const site = this.getAttribute("site") ?? this.getAttribute("app") ?? "";
    const kept = !this.hasAttribute("storage") && !this.#options.storage;
    this.#unread = new Unread(`wotnot:seen:${this.#gateway}:${site}`, kept);
    this.#draft = new Draft(this.getAttribute("storage") === "memory" || this.#options.storage ? null : `wotnot:draft:${this.#gateway}:${site}`);
    this.#fresh = new Fresh();
    this.#greeted = false;
    this.#leave = chat.subscribe(this.#changed);
  }

  #part(): void {
    this.#leave();
    if (!this.#given) this.#chat?.destroy();
    this.#chat = null;
    this.#panel = null;
  }

  // The window.

  get #mode(): Mode {
    const mode = this.getAttribute("mode");
    return mode === "inline" || mode === "full" ? mode : "bubble";
  }

  get #language(): string {
    return this.getAttribute("lang") || this.closest("[lang]")?.getAttribute("lang") || navigator.language;
  }

  /** Makes launcher and panel; what was there goes. */
  async #draw(): Promise<void> {
    const drawing = ++this.#drawing;
    const { lang, strings } = await loadStrings(this.#language);
    const chat = this.#chat;
    if (drawing !== this.#drawing || !chat) return;
    const t = (this.#t = { ...strings, ...this.#strings });
    const host: Host = { chat, t, root: this.shadowRoot!, lang, gateway: this.#gateway, compute: this.#compute, draft: this.#draft, fail: (error) => this.#raise("error", { error }), close: () => this.close() };
    const mode = this.#mode;
    const panel = (this.#panel = new Panel(host, mode));
    this.#badge = h("span", { class: "badge", "aria-hidden": "true" });
    this.#launcher = mode === "bubble" ? h("button", { part: "launcher", type: "button", "aria-haspopup": "dialog", onclick: () => this.toggle() }, icon(CHAT_ICON), this.#badge) : null;
    const had = this.shadowRoot!.activeElement;
    this.shadowRoot!.replaceChildren(
      h("div", { class: `root ${mode}`, lang, dir: lang === "ar" ? "rtl" : "ltr" }, this.#launcher, panel.element),
    );
    this.#show(false);
    if (had) (this.#launcher ?? panel).focus();
  }

  get #isOpen(): boolean {
    return this.#mode !== "bubble" || this.hasAttribute("open");
  }

  /** Shows what the attribute says. */
  #show(asked: boolean): void {
    const panel = this.#panel;
    if (!panel) return;
    const open = this.#isOpen;
    if (open) {
      this.#chat?.connect();
      this.#render();
      panel.open(asked);
    } else {
      const inside = panel.element.contains(this.shadowRoot!.activeElement);
      panel.close();
      this.#render();
      if (inside) this.#launcher?.focus();
    }
    if (asked) this.#raise(open ? "open" : "close");
  }

  /** Changes that come together are drawn once. */
  #changed = (): void => {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      this.#render();
    });
  };

  #render(): void {
    const [chat, panel, t] = [this.#chat, this.#panel, this.#t];
    if (!chat || !panel || !t) return;
    const { snapshot } = chat;
    const open = this.#isOpen;
    if (open) {
      this.#greet(chat);
      const had = this.shadowRoot!.activeElement;
      panel.render(snapshot);
      // What had the focus is gone: the next key must not start at the top of the page.
      if (had && !this.shadowRoot!.activeElement) panel.focus();
    }
    this.#tell(chat);
    const unread = this.#unread.count(snapshot, open && !document.hidden);
    if (unread > this.#count && this.hasAttribute("sound")) void import("./sound.js").then(({ ring }) => ring(), () => {});
    this.#count = unread;
    this.#badge!.textContent = unread ? String(unread) : "";
    const name = open ? t.close : [t.open, unread && fill(t.unread, { n: unread })].filter(Boolean).join(". ");
    if (this.#launcher) {
      set(this.#launcher, "aria-label", name);
      set(this.#launcher, "aria-expanded", String(open));
    }
  }

  /** A site's greeting begins the conversation of a visitor who opens the window. */
  #greet(chat: Chat): void {
    const { conversation, capabilities, outbox } = chat.snapshot;
    if (this.#greeted || conversation || outbox.length || !capabilities?.greeting) return;
    this.#greeted = true;
    chat.restart().catch((error: unknown) => {
      // Another tab was faster.
      if (!(error instanceof ChatError && error.code === "conversation_open")) this.#raise("error", { error });
    });
  }

  #tell({ snapshot }: Chat): void {
    for (const message of this.#fresh.take(snapshot)) this.#raise("message", { message });
    const { error } = snapshot;
    if (error && error !== this.#error) this.#raise("error", { error });
    this.#error = error;
  }

  #raise(name: string, detail: object = {}): void {
    this.dispatchEvent(new CustomEvent(`wotnot-${name}`, { detail, bubbles: true, composed: true }));
  }
}

function storageOf(name: string | undefined): ChatOptions["storage"] {
  try {
    return name === "session" ? sessionStorage : name === "memory" ? name : undefined;
  } catch {
    // A page that may have none.
    return "memory";
  }
}
