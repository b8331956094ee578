// Puts the page together: three panes that follow the emulator's changes.

import { get, post, setToken, takeToken } from "./api.js";
import { chat } from "./chat.js";
import { clockPanel } from "./clock.js";
import { conversationList } from "./conversations.js";
import { alertElement, attempt, field, fill, form, h } from "./dom.js";
import { faultsPanel } from "./faults.js";
import { findingsPanel } from "./findings.js";
import { flowPanel } from "./flow.js";
import { connectionLine, follow } from "./live.js";
import { Selection } from "./selection.js";
import { tabs } from "./tabs.js";
import { deliveriesPanel, requestsPanel } from "./traffic.js";

const part = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));

const STATES = { live: "live", offline: "no connection: trying again", refused: "the control token is missing or wrong" };

/** Asks for the token of who came without it: it stands in the address that `wotnot emulate` prints. */
function askForToken() {
  const token = h("input", { type: "password", required: true, autocomplete: "off" });
  const asked = form({ class: "token", "aria-label": "Control token" }, () => {
    setToken(token.value.trim());
    location.reload();
  },
  h("h2", {}, "Control token"),
  h("p", {}, "Open the address that ", h("code", {}, "wotnot emulate"), " prints as its page, or paste the control API's token."),
  field("Token", token), h("button", { type: "submit", class: "primary" }, "Open"));
  fill(part("main"), asked);
  part("reset").hidden = true;
  token.focus();
}

async function showAbout() {
  const [{ version, seed }, { bots }] = await Promise.all([get("/health"), get("/bots")]);
  const names = bots.map((/** @type {import("./types.js").Bot} */ it) => `${it.key} v${it.version}`).join(", ");
  part("about").textContent = `${version} · seed ${seed} · ${names}`;
}

async function run() {
  const hasToken = takeToken();
  // A new address in the same tab, with the token of an emulator that was restarted.
  addEventListener("hashchange", () => {
    if (new URLSearchParams(location.hash.slice(1)).has("token")) location.reload();
  });
  if (!hasToken) return askForToken();
  const selection = new Selection();
  const list = conversationList(selection);
  const talk = chat(selection);
  const tools = tabs([
    { id: "flow", label: "Flow", panel: flowPanel(selection) },
    { id: "requests", label: "Requests", panel: requestsPanel(selection) },
    { id: "webhooks", label: "Webhooks", panel: deliveriesPanel(selection) },
    { id: "faults", label: "Faults", panel: faultsPanel() },
    { id: "clock", label: "Clock", panel: clockPanel() },
    { id: "findings", label: "Findings", panel: findingsPanel() },
  ]);
  fill(part("list"), list.element);
  part("main").before(alertElement);
  fill(part("chat"), talk.element);
  fill(part("tools"), tools.element);
  part("reset").addEventListener("click", () => attempt(async () => {
    if (confirm("Forget all conversations, requests and deliveries, and put clock and faults back as they were at the start?")) await post("/reset");
  }));
  await follow(async (areas) => {
    if (areas.has("bots") || areas.has("all")) await showAbout();
    await list.refresh(areas);
    await Promise.all([talk.refresh(areas), tools.refresh(areas)]);
  }, connectionLine(part("connection"), STATES));
  askForToken();
}

void run();
