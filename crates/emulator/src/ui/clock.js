// The emulator's clock: it runs or stands still, is set, and is moved on.

import { get, post } from "./api.js";
import { button, field, form, h } from "./dom.js";

const STEPS = /** @type {[string, number][]} */ ([["1 second", 1_000], ["1 minute", 60_000], ["1 hour", 3_600_000], ["1 day", 86_400_000]]);

/** @returns {import("./types.js").Panel & {badge: () => string}} */
export function clockPanel() {
  const shown = h("p", { class: "clock", id: "clock" });
  const mode = h("p", { id: "clock-mode", role: "status" });
  let frozen = false;
  /** How far the emulator's time is ahead of this page's, in milliseconds. */
  let ahead = 0;
  let stands = "";
  const show = () => {
    shown.textContent = frozen ? stands : new Date(Date.now() + ahead).toISOString().slice(0, 19).replace("T", " ");
    mode.textContent = frozen ? "The clock stands still." : "The clock runs.";
    toggle.textContent = frozen ? "Let it run" : "Freeze";
  };
  const toggle = button("Freeze", () => post("/clock", { mode: frozen ? "running" : "frozen" }));
  const time = h("input", { type: "text", required: true, placeholder: "2026-01-01 00:00:00" });
  setInterval(() => !frozen && show(), 1_000);
  return {
    element: h("div", {}, shown, mode, h("div", { class: "actions" }, toggle),
      h("div", { class: "actions", role: "group", "aria-label": "Move the clock on" },
        STEPS.map(([label, ms]) => button(`+ ${label}`, () => post("/clock", { advance_ms: ms })))),
      form({ class: "composer", "aria-label": "Set the clock" }, () => post("/clock", { now: time.value }),
        field("Time (UTC, or with its zone)", time), h("button", { type: "submit" }, "Set")),
      h("p", { class: "small" }, "Delays of flows, and the ends of tokens, follow this clock; webhooks are tried again by the machine's.")),
    badge: () => (frozen ? " frozen" : ""),
    async refresh(areas) {
      if (!areas.has("settings") && !areas.has("all")) return;
      const clock = await get("/clock");
      frozen = clock.mode === "frozen";
      stands = clock.now.slice(0, 23);
      ahead = Date.parse(`${clock.now.slice(0, 23).replace(" ", "T")}Z`) - Date.now();
      show();
    },
  };
}
