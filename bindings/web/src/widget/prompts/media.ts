// Pictures, recordings, videos and files of a message, in place of the lines of its text that name them.

import type { Media } from "../../wire.js";
import type { Later } from "../host.js";
import { more } from "../strings/more.js";

/** A picture of another host, which does not learn where it is shown. One that does not come leaves its text. */
export function picture(h: Later["h"], src: string, alt: string): HTMLElement {
  const image = h("img", { src, alt, loading: "lazy", decoding: "async", referrerpolicy: "no-referrer" });
  image.addEventListener("error", () => image.replaceWith(alt));
  return image;
}

export function showMedia({ h, link, linked, t }: Later, bubble: HTMLElement, text: string, media: Media[]): void {
  const named = new Set(media.map(({ kind, url, name }) => `${name ?? kind} (${url})`));
  const words = text.split("\n").filter((line) => !named.has(line)).join("\n");
  bubble.replaceChildren(...linked(words).map((part) => part || ""));
  bubble.hidden = !words;
  bubble.after(
    ...media.map(({ kind, url, name }) => {
      const label = name ?? { ...more, ...t }[kind];
      if (kind === "image") return link(url, { class: "media" }, picture(h, url, label));
      if (kind === "document") return link(url, { class: "media" }, label);
      return h(kind, { class: "media", src: url, controls: true, preload: "none", "aria-label": label });
    }),
  );
}
