// Elements by the DOM's own calls: no markup is parsed, so a page may demand Trusted Types.

export type Child = Node | string | false | null | undefined;
type Value = string | number | boolean | null | undefined | ((event: never) => void);
/** Attributes; `onclick` and the like are listeners, null and false leave one out. */
export type Props = Record<string, Value>;

export function h<Tag extends keyof HTMLElementTagNameMap>(tag: Tag, props: Props = {}, ...children: Child[]): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value as (event: Event) => void);
    else set(element, name, value);
  }
  element.append(...children.filter((child): child is Node | string => !!child));
  return element;
}

/** Sets an attribute, or takes it away. */
export function set(element: Element, name: string, value: Exclude<Value, Function>): void {
  if (value === null || value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of one path in a square of 24. */
export function icon(path: string): SVGElement {
  const svg = document.createElementNS(SVG, "svg");
  const line = document.createElementNS(SVG, "path");
  set(svg, "viewBox", "0 0 24 24");
  set(svg, "aria-hidden", "true");
  set(line, "d", path);
  svg.append(line);
  return svg;
}

export const CHAT_ICON = "M12 3C6.5 3 2 6.6 2 11c0 2.4 1.3 4.6 3.5 6L5 21l4.3-2.3c.9.2 1.8.3 2.7.3 5.5 0 10-3.6 10-8s-4.5-8-10-8z";
export const CLOSE_ICON = "M19 6.4 17.6 5 12 10.6 6.4 5 5 6.4l5.6 5.6L5 17.6 6.4 19l5.6-5.6 5.6 5.6 1.4-1.4-5.6-5.6z";
export const SEND_ICON = "M3 20.5 21 12 3 3.5v6.6L15 12 3 13.9z";

/** A link to another page, which gets no reference to this one. */
export function link(url: string, props: Props, ...children: Child[]): HTMLElement {
  // The gateway lets only addresses of the web through; so does this.
  const href = /^https?:\/\//i.test(url) ? url : null;
  return h("a", { href, target: "_blank", rel: "noopener noreferrer nofollow", ...props }, ...children);
}

const ADDRESS = /https?:\/\/[^\s<>"]*[^\s<>".,;:!?'()[\]{}]/gi;

/** A text whose addresses of the web can be followed. */
export function linked(text: string): Child[] {
  const parts: Child[] = [];
  let end = 0;
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    parts.push(text.slice(end, index), link(address, {}, address));
    end = index + address.length;
  }
  return [...parts, text.slice(end)];
}
