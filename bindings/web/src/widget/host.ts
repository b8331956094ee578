// What the parts of the widget need of the element that they belong to.

import type { Chat } from "../client.js";
import type { Answer, OpenPrompt } from "../wire.js";
import type { h, link } from "./dom.js";
import type { fill, Strings } from "./strings/index.js";

export interface Host {
  readonly chat: Chat;
  readonly t: Strings;
  readonly lang: string;
  /** Raises `wotnot-error`. */
  fail(error: unknown): void;
  close(): void;
}

/** What draws a question gets. What is loaded later imports nothing but types: its tools are handed to it here. */
export interface PromptHost<P extends OpenPrompt = OpenPrompt> extends Host {
  readonly prompt: P;
  /** Attributes that name the question to assistive technology. */
  readonly named: { "aria-labelledby": string };
  readonly h: typeof h;
  readonly link: typeof link;
  readonly fill: typeof fill;
  answer(answer: Answer): void;
}

export type PromptOf<Kind extends OpenPrompt["kind"]> = Extract<OpenPrompt, { kind: Kind }>;
