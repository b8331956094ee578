// Where the visitor writes.

import type { ChatSnapshot } from "../options.js";
import { h, icon, SEND_ICON, set } from "./dom.js";
import type { Host } from "./host.js";

/** How a text that the bot asks for is typed. */
const FORMATS = {
  any: [null, "sentences", null, "write"],
  name: [null, "words", "name", "name"],
  email: ["email", "off", "email", "email"],
  phone: ["tel", "off", "tel", "phone"],
} as const;

export interface Composer {
  readonly element_: HTMLElement;
  readonly input_: HTMLElement;
  render_(snapshot: ChatSnapshot): void;
}

export function composer({ t, chat, drafts, fail }: Host): Composer {
  /** What the gateway takes. */
  const LONGEST = 4_000;
  /** As high as its text; the style sheet says where it ends. */
  const grow = () => {
    const { style } = input;
    style.blockSize = "auto";
    style.blockSize = `${input.scrollHeight}px`;
  };
  const typed = () => {
    grow();
    // What is typed and not sent outlives a reload of its tab, in the conversation in which it was typed.
    drafts.set_("", [chat.snapshot.conversation, input.value]);
  };
  const key = (event: KeyboardEvent) => {
    // An input method takes the key for itself.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    element.requestSubmit();
  };
  const submit = (event: Event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    try {
      chat.send(text);
    } catch (error) {
      return fail(error);
    }
    input.value = "";
    typed();
  };
  const input = h("textarea", { rows: 1, maxlength: LONGEST, enterkeyhint: "send", dir: "auto", "aria-label": t.write, onkeydown: key, oninput: typed });
  const element = h("form", { part: "composer", onsubmit: submit }, input, h("button", { part: "send", type: "submit", "aria-label": t.send }, icon(SEND_ICON)));
  /** The conversation of the text that an earlier page left. */
  let of = chat.snapshot.conversation;
  const [left, text] = drafts.get_<[string | null, string]>("") ?? [];
  const restored = (input.value = left === of ? text! : "");
  // It is not laid out yet.
  if (restored) requestAnimationFrame(grow);
  return {
    element_: element,
    input_: input,
    render_({ prompt, conversation }) {
      // Somebody else may have logged in: these words are none of theirs.
      if (conversation !== of && input.value === restored) input.value = "";
      of = conversation;
      const format = prompt?.kind === "text" ? prompt.format : "any";
      // What a later gateway asks for is typed as any text.
      const [mode, capitals, fills, hint] = FORMATS[format] ?? FORMATS.any;
      set(input, "inputmode", mode);
      set(input, "autocapitalize", capitals);
      set(input, "autocomplete", fills ?? "off");
      set(input, "placeholder", t[hint]);
      set(element, "data-format", format);
    },
  };
}
