// A flow as a drawing: the blocks where conversations stand, and the ways that were walked.

import { drawing, getIfThere } from "./api.js";
import { fill, h } from "./dom.js";

/** @typedef {import("./types.js").BlockCoverage} BlockCoverage */
/** @typedef {{bot_key: string, bot_version: number, blocks: BlockCoverage[], current_block?: string, standing?: {visitor_id: string, place: string, block: string | null}[]}} Walked */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {(width: number, height: number) => number} scale how large a drawing of this size is shown
 */
export function flowDrawing(scale) {
  const said = h("p", { class: "small", role: "status", id: "walked" });
  const canvas = h("div", { class: "canvas", tabIndex: 0, role: "region", "aria-label": "Drawing of the flow" });
  /** What is drawn: which version of which bot, in which direction. */
  let drawn = "";
  /** @type {SVGSVGElement | null} */
  let svg = null;
  const sized = () => {
    if (svg === null) return;
    const { width, height } = svg.viewBox.baseVal;
    const by = scale(width, height);
    svg.setAttribute("width", String(width * by));
    svg.setAttribute("height", String(height * by));
  };
  return {
    said,
    canvas,
    sized,
    /**
     * Draws what a conversation or a bot stands for, and marks what was walked.
     * @param {string} path
     * @param {string} direction
     */
    async show(path, direction) {
      /** @type {Walked | null} */
      const walked = await getIfThere(`${path}/coverage`);
      if (walked === null) return fill(said, "It is gone.");
      const wanted = `${walked.bot_key}/${walked.bot_version}/${direction}`;
      if (wanted !== drawn || svg === null) {
        svg = taken(await drawing(`${path}/graph?style=none&direction=${direction}`));
        drawn = wanted;
        fill(canvas, svg);
        sized();
      }
      mark(svg, walked, said);
    },
  };
}

/**
 * The drawing as a part of this page, with this page's own style.
 * @param {SVGSVGElement} root
 */
function taken(root) {
  const svg = document.importNode(root, true);
  svg.classList.add("flow");
  return svg;
}

/**
 * @param {SVGSVGElement} svg
 * @param {Walked} walked
 * @param {HTMLElement} said
 */
function mark(svg, walked, said) {
  const standing = walked.standing ?? [];
  const open = standing.filter((it) => it.place !== "ended");
  const blocks = new Map(walked.blocks.map((it) => [it.block, it]));
  for (const card of svg.querySelectorAll("[data-block]")) {
    const name = card.getAttribute("data-block") ?? "";
    const here = walked.standing ? open.filter((it) => it.block === name).length : Number(walked.current_block === name);
    card.classList.toggle("walked", blocks.get(name)?.walked ?? false);
    card.classList.toggle("current", here > 0);
    if (here > 0 && !walked.standing) card.setAttribute("aria-current", "true");
    else card.removeAttribute("aria-current");
    count(card, walked.standing ? here : 0);
  }
  for (const arrow of svg.querySelectorAll("[data-from]")) {
    const exit = blocks.get(arrow.getAttribute("data-from") ?? "")?.exits[Number(arrow.getAttribute("data-exit"))];
    arrow.classList.toggle("walked", exit?.walked ?? false);
  }
  const exits = walked.blocks.flatMap((it) => it.exits);
  const share = (/** @type {{walked: boolean}[]} */ list) => `${list.filter((it) => it.walked).length} of ${list.length}`;
  const at = walked.standing ? `${open.length} open` : walked.current_block ? `at ${walked.current_block}` : "not begun";
  fill(said, `${walked.bot_key} version ${walked.bot_version}: ${at}; walked ${share(walked.blocks)} blocks, ${share(exits)} ways.`);
}

/**
 * How many conversations stand at a block, on its card.
 * @param {Element} card
 * @param {number} many
 */
function count(card, many) {
  card.querySelector(".count")?.remove();
  if (many === 0) return;
  const text = document.createElementNS(SVG, "text");
  text.setAttribute("class", "count");
  text.setAttribute("x", "0");
  text.setAttribute("y", "-6");
  text.textContent = many === 1 ? "1 conversation" : `${many} conversations`;
  card.append(text);
}
