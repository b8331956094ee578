// The flow as a drawing: the blocks where conversations stand, and the ways that were walked.

import { conversationPath, drawing, get, getIfThere } from "./api.js";
import { attempt, button, field, fill, h } from "./dom.js";

/** @typedef {import("./types.js").BlockCoverage} BlockCoverage */
/** @typedef {{bot_key: string, bot_version: number, blocks: BlockCoverage[], current_block?: string, standing?: {visitor_id: string, place: string, block: string | null}[]}} Walked */

const SVG = "http://www.w3.org/2000/svg";
const ZOOMS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.5, 2];

/**
 * @param {import("./selection.js").Selection} selection
 * @returns {import("./types.js").Panel}
 */
export function flowPanel(selection) {
  const which = h("select", { onchange: () => attempt(update) });
  const direction = h("select", { onchange: () => attempt(update) },
    ["auto", "right", "down"].map((it) => h("option", { value: it }, it)));
  const said = h("p", { class: "small", role: "status", id: "walked" });
  const canvas = h("div", { class: "canvas", tabIndex: 0, role: "region", "aria-label": "Drawing of the flow" });
  let zoom = 0.7;
  /** What is drawn: which version of which bot, in which direction. */
  let drawn = "";
  /** @type {SVGSVGElement | null} */
  let svg = null;
  const sized = () => {
    if (svg === null) return;
    const { width, height } = svg.viewBox.baseVal;
    svg.setAttribute("width", String(width * zoom));
    svg.setAttribute("height", String(height * zoom));
  };
  const zoomBy = (/** @type {number} */ steps) => {
    zoom = ZOOMS[Math.min(Math.max(ZOOMS.indexOf(zoom) + steps, 0), ZOOMS.length - 1)];
    sized();
  };
  async function update() {
    const one = which.value === "";
    if (one && selection.conversation === "") return fill(said, "No conversation is picked.");
    const path = one ? conversationPath(selection.conversation) : `/bots/${encodeURIComponent(which.value)}`;
    /** @type {Walked | null} */
    const walked = await getIfThere(`${path}/coverage`);
    if (walked === null) return fill(said, "It is gone.");
    const wanted = `${walked.bot_key}/${walked.bot_version}/${direction.value}`;
    if (wanted !== drawn || svg === null) {
      svg = taken(await drawing(`${path}/graph?style=none&direction=${direction.value}`));
      drawn = wanted;
      fill(canvas, svg);
      sized();
    }
    mark(svg, walked, said);
  }
  selection.changed(() => update().catch(() => {}));
  return {
    element: h("div", {},
      h("div", { class: "bar" }, field("Show", which), field("Direction", direction),
        button("−", () => zoomBy(-1), { "aria-label": "Smaller" }), button("+", () => zoomBy(1), { "aria-label": "Larger" })),
      said, canvas),
    async refresh(areas) {
      if (areas.has("bots") || areas.has("all")) {
        const before = which.value;
        const { bots } = await get("/bots");
        fill(which, h("option", { value: "" }, "the conversation"),
          bots.map((/** @type {any} */ it) => h("option", { value: it.key }, `all of ${it.name}`)));
        which.value = before;
      }
      if (["bots", "conversations", "all"].some((it) => areas.has(it))) await update();
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
