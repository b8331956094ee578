// Where the visitor writes.

import type { ChatSnapshot } from "../options.js";
import { h, icon, SEND_ICON, set } from "./dom.js";
import type { Host } from "./host.js";

/** What the gateway takes. */
const LONGEST = 4_000;

/** How a text that the bot asks for is typed. */
const FORMATS = {
  any: [null, "sentences", null, "write"],
  name: [null, "words", "name", "name"],
  email: ["email", "off", "email", "email"],
  phone: ["tel", "off", "tel", "phone"],
} as const;

export class Composer {
  readonly element: HTMLFormElement;
  readonly input: HTMLTextAreaElement;
  readonly #host: Host;
  /** The conversation of the text that an earlier page left. */
  #of: string | null;
  #restored: string;

  constructor(host: Host) {
    const { t } = host;
    this.#host = host;
    this.input = h("textarea", { rows: 1, maxlength: LONGEST, enterkeyhint: "send", dir: "auto", "aria-label": t.write, onkeydown: this.#key, oninput: this.#typed });
    this.#of = host.chat.snapshot.conversation;
    this.#restored = this.input.value = host.draft.read(this.#of);
    // It is not laid out yet.
    if (this.input.value) requestAnimationFrame(this.#grow);
    const send = h("button", { part: "send", type: "submit", "aria-label": t.send }, icon(SEND_ICON));
    this.element = h("form", { part: "composer", onsubmit: this.#submit }, this.input, send);
  }

  render({ prompt, conversation }: ChatSnapshot): void {
    // Somebody else may have logged in: these words are none of theirs.
    if (conversation !== this.#of && this.input.value === this.#restored) this.input.value = "";
    this.#of = conversation;
    const format = prompt?.kind === "text" ? prompt.format : "any";
    // What a later gateway asks for is typed as any text.
    const [mode, capitals, fills, hint] = FORMATS[format] ?? FORMATS.any;
    set(this.input, "inputmode", mode);
    set(this.input, "autocapitalize", capitals);
    set(this.input, "autocomplete", fills ?? "off");
    set(this.input, "placeholder", this.#host.t[hint]);
    set(this.element, "data-format", format);
  }

  #submit = (event: Event): void => {
    event.preventDefault();
    const text = this.input.value.trim();
    if (!text) return;
    try {
      this.#host.chat.send(text);
    } catch (error) {
      return this.#host.fail(error);
    }
    this.input.value = "";
    this.#typed();
  };

  #typed = (): void => {
    this.#grow();
    const { chat, draft } = this.#host;
    draft.keep(chat.snapshot.conversation, this.input.value);
  };

  #key = (event: KeyboardEvent): void => {
    // An input method takes the key for itself.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.element.requestSubmit();
  };

  /** As high as its text; the style sheet says where it ends. */
  #grow = (): void => {
    const { style } = this.input;
    style.blockSize = "auto";
    style.blockSize = `${this.input.scrollHeight}px`;
  };
}
