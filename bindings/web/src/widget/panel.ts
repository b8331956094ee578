// The window: header, messages, question, composer, and what is to be known of the connection.

import type { ChatSnapshot } from "../options.js";
import { Composer } from "./composer.js";
import { CLOSE_ICON, h, icon } from "./dom.js";
import type { Host } from "./host.js";
import { Log } from "./log.js";
import { PromptArea } from "./prompts/area.js";

export type Mode = "bubble" | "inline" | "full";

/** There the open panel takes the whole screen; the style sheet says the same. */
const SMALL = "(max-width: 30rem), (max-height: 25rem)";

export class Panel {
  readonly element: HTMLElement;
  readonly #host: Host;
  readonly #log: Log;
  readonly #prompts: PromptArea;
  readonly #composer: Composer;
  readonly #status = h("div", { part: "status", role: "status" });
  readonly #over: HTMLElement;
  readonly #dialog: HTMLDialogElement | null = null;

  constructor(host: Host, mode: Mode) {
    const { t, chat } = host;
    this.#host = host;
    this.#log = new Log(host);
    this.#prompts = new PromptArea(host);
    this.#composer = new Composer(host);
    this.#over = h("div", { class: "over" }, t.ended, h("button", { type: "button", class: "solid", onclick: () => void chat.restart().catch(host.fail) }, t.restart));
    const close = mode === "bubble" && h("button", { type: "button", class: "close", "aria-label": t.close, onclick: host.close }, icon(CLOSE_ICON));
    const props = { part: "panel", "aria-label": t.title };
    const parts = [
      h("header", { part: "header" }, h("h2", {}, h("slot", { name: "title" }, t.title)), close),
      this.#log.element,
      this.#log.live,
      this.#status,
      this.#prompts.element,
      this.#composer.element,
      this.#over,
    ];
    if (close) this.element = this.#dialog = h("dialog", { ...props, onkeydown: this.#escape, onclose: host.close }, ...parts);
    else this.element = h("section", props, ...parts);
  }

  get isOpen(): boolean {
    return this.#dialog?.open ?? true;
  }

  /** Opens it; the focus goes along when somebody asked for it. */
  open(focus: boolean): void {
    const small = matchMedia(SMALL).matches;
    if (this.#dialog && !this.#dialog.open) {
      // `show` would take the focus of a page that opens it by itself.
      if (small && focus) this.#dialog.showModal();
      else this.#dialog.open = true;
    }
    this.#log.toEnd();
    if (!focus) return;
    // A keyboard that comes up at once would cover what the bot says.
    if (small || matchMedia("(pointer: coarse)").matches || this.#composer.element.hidden) this.focus();
    else this.#composer.input.focus();
  }

  close(): void {
    this.#dialog?.close();
  }

  /** Where the focus goes when what had it is gone. */
  focus(): void {
    this.#log.element.focus({ preventScroll: true });
  }

  render(snapshot: ChatSnapshot): void {
    const ended = snapshot.status === "ended" && !snapshot.outbox.length;
    this.#composer.element.hidden = ended;
    this.#over.hidden = !ended;
    this.#composer.render(snapshot);
    this.#prompts.render(snapshot.prompt);
    const text = this.#statusText(snapshot);
    if (this.#status.textContent !== text) this.#status.textContent = text;
    this.#log.render(snapshot);
  }

  #statusText({ error, connection, status }: ChatSnapshot): string {
    const { t } = this.#host;
    if (error && !error.retryable) return t.unavailable;
    if (connection === "offline") return t.offline;
    return status === "handover" ? t.handover : "";
  }

  #escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    this.#host.close();
  };
}
