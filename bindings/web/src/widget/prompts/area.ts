// The question that waits: its buttons and fields, between the messages and the composer.

import type { Answer, ChoiceOption, OpenPrompt } from "../../wire.js";
import { h, set } from "../dom.js";
import type { Host, PromptHost, PromptOf } from "../host.js";
import { later, loadMore } from "../later.js";
import { choice, isSimple, optionButton } from "./choice.js";

/** Kinds that the composer answers. */
const TYPED = ["text", "unknown"];

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

  async #draw(prompt: OpenPrompt): Promise<void> {
    const { chat, t } = this.#host;
    const answer = (answer: Answer) => {
      try {
        chat.answer(prompt, answer);
      } catch (error) {
        this.#host.fail(error);
      }
    };
    const host = {
      ...later(this.#host),
      prompt,
      named: { "aria-labelledby": `m${prompt.seq}` },
      option: (one: ChoiceOption) => optionButton(one, (option) => answer({ option })),
      answer,
    } as PromptHost;
    let drawn: HTMLElement;
    try {
      const simple = prompt.kind === "choice" && isSimple(prompt);
      drawn = simple ? choice(host as PromptHost<PromptOf<"choice">>) : (await loadMore(host)).draw(host);
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
