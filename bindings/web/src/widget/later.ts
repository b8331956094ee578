// Loads what comes less often, once, with its look.

import { h, link, linked } from "./dom.js";
import type { Host, Later } from "./host.js";
import { fill } from "./strings/index.js";

let sheet: CSSStyleSheet | undefined;

export async function loadMore({ root }: Host): Promise<typeof import("./prompts/more.js")> {
  const more = await import("./prompts/more.js");
  if (!sheet) (sheet = new CSSStyleSheet()).replaceSync(more.css);
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  return more;
}

export function later(host: Host): Later {
  return { ...host, h, link, linked, fill };
}
