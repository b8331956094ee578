// Loads what comes less often, once, with its look.

import { h, link, linked } from "./dom.js";
import type { Host, Later } from "./host.js";
import { fill } from "./strings/index.js";

type More = typeof import("./prompts/more.js");

/** So long after it did not load it is tried again. */
const AGAIN_MS = 2_000;
let sheet: CSSStyleSheet | undefined;
let loading: Promise<More> | undefined;

async function load({ fail }: Host): Promise<More> {
  for (let failures = 0; ; failures++) {
    try {
      return await import("./prompts/more.js");
    } catch (error) {
      if (!failures) fail(error);
      await new Promise((done) => setTimeout(done, AGAIN_MS));
    }
  }
}

/** Ends once it is there; without a network it is tried again and again. */
export async function loadMore(host: Host): Promise<More> {
  const more = await (loading ??= load(host));
  const { adoptedStyleSheets } = host.root;
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(more.css);
  if (!adoptedStyleSheets.includes(sheet)) adoptedStyleSheets.push(sheet);
  return more;
}

export const later = (host: Host): Later => ({ ...host, h, link, linked, fill });
