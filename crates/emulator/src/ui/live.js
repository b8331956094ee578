// Waits for changes and says which areas they are in, one after the other.

import { CallError, get } from "./api.js";

/** @typedef {import("./types.js").Numbers} Numbers */
/** @typedef {import("./types.js").Areas} Areas */

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 4_000;
/** Under load there is always something new; this often it is shown. */
const ROUND_MS = 100;

const sleep = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Who looks at another tab waits for nothing: a browser has few connections to one server. */
function visible() {
  if (document.visibilityState === "visible") return Promise.resolve();
  return new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
}

/**
 * @param {Numbers | null} before
 * @param {Numbers} now
 * @returns {Areas}
 */
export function changedAreas(before, now) {
  const names = /** @type {(keyof Numbers)[]} */ (Object.keys(now));
  return new Set(names.filter((name) => before === null || before[name] !== now[name]));
}

/**
 * Says how the connection is; what it said already is not said again.
 * @param {HTMLElement} element
 * @param {Record<"live" | "offline" | "refused", string>} words
 */
export const connectionLine = (element, words) => (/** @type {"live" | "offline" | "refused"} */ state) => {
  if (element.dataset.state === state) return;
  element.dataset.state = state;
  element.textContent = words[state];
};

/**
 * Never returns but when the token is refused.
 * @param {(areas: Areas) => Promise<void>} changed
 * @param {(state: "live" | "offline" | "refused") => void} show
 */
export async function follow(changed, show) {
  /** @type {Numbers | null} */
  let seen = null;
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    try {
      await visible();
      /** @type {Numbers} */
      const now = await get(seen === null ? "/changes?wait_ms=0" : `/changes?after=${seen.change}`);
      const areas = changedAreas(seen, now);
      if (areas.size > 0) await Promise.all([changed(areas), seen === null ? null : sleep(ROUND_MS)]);
      seen = now;
      pause = FIRST_PAUSE_MS;
      show("live");
    } catch (error) {
      if (error instanceof CallError && (error.status === 401 || error.status === 403)) return show("refused");
      show("offline");
      // What was seen may be of an emulator that is gone: everything is asked for again.
      seen = null;
      await sleep(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}
