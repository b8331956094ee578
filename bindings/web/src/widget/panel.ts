// The window: header, messages, question, composer, and what is to be known of the connection.

import type { ChatSnapshot } from "../options.js";
import { composer } from "./composer.js";
import { CLOSE_ICON, h, icon } from "./dom.js";
import type { Host } from "./host.js";
import { messageLog } from "./log.js";
import { promptArea } from "./prompts/area.js";

export type Mode = "bubble" | "inline" | "full";

export interface Panel {
  readonly element_: HTMLElement;
  /** Opens it; the focus goes along when somebody asked for it. */
  open_(focus: boolean): void;
  close_(): void;
  /** Puts the focus where it goes when what had it is gone. */
  focus_(): void;
  render_(snapshot: ChatSnapshot): void;
}

export function windowPanel(host: Host, mode: Mode): Panel {
  const { t, chat } = host;
  const log = messageLog(host);
  const prompts = promptArea(host);
  const { element_: form, input_: input, render_: renderComposer } = composer(host);
  const status = h("div", { part: "status", role: "status" });
  const over = h("div", { class: "over" }, t.ended, h("button", { type: "button", class: "solid", onclick: () => void chat.restart().catch(host.fail) }, t.restart));
  const close = mode === "bubble" && h("button", { type: "button", class: "close", "aria-label": t.close, onclick: host.close }, icon(CLOSE_ICON));
  const escape = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.preventDefault();
    event.stopPropagation();
    host.close();
  };
  const element = h(
    close ? "dialog" : "section",
    // Its event comes later: by then the window may be open again.
    { part: "panel", "aria-label": t.title, ...(close && { onkeydown: escape, onclose: () => (dialog && dialog.open) || host.close() }) },
    h("header", { part: "header" }, h("h2", {}, h("slot", { name: "title" }, t.title)), close),
    log.element_,
    log.live_,
    status,
    prompts.element_,
    form,
    over,
  );
  const dialog = close && (element as HTMLDialogElement);
  const focus = () => log.element_.focus({ preventScroll: true });
  return {
    element_: element,
    open_(asked) {
      /** There the open panel takes the whole screen; the style sheet says the same. */
      const SMALL = "(max-width: 30rem), (max-height: 25rem)";
      const isSmall = matchMedia(SMALL).matches;
      if (dialog && !dialog.open) {
        // `show` would take the focus of a page that opens it by itself.
        if (isSmall && asked) dialog.showModal();
        else dialog.open = true;
      }
      log.toEnd_();
      if (!asked) return;
      // A keyboard that comes up at once would cover what the bot says.
      if (isSmall || matchMedia("(pointer: coarse)").matches || form.hidden) focus();
      else input.focus();
    },
    close_() {
      if (dialog) dialog.close();
    },
    focus_: focus,
    render_(snapshot) {
      const { error, connection, outbox, prompt } = snapshot;
      form.hidden = snapshot.status === "ended" && !outbox.length;
      over.hidden = !form.hidden;
      renderComposer(snapshot);
      prompts.render_(prompt);
      const handover = snapshot.status === "handover" ? t.handover : "";
      const text = error && !error.retryable ? t.unavailable : connection === "offline" ? t.offline : handover;
      if (status.textContent !== text) status.textContent = text;
      log.render_(snapshot);
    },
  };
}
