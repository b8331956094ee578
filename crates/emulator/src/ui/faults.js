// Fault rules: switched on and off, added and taken away, and how often each one struck.

import { call, get, post } from "./api.js";
import { attempt, button, field, fill, form, h } from "./dom.js";

/** The faults, and the fields that each one has beside those of all rules. */
const CALL_FAULTS = /** @type {Record<string, string[]>} */ ({
  drop_answer: [], drop_request: [], reset: ["when"], half_open: ["when"], cut_body: ["after_bytes"], slow_drip: ["bytes", "every_ms"],
  delay: ["delay_ms"], rate_limited: ["retry_after"], unavailable: ["retry_after"], server_error: [], bad_gateway: [],
  token_expired: [], channel_not_enabled: [], conversation_not_created: [], invalid_request: [], webhook_early: [],
});
const EVENT_FAULTS = /** @type {Record<string, string[]>} */ ({
  webhook_twice: [], webhook_never: [], webhook_late: ["delay_ms"], webhook_out_of_order: [], webhook_batched: [],
});
const NUMBERS = ["skip", "times", "chance", "delay_ms", "after_bytes", "bytes", "every_ms"];

/** @returns {import("./types.js").Panel & {badge: () => string}} */
export function faultsPanel() {
  /** @type {{rule: any, matched: number, struck: number}[]} */
  let rules = [];
  const list = h("ul", { class: "rules" });
  const none = h("p", { class: "empty" }, "No fault rule: everything works.");
  return {
    element: h("div", {}, none, list, addForm()),
    badge: () => {
      const on = rules.filter(({ rule }) => !rule.off).length;
      return on ? ` ${on}` : "";
    },
    async refresh(areas) {
      // Calls and events are counted by the rules that they meet.
      if (!["settings", "requests", "conversations", "all"].some((it) => areas.has(it))) return;
      ({ faults: rules } = await get("/faults"));
      none.hidden = rules.length > 0;
      show(list, rules);
    },
  };
}

/**
 * Rows are kept while they can be: who has the focus on one does not lose it to a count.
 * @param {HTMLElement} list
 * @param {{rule: any, matched: number, struck: number}[]} rules
 */
function show(list, rules) {
  const kept = [...list.children];
  const rows = rules.map(({ rule, matched, struck }, index) => {
    const { off, ...rest } = rule;
    const key = JSON.stringify(rest);
    const before = /** @type {HTMLElement | undefined} */ (kept[index]);
    const row = before?.dataset.rule === key ? before : ruleRow(index + 1, rest, key);
    row.querySelector('[role="switch"]')?.setAttribute("aria-checked", String(!off));
    fill(/** @type {Element} */ (row.querySelector(".counts")), `struck ${struck} of ${matched}`);
    return row;
  });
  if (rows.length !== kept.length || rows.some((row, index) => row !== kept[index])) list.replaceChildren(...rows);
}

/**
 * @param {number} number
 * @param {any} rule
 * @param {string} key
 */
function ruleRow(number, rule, key) {
  const { fault, ...settings } = rule;
  const toggle = h("button", {
    type: "button", role: "switch", "aria-label": `Rule ${number}: ${fault}`,
    onclick: () => attempt(() => call("PATCH", `/faults/${number}`, { off: toggle.getAttribute("aria-checked") === "true" })),
  });
  const words = Object.entries(settings).map(([name, value]) => `${name}: ${value}`).join(", ");
  return h("li", { "data-rule": key }, toggle, h("strong", {}, fault), h("span", {}, words), h("span", { class: "counts small" }),
    button("Remove", () => call("DELETE", `/faults/${number}`), { "aria-label": `Remove rule ${number}` }));
}

function addForm() {
  const options = (/** @type {string} */ label, /** @type {string[]} */ names) =>
    h("optgroup", { label }, names.map((it) => h("option", { value: it }, it)));
  const fault = h("select", { onchange: () => show() }, options("of calls", Object.keys(CALL_FAULTS)), options("of webhook events", Object.keys(EVENT_FAULTS)));
  const select = (/** @type {string[]} */ values) => h("select", {}, h("option", { value: "" }, "any"), values.map((it) => h("option", { value: it }, it)));
  const number = (/** @type {string} */ step = "1") => h("input", { type: "number", min: "0", step });
  const controls = /** @type {Record<string, HTMLInputElement | HTMLSelectElement>} */ ({
    call: select(["start", "send"]), event: h("input", { type: "text", placeholder: "message" }), by: select(["visitor", "bot", "agent"]),
    visitor: h("input", { type: "text" }), skip: number(), times: number(), chance: number("any"),
    when: select(["before", "after"]), delay_ms: number(), retry_after: h("input", { type: "text" }), after_bytes: number(), bytes: number(), every_ms: number(),
  });
  const rows = Object.entries(controls).map(([name, control]) => ({ name, control, row: field(name, control) }));
  const show = () => {
    const ofEvents = Object.hasOwn(EVENT_FAULTS, fault.value);
    const own = (ofEvents ? EVENT_FAULTS : CALL_FAULTS)[fault.value];
    const wanted = new Set([...(ofEvents ? ["event", "by"] : ["call"]), "visitor", "skip", "times", "chance", ...own]);
    rows.forEach(({ name, row }) => (row.hidden = !wanted.has(name)));
  };
  show();
  const rule = () => {
    const given = rows.filter(({ row, control }) => !row.hidden && control.value !== "");
    return Object.fromEntries([["fault", fault.value], ...given.map(({ name, control }) => [name, NUMBERS.includes(name) ? Number(control.value) : control.value])]);
  };
  return h("details", { open: true }, h("summary", {}, "Add a rule"),
    form({ "aria-label": "Add a fault rule" }, () => post("/faults", rule()),
      field("Fault", fault), h("div", { class: "grid" }, rows.map(({ row }) => row)),
      h("button", { type: "submit", class: "primary" }, "Add")));
}
