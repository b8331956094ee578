// A bot's text is HTML. It becomes elements here, of the few kinds that chat windows know; all other markup is
// left out and its text kept. A script, a style or a listener never gets through: no attribute but a link's does.

/** @typedef {{tag: string, href?: string | undefined, children: Tree[]} | string} Tree */

const KEPT = new Set(["b", "strong", "i", "em", "u", "s", "p", "ul", "ol", "li", "a", "code", "pre", "br"]);
const WITHOUT_TEXT = new Set(["script", "style", "template", "title"]);
const NAMED = /** @type {Record<string, string>} */ ({ amp: "&", lt: "<", gt: ">", quot: '"', apos: "'", nbsp: "\u00a0" });
// What is not closed goes on to the end, as in browsers: so every text is read in one pass.
const TOKEN = /<!--[^]*?(?:-->|$)|<(\/?)([a-z][a-z0-9]*)((?:"[^"]*(?:"|$)|'[^']*(?:'|$)|[^>"'])*)(?:>|$)|[^<]+|</gi;
const MOST_DEPTH = 20;

/** @param {string} text */
export const unescaped = (text) =>
  text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]+));/gi, (whole, decimal, hex, name) => {
    if (name) return NAMED[name.toLowerCase()] ?? whole;
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff) ? String.fromCodePoint(code) : "\ufffd";
  });

/**
 * @param {string} html
 * @returns {Tree[]}
 */
export function treeOf(html) {
  /** @type {{tag: string, href?: string | undefined, children: Tree[]}[]} */
  const open = [{ tag: "", children: [] }];
  const top = () => open[open.length - 1];
  let silent = "";
  for (const [whole, slash, name, attributes] of html.matchAll(TOKEN)) {
    const tag = name?.toLowerCase();
    if (silent !== "") {
      if (slash && tag === silent) silent = "";
    } else if (whole.startsWith("<!--")) continue;
    else if (!tag) top().children.push(unescaped(whole));
    else if (WITHOUT_TEXT.has(tag)) silent = slash ? "" : tag;
    else if (!KEPT.has(tag)) continue;
    else if (tag === "br") top().children.push({ tag, children: [] });
    else if (slash) {
      const at = open.findLastIndex((it) => it.tag === tag);
      if (at > 0) open.length = at;
    } else if (open.length < MOST_DEPTH) {
      /** @type {{tag: string, href?: string | undefined, children: Tree[]}} */
      const element = { tag, children: [] };
      if (tag === "a") element.href = linkIn(attributes ?? "");
      top().children.push(element);
      open.push(element);
    }
  }
  return open[0].children;
}

/** @param {string} attributes */
function linkIn(attributes) {
  const found = /\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))/i.exec(attributes);
  return found ? safeLink(unescaped(found[1] ?? found[2] ?? found[3] ?? "")) : undefined;
}

/**
 * An address that a page may link to; nothing for one that would run a script.
 * @param {unknown} text
 */
export function safeLink(text) {
  if (typeof text !== "string" || !URL.canParse(text)) return undefined;
  return ["http:", "https:", "mailto:", "tel:"].includes(new URL(text).protocol) ? text : undefined;
}

/**
 * The text alone.
 * @param {string} html
 * @returns {string}
 */
export function plain(html) {
  /** @param {Tree} tree @returns {string} */
  const text = (tree) => (typeof tree === "string" ? tree : tree.tag === "br" ? "\n" : tree.children.map(text).join(""));
  return treeOf(html).map(text).join("");
}

/**
 * @param {string} html
 * @returns {Node[]}
 */
export function nodesOf(html) {
  /** @param {Tree} tree @returns {Node} */
  const node = (tree) => {
    if (typeof tree === "string") return document.createTextNode(tree);
    const element = document.createElement(tree.tag);
    if (element instanceof HTMLAnchorElement && tree.href) {
      element.href = tree.href;
      element.target = "_blank";
      element.rel = "noopener noreferrer";
    }
    element.append(...tree.children.map(node));
    return element;
  };
  return treeOf(html).map(node);
}
