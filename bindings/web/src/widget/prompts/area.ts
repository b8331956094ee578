// The question that waits: its buttons and fields, between the messages and the composer.

import type { Answer, ChoiceOption, OpenPrompt } from "../../wire.js";
import { h, set } from "../dom.js";
import type { Host, PromptHost, PromptOf } from "../host.js";
import { later, loadMore } from "../later.js";
import { choice, isSimple, optionButton } from "./choice.js";

export interface PromptArea {
  readonly element_: HTMLElement;
  render_(prompt: OpenPrompt | null): void;
}

export function promptArea(host: Host): PromptArea {
  const element = h("div", { part: "prompt" });
  let seq = 0;
  /** What is typed into a question outlives an answer that was refused. */
  let drawn: HTMLElement | null = null;

  const draw = async (prompt: OpenPrompt) => {
    const answer = (answer: Answer) => {
      try {
        host.chat.answer(prompt, answer);
      } catch (error) {
        host.fail(error);
      }
    };
    const given = {
      ...later(host),
      prompt,
      named: { "aria-labelledby": `m${prompt.seq}` },
      option: (one: ChoiceOption) => optionButton(one, (option) => answer({ option })),
      answer,
    } as PromptHost;
    const isChoice = prompt.kind === "choice" && isSimple(prompt);
    const made = isChoice ? choice(given as PromptHost<PromptOf<"choice">>) : (await loadMore(host)).draw(given);
    // Another question came meanwhile.
    if (prompt.seq !== seq) return;
    drawn = made;
    if (element.getAttribute("data-kind") === prompt.kind) element.replaceChildren(made);
  };

  return {
    element_: element,
    render_(prompt) {
      set(element, "data-kind", prompt?.kind);
      // The composer answers these.
      if (!prompt || prompt.kind === "text" || prompt.kind === "unknown") return element.replaceChildren();
      if (prompt.seq !== seq) {
        ({ seq } = prompt);
        drawn = null;
        element.replaceChildren();
        void draw(prompt);
      } else if (drawn && !element.firstChild) {
        element.append(drawn);
      }
    },
  };
}
