// A few options: buttons, and links.

import type { ChoiceOption } from "../../wire.js";
import { h, link } from "../dom.js";
import type { PromptHost, PromptOf } from "../host.js";

/** More are a list. */
const BUTTONS = 5;

/** Whether buttons are enough; cards, lists and several at once are loaded later. */
export function isSimple({ options, multiple }: PromptOf<"choice">): boolean {
  const few = options.length <= BUTTONS || options.every(({ url }) => url);
  return !multiple && few && !options.some(({ card }) => card);
}

/** A button that picks it, or a link that opens. */
export function optionButton({ id, label, url }: ChoiceOption, pick: (id: string) => void): HTMLElement {
  const props = { class: "option", dir: "auto" };
  return url ? link(url, props, label) : h("button", { ...props, type: "button", onclick: () => pick(id) }, label);
}

export function choice({ prompt, named, option }: PromptHost<PromptOf<"choice">>): HTMLElement {
  return h("div", { class: "options", role: "group", ...named }, ...prompt.options.map((one) => option(one)));
}
