// The flow as a drawing, of one conversation or of all of a bot, in a direction and a size of one's choice.

import { conversationPath, get } from "./api.js";
import { attempt, button, field, fill, h } from "./dom.js";
import { flowDrawing } from "./drawing.js";

const ZOOMS = [0.25, 0.35, 0.5, 0.7, 0.85, 1, 1.25, 1.5, 2];

/**
 * @param {import("./selection.js").Selection} selection
 * @returns {import("./types.js").Panel}
 */
export function flowPanel(selection) {
  const which = h("select", { onchange: () => attempt(update) });
  const direction = h("select", { onchange: () => attempt(update) },
    ["auto", "right", "down"].map((it) => h("option", { value: it }, it)));
  let zoom = 0.7;
  const { said, canvas, sized, show } = flowDrawing(() => zoom);
  const zoomBy = (/** @type {number} */ steps) => {
    zoom = ZOOMS[Math.min(Math.max(ZOOMS.indexOf(zoom) + steps, 0), ZOOMS.length - 1)];
    sized();
  };
  async function update() {
    const one = which.value === "";
    if (one && selection.conversation === "") return fill(said, "No conversation is picked.");
    await show(one ? conversationPath(selection.conversation) : `/bots/${encodeURIComponent(which.value)}`, direction.value);
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
