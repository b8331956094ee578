// What the parts of the widget need of the element that they belong to.

import type { Chat } from "../options.js";
import type { Store } from "../storage.js";
import type { Answer, ChoiceOption, OpenPrompt } from "../wire.js";
import type { h, link, linked } from "./dom.js";
import type { fill, Strings } from "./strings/index.js";
import type { en } from "./strings/en.js";

/** The page's own way to the values of a JavaScript block's variables. */
export type Compute = (block: { code: string; variables: string[] }) => Record<string, unknown> | Promise<Record<string, unknown>>;

export interface Host {
  readonly chat: Chat;
  readonly t: typeof en & Partial<Strings>;
  /** The widget's own. */
  readonly root: ShadowRoot;
  readonly lang: string;
  readonly gateway: string;
  readonly compute: Compute | null;
  /** What is typed and not sent. */
  readonly drafts: Store;
  /** Raises `wotnot-error`. */
  fail(error: unknown): void;
  close(): void;
}

/** What is loaded later imports nothing but types: its tools are handed to it. */
export interface Later extends Host {
  readonly h: typeof h;
  readonly link: typeof link;
  readonly linked: typeof linked;
  readonly fill: typeof fill;
}

/** What draws a question gets. */
export interface PromptHost<P extends OpenPrompt = OpenPrompt> extends Later {
  /** All of them, once they are needed. */
  readonly t: Strings;
  readonly prompt: P;
  /** Attributes that name the question to assistive technology. */
  readonly named: { "aria-labelledby": string };
  /** A button that picks an option, or its link. */
  option(option: ChoiceOption): HTMLElement;
  answer(answer: Answer): void;
}

export type PromptOf<Kind extends OpenPrompt["kind"]> = Extract<OpenPrompt, { kind: Kind }>;
