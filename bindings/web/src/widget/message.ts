// One message of the log: who said what, and what became of it.

import type { Outgoing } from "../view.js";
import type { Message } from "../wire.js";
import { h, linked, type Child } from "./dom.js";
import type { Host } from "./host.js";
import { later, loadMore } from "./later.js";
import type { en } from "./strings/en.js";

export type Shown = Message | Outgoing;

export function keyOf(message: Shown): string {
  return message.client_id ?? String((message as Message).seq);
}

export function authorOf(message: Shown): Message["by"] {
  return "by" in message ? message.by : "visitor";
}

const WORDS: Partial<Record<string, keyof typeof en>> = {
  waiting: "sending",
  taken: "sent",
  queued: "sent",
  sending: "sent",
  accepted: "delivered",
  rejected: "rejected",
  unconfirmed: "unconfirmed",
  discarded: "discarded",
  failed: "failed",
};

/** Why a message failed, where a visitor can do something about it. */
const REASONS: Partial<Record<string, keyof typeof en>> = {
  prompt_superseded: "superseded",
  invalid_answer: "invalid",
  ended: "ended",
};

/** What became of a visitor's message, in words. */
export function stateText(message: Shown, t: typeof en): string {
  const word = WORDS[message.state ?? ""];
  const reason = "error" in message && REASONS[message.error?.code ?? ""];
  return [word && t[word], reason && t[reason]].filter(Boolean).join(". ");
}

export function messageRow(message: Shown, host: Host): HTMLElement {
  const { t, chat, lang } = host;
  const by = authorOf(message);
  const { state, text } = message;
  const at = "at" in message ? new Date(message.at) : null;
  const resolve = (action: "resend" | "discard") => () => void chat.resolve(keyOf(message), action).catch(host.fail);
  const decide = (again: string, leave: string): Child[] => [
    h("button", { type: "button", onclick: resolve("resend") }, again),
    h("button", { type: "button", onclick: resolve("discard") }, leave),
  ];
  const bubble = h("div", { class: "bubble", dir: "auto", id: `m${keyOf(message)}` }, ...linked(text));
  const media = "media" in message && message.media;
  // Until they can be shown, and where they cannot, the text has their links.
  if (media) loadMore(host).then(({ showMedia }) => showMedia(later(host), bubble, text, media), host.fail);
  return h(
    "li",
    { part: "message", "data-from": by, "data-state": state, hidden: !text && !media },
    h("span", { class: "unseen" }, `${by === "visitor" ? t.you : t[by]}: `),
    bubble,
    h(
      "div",
      { class: "about" },
      by === "agent" && `${t.agent} · `,
      at && h("time", { datetime: at.toISOString() }, at.toLocaleTimeString(lang, { hour: "2-digit", minute: "2-digit" })),
      state && h("span", {}, `${at ? " · " : ""}${stateText(message, t)}`),
      ...(state === "unconfirmed" ? decide(t.resend, t.discard) : state === "failed" ? decide(t.resend, t.remove) : []),
    ),
  );
}
