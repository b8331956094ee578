// The bot beside the page that talks to it: the newest conversation's place in the flow, and its events as they come. It
// stands in a frame of a page of this machine, and changes nothing.

import { conversationPath, get, pageAddress, takeToken } from "./api.js";
import { fill, h } from "./dom.js";
import { flowDrawing } from "./drawing.js";
import { connectionLine, follow } from "./live.js";
import { transcriptLog } from "./log.js";
import { Selection } from "./selection.js";
import { tabs } from "./tabs.js";
import { deliveriesFeed, requestsPanel } from "./traffic.js";

/** Smaller than this nothing can be read: the rest is scrolled to. */
const SMALLEST = 0.62;
const STATES = { live: "live", offline: "no connection: trying again", refused: "reload the page around this" };

const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

const selection = new Selection();
const drawing = flowDrawing((width, height) => {
  const { clientWidth, clientHeight } = drawing.canvas;
  return Math.min(1, Math.max(SMALLEST, Math.min((clientWidth - 2) / width, (clientHeight - 2) / height)));
});
const log = transcriptLog(selection);
const none = h("p", { class: "empty" }, "Say something in the chat: what happens shows here.");

/** Brings the block where the conversation stands into view. */
function toCurrent() {
  const { canvas } = drawing;
  const card = canvas.querySelector(".current");
  if (card === null) return;
  const [at, frame] = [card.getBoundingClientRect(), canvas.getBoundingClientRect()];
  const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
  canvas.scrollBy({ left: at.left + at.width / 2 - frame.left - frame.width / 2, top: at.top + at.height / 2 - frame.top - frame.height / 2, behavior });
}

/** A bot is drawn before anybody talks to it. */
async function showFlow() {
  const { bots } = await get("/bots");
  fill(part("about"), bots[0]?.name ?? "", " · ", h("a", { href: pageAddress(), target: "_blank", rel: "noopener" }, "all tools"));
  const path = selection.conversation ? conversationPath(selection.conversation) : bots[0] && `/bots/${encodeURIComponent(bots[0].key)}`;
  if (path) await drawing.show(path, "auto");
  toCurrent();
}

/** @param {import("./types.js").Areas} areas */
async function refresh(areas) {
  if (areas.has("conversations") || areas.has("all")) {
    const { conversations } = await get("/conversations?newest=1");
    selection.select(conversations[0]?.conversation ?? "");
  }
  if (["bots", "conversations", "all"].some((it) => areas.has(it))) await showFlow();
}

takeToken();
const tools = tabs([
  {
    id: "events", label: "Events", panel: {
      element: h("div", {}, log.option, none, log.element),
      async refresh(areas) {
        if (areas.has("all")) log.clear();
        none.hidden = selection.conversation !== "";
        await log.update();
      },
    },
  },
  { id: "calls", label: "Calls", panel: requestsPanel(selection) },
  { id: "webhooks", label: "Webhooks", panel: deliveriesFeed(selection) },
]);
fill(part("flow"), drawing.said, drawing.canvas);
fill(part("events"), tools.element);
new ResizeObserver(() => {
  drawing.sized();
  toCurrent();
}).observe(drawing.canvas);
await follow(async (areas) => {
  await refresh(areas);
  await tools.refresh(areas);
}, connectionLine(part("connection"), STATES));
