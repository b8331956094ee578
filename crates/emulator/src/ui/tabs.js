// Tabs: arrows go from one to the next, and the chosen one stands in the address. What is hidden asks for nothing,
// but for those that show something on their tab.

import { attempt, h } from "./dom.js";
import { keep } from "./selection.js";

/** @typedef {import("./types.js").Panel} Panel */

/**
 * @param {{id: string, label: string, panel: Panel & {badge?: () => string}}[]} all
 * @returns {Panel}
 */
export function tabs(all) {
  const first = new URLSearchParams(location.hash.slice(1)).get("tab");
  let chosen = Math.max(all.findIndex((it) => it.id === first), 0);
  const parts = all.map(({ id, label, panel }, index) => {
    const badge = h("span", { class: "badge" });
    const tab = h("button", {
      type: "button", role: "tab", id: `tab-${id}`, "aria-controls": `panel-${id}`,
      onclick: () => choose(index),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        const to = { ArrowRight: index + 1, ArrowLeft: index - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
        if (to === undefined) return;
        event.preventDefault();
        choose(to % all.length);
        parts[chosen].tab.focus();
      },
    }, label, badge);
    const body = h("div", { role: "tabpanel", id: `panel-${id}`, "aria-labelledby": `tab-${id}`, class: "panel" }, panel.element);
    /** @type {import("./types.js").Areas} */
    const missed = new Set();
    return { tab, body, badge, panel, missed };
  });
  const show = () => parts.forEach(({ tab, body, badge, panel }, index) => {
    tab.setAttribute("aria-selected", String(index === chosen));
    tab.tabIndex = index === chosen ? 0 : -1;
    body.hidden = index !== chosen;
    badge.textContent = panel.badge?.() ?? "";
  });
  /** @param {number} index */
  function choose(index) {
    chosen = index;
    keep("tab", all[index].id);
    show();
    void attempt(() => refresh(parts[index]));
  }
  /** @param {typeof parts[number]} part */
  async function refresh({ panel, missed }) {
    const areas = new Set(missed);
    missed.clear();
    if (areas.size > 0) await panel.refresh(areas);
  }
  show();
  return {
    element: h("div", { class: "pane" },
      h("h2", { class: "hidden" }, "Tools"),
      h("div", { role: "tablist", "aria-label": "Tools" }, parts.map(({ tab }) => tab)), parts.map(({ body }) => body)),
    async refresh(areas) {
      parts.forEach(({ missed }) => areas.forEach((area) => missed.add(area)));
      await Promise.all(parts.filter(({ panel, body }) => panel.badge || !body.hidden).map(refresh));
      show();
    },
  };
}
