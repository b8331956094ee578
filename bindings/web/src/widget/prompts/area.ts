// The question that waits: its buttons and fields, between the messages and the composer.

import type { OpenPrompt } from "../../wire.js";
import { h, link, set } from "../dom.js";
import type { Host, PromptHost, PromptOf } from "../host.js";
import { fill } from "../strings/index.js";
import { choice } from "./choice.js";

/** Kinds that the composer answers. */
const TYPED = ["text", "unknown"];
/** The look of what is loaded later. */
let sheet: CSSStyleSheet | undefined;

export class PromptArea {
  readonly element = h("div", { part: "prompt" });
  readonly #host: Host;
  #seq = 0;
  /** What is typed into a question outlives an answer that was refused. */
  #drawn: HTMLElement | null = null;

  constructor(host: Host) {
    this.#host = host;
  }

  render(prompt: OpenPrompt | null): void {
    set(this.element, "data-kind", prompt?.kind);
    if (!prompt || TYPED.includes(prompt.kind)) return this.element.replaceChildren();
    if (prompt.seq !== this.#seq) {
      this.#seq = prompt.seq;
      this.#drawn = null;
      this.element.replaceChildren();
      void this.#draw(prompt);
    } else if (this.#drawn && !this.element.firstChild) {
      this.element.append(this.#drawn);
    }
  }

  /** What comes less often is loaded with its first question. */
  async #more(host: PromptHost): Promise<HTMLElement> {
    const { css, draw } = await import("./more.js");
    const root = this.element.getRootNode() as ShadowRoot;
    if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(css);
    if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
    return draw(host);
  }

  async #draw(prompt: OpenPrompt): Promise<void> {
    const { chat, t } = this.#host;
    const host: PromptHost = {
      ...this.#host,
      prompt,
      named: { "aria-labelledby": `m${prompt.seq}` },
      h,
      link,
      fill,
      answer: (answer) => {
        try {
          chat.answer(prompt, answer);
        } catch (error) {
          this.#host.fail(error);
        }
      },
    };
    let drawn: HTMLElement;
    try {
      const simple = prompt.kind === "choice" && !prompt.options.some(({ card }) => card);
      drawn = simple ? choice(host as PromptHost<PromptOf<"choice">>) : await this.#more(host);
    } catch (error) {
      this.#host.fail(error);
      const again = () => {
        this.element.replaceChildren();
        void this.#draw(prompt);
      };
      drawn = h("button", { type: "button", onclick: again }, t.retry);
    }
    // Another question came meanwhile.
    if (prompt.seq !== this.#seq) return;
    this.#drawn = drawn;
    if (this.element.getAttribute("data-kind") === prompt.kind) this.element.replaceChildren(drawn);
  }
}
