// What became of a message that did not arrive, in words, and what the visitor may do about it.

import type { Host, Later } from "../host.js";
import type { Shown } from "../message.js";
import type { Strings } from "../strings/index.js";
import { more } from "../strings/more.js";

/** Why a message failed, where a visitor can do something about it. */
const REASONS: Partial<Record<string, keyof Strings>> = {
  prompt_superseded: "superseded",
  invalid_answer: "invalid",
  ended: "ended",
};

export function troubleText(host: Host, message: Shown): string {
  const t: Strings = { ...more, ...host.t };
  const reason = "error" in message && REASONS[message.error?.code ?? ""];
  return [t[message.state as "failed"], reason && t[reason]].filter(Boolean).join(". ");
}

/** Says it in `place`, with buttons after it where there is something to decide. */
export function showTrouble(host: Later, place: HTMLElement, key: string, message: Shown): void {
  const { chat, fail, h } = host;
  const t: Strings = { ...more, ...host.t };
  const { state } = message;
  place.append(troubleText(host, message));
  if (state !== "unconfirmed" && state !== "failed") return;
  const button = (action: "resend" | "discard", text: string) =>
    h("button", { type: "button", onclick: () => void chat.resolve(key, action).catch(fail) }, text);
  place.after(button("resend", t.resend), button("discard", state === "failed" ? t.remove : t.discard));
}
