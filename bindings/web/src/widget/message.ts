// One message of the log: who said what, and what became of it.

import type { Outgoing } from "../view.js";
import type { Message } from "../wire.js";
import { h, linked } from "./dom.js";
import type { Host } from "./host.js";
import { later, loadMore } from "./later.js";

export type Shown = Message | Outgoing;

export const keyOf = (message: Shown): string => message.client_id ?? String((message as Message).seq);

export const authorOf = (message: Shown): Message["by"] => ("by" in message ? message.by : "visitor");

/** Whether something is to be said or decided about it. */
export const isTroubled = ({ state }: Shown): boolean => ["failed", "unconfirmed", "rejected", "discarded"].includes(state!);

export function messageRow(message: Shown, host: Host): HTMLElement {
  const { t, lang } = host;
  const by = authorOf(message);
  const { state, text } = message;
  const at = "at" in message && typeof message.at === "string" && new Date(message.at);
  const bubble = h("div", { class: "bubble", dir: "auto", id: `m${keyOf(message)}` }, ...linked(text));
  const media = "media" in message && message.media;
  // Until they can be shown, and where they cannot, the text has their links.
  if (media) void loadMore(host).then(({ showMedia }) => showMedia(later(host), bubble, text, media));
  const troubled = isTroubled(message);
  const fate = state && h("span", {}, troubled ? "" : t[state === "waiting" ? "sending" : state === "accepted" ? "delivered" : "sent"]);
  if (troubled) void loadMore(host).then(({ showTrouble }) => showTrouble(later(host), fate as HTMLElement, keyOf(message), message));
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
      at && state && " · ",
      fate,
    ),
  );
}
