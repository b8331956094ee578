// `<wotnot-chat>`: what a page sees of it. widget.ts is what it does.

import type { Chat, ChatOptions } from "../options.js";
import type { Compute } from "./host.js";
import type { Strings } from "./strings/index.js";
import { css } from "./style.js";
import { widget, type Widget } from "./widget.js";

export type WidgetOptions = Omit<ChatOptions, "gateway">;

// Where pages are made on a server there are no elements.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;
let sheet: CSSStyleSheet | undefined;

export class WotnotChat extends Base {
  static readonly observedAttributes = ["app", "gateway", "lang", "mode", "open", "site", "storage"];
  readonly #widget: Widget;

  constructor() {
    super();
    // The loader may have put a launcher there.
    const root = this.shadowRoot ?? this.attachShadow({ mode: "open" });
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    root.adoptedStyleSheets = [sheet];
    this.#widget = widget(this, root);
  }

  /** The chat behind it: another one than its attributes ask for, when it is set. */
  get client(): Chat | null {
    return this.#widget.chat_();
  }
  set client(chat: Chat | null) {
    this.#widget.give_(chat);
  }

  /** What the client takes beside its gateway, such as `getIdentity` and `variables`. */
  get options(): WidgetOptions {
    return this.#widget.options_;
  }
  set options(options: WidgetOptions) {
    this.#widget.options_ = options;
    this.#widget.renew_();
  }

  /** Words to use instead of the widget's own. */
  get strings(): Partial<Strings> {
    return this.#widget.strings_;
  }
  set strings(strings: Partial<Strings>) {
    this.#widget.strings_ = strings;
    this.#widget.draw_();
  }

  /** Gives the values for the bot's JavaScript blocks; the code runs in the gateway's sandbox where the page has no function for it. */
  get compute(): Compute | null {
    return this.#widget.compute_;
  }
  set compute(compute: Compute | null) {
    this.#widget.compute_ = compute;
    this.#widget.draw_();
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
    this.#widget.connected_();
  }

  disconnectedCallback(): void {
    this.#widget.disconnected_();
  }

  attributeChangedCallback(name: string, old: string | null, value: string | null): void {
    if (old === value) return;
    if (name === "open") this.#widget.show_(true);
    else if (name === "mode" || name === "lang") this.#widget.draw_();
    else this.#widget.renew_();
  }
}
