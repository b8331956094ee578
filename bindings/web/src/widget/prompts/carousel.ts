// Cards beside one another, each with its buttons. They move when the visitor moves them.

import type { ChoiceOption } from "../../wire.js";
import type { PromptHost, PromptOf } from "../host.js";
import { picture } from "./media.js";

export function carousel({ prompt, named, t, h, option }: PromptHost<PromptOf<"choice">>): HTMLElement {
  const cards = new Map<number, ChoiceOption[]>();
  for (const option of prompt.options) {
    const index = option.card?.index ?? -1;
    cards.set(index, [...(cards.get(index) ?? []), option]);
  }
  const items = [...cards.values()].map((options) => {
    const { title, description, image } = options[0]!.card ?? {};
    return h(
      "li",
      { class: "card" },
      // The title beside it says what it shows.
      image && picture(h, image, ""),
      title && h("strong", { dir: "auto" }, title),
      description && h("span", { dir: "auto" }, description),
      ...options.map((one) => option(one)),
    );
  });
  return h("div", { class: "cards", role: "group", tabindex: 0, ...named }, h("ul", { "aria-label": t.answer }, ...items));
}
