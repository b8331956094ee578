// What the tests of the emulator's page stand on: an emulator of their own, a browser, and pages that are watched
// for requests to elsewhere, errors and violations of the page's policy.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const EVERY_PROMPT = fileURLToPath(new URL("every-prompt.yaml", import.meta.url));
const DEADLINE_MS = 60_000;

const { chromium } = createRequire(`${ROOT}bindings/web/package.json`)("playwright-core");

export const launch = () =>
  chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });

/** An emulator in a process of its own. */
export class Emulator {
  static async start(...args) {
    const emulator = new Emulator();
    const flows = args.includes("--flow") ? [] : ["--flow", EVERY_PROMPT];
    emulator.process = spawn(process.env.WOTNOT_BIN, ["emulate", "--json", ...flows, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: emulator.process.stdout });
    const [line] = await once(lines, "line");
    lines.resume();
    emulator.ready = JSON.parse(line);
    return emulator;
  }

  async control(method, path, body) {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(this.ready.control_url + path, { method, headers, body: body && JSON.stringify(body) });
    assert.equal(answer.ok, true, `${method} ${path}: ${answer.status}`);
    return answer.json();
  }

  /** The newest conversation with everything that was said. */
  async newest() {
    const { conversations } = await this.control("GET", "/conversations");
    return this.control("GET", `/conversations/${conversations.at(-1).conversation}`);
  }

  /** Starts a conversation as a program does: by the service's own call, with the account's token. */
  async begin(visitor, headers = {}) {
    const message = { type: "text", data: { body: "Hello" } };
    const body = { channel: "API", bot_key: this.ready.bots[0].key, from: { user_external_id: visitor, type: "VISITOR" }, message };
    const answer = await fetch(`${this.ready.base_url}/api/v1/conversations`, {
      method: "POST",
      headers: { authorization: `Bearer ${this.ready.token}`, "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
    return answer.json();
  }

  async stop() {
    if (this.process.exitCode !== null) return;
    const ended = once(this.process, "exit");
    this.process.kill("SIGTERM");
    await ended;
  }
}

/** Opens the emulator's page in a context of its own. */
export async function open(browser, emulator, { url = emulator.ready.ui_url, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, ...options });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  const origin = new URL(emulator.ready.base_url).origin;
  const seen = { foreign: [], problems: [], violations: [] };
  page.on("request", (request) => {
    const to = request.url();
    if (!to.startsWith(`${origin}/`) && !to.startsWith("data:")) seen.foreign.push(to);
  });
  page.on("pageerror", (error) => seen.problems.push(String(error)));
  await page.exposeFunction("reportViolation", (text) => void seen.violations.push(text));
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => globalThis.reportViolation(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`));
  });
  await page.goto(url);
  return Object.assign(page, { seen });
}

/** Nothing went wrong that no one looked for; closes the page. */
export async function close(page) {
  assert.deepEqual(page.seen, { foreign: [], problems: [], violations: [] });
  await page.context().close();
}

export const live = (page) => page.locator('#connection[data-state="live"]').waitFor();

/** Waits until a check that throws no longer does. */
export async function until(check) {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Starts a conversation by the page's form. */
export async function begin(page, { visitor = "asha", variables = '{"contact": {"name": "Asha"}}' } = {}) {
  const form = page.getByRole("form", { name: "New conversation" });
  await form.getByLabel("Visitor's id").fill(visitor);
  await form.getByLabel("Variables").fill(variables);
  await form.getByRole("button", { name: "Start" }).click();
  await page.getByRole("heading", { name: visitor, exact: true }).waitFor();
}

/** Waits until the transcript says this. */
export const says = (page, text) => page.getByRole("log", { name: "Transcript" }).locator(".said").filter({ hasText: text }).last().waitFor();

/** The page of a tool, with its tab chosen. */
export async function tool(page, name) {
  await page.getByRole("tab", { name }).click();
  return page.getByRole("tabpanel", { name });
}

/** A server on another port: a webhook's endpoint, or a page of another origin. */
export async function serve(answer) {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => new Promise((done) => (server.close(done), server.closeAllConnections())) };
}

/** A webhook's endpoint that takes everything. */
export const endpoint = (token) =>
  serve((request, response) => {
    request.resume().on("end", () => response.setHeader("content-type", "application/json").end(JSON.stringify({ token })));
  });
