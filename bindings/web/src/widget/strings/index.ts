// The words of the widget in the visitor's language. All but English are loaded when they are asked for.

import { en, type Strings } from "./en.js";

export type { Strings };

const LOAD: Record<string, () => Promise<{ default: Strings }>> = {
  ar: () => import("./ar.js"),
  de: () => import("./de.js"),
  es: () => import("./es.js"),
  fr: () => import("./fr.js"),
  hi: () => import("./hi.js"),
};

/** A language's words; English where they are missing, with `lang` to say so. */
export async function loadStrings(tag: string): Promise<{ lang: string; strings: typeof en & Partial<Strings> }> {
  const lang = tag.toLowerCase().split("-")[0] ?? "";
  try {
    const load = LOAD[lang];
    if (load) return { lang, strings: (await load()).default };
  } catch {
    // Without a network English is better than nothing.
  }
  return { lang: "en", strings: en };
}

/** Puts values in their places. */
export function fill(text: string, values: Record<string, string | number>): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}
