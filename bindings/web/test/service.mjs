// The real thing for tests: the vendor's stand-in and a gateway, each a process of its own, and a proxy that misbehaves.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

process.setMaxListeners(100);
export const DEADLINE_MS = Number(process.env.WOTNOT_DEADLINE_MS ?? 60_000);
const COMMAND = process.env.WOTNOT_BIN;

/** Waits until `met` gives something. */
export async function until(what, met) {
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    const found = await met();
    if (found) return found;
    if (Date.now() > end) assert.fail(`never: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/** Waits until the chat stands as asked. */
export function reached(chat, what, met) {
  return new Promise((done, fail) => {
    let leave = () => {};
    const look = () => {
      if (!met(chat.snapshot)) return;
      clearTimeout(timer);
      leave();
      done(chat.snapshot);
    };
    const timer = setTimeout(() => {
      leave();
      const { connection, status, messages, outbox, prompt, error } = chat.snapshot;
      const stand = { connection, status, messages: messages.length, outbox, prompt, error: error?.code };
      fail(new Error(`never: ${what}; ${JSON.stringify(stand)}`));
    }, DEADLINE_MS);
    leave = chat.subscribe(look);
    look();
  });
}

/** The prompt of a kind, once the bot asks it. */
export async function asked(chat, kind) {
  const { prompt } = await reached(chat, `a question of the kind ${kind}`, ({ prompt }) => prompt?.kind === kind);
  return prompt;
}

/** What was said, as `who: text`. */
export const lines = (snapshot) => snapshot.messages.map(({ by, text }) => `${by}: ${text}`);

export const ROOT = process.env.WOTNOT_ROOT ?? new URL("../../../", import.meta.url).pathname;

class Process {
  #child;

  async start(args, cwd, env = {}) {
    assert(COMMAND, "WOTNOT_BIN must name the wotnot command");
    const child = (this.#child = spawn(COMMAND, args, { cwd, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] }));
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
    let errors = "";
    this.#child.stderr.on("data", (text) => (errors = (errors + text).slice(-4_000)));
    const output = createInterface({ input: this.#child.stdout });
    const [line] = await Promise.race([
      once(output, "line"),
      once(this.#child, "exit").then(() => assert.fail(`${args[0]} ended at its start: ${errors}`)),
    ]);
    // A test that failed leaves it behind: it neither keeps the run alive nor outlives it.
    for (const held of [this.#child, this.#child.stdout, this.#child.stderr]) held.unref();
    return line;
  }

  /** Ends it at once, as a loss of power would. */
  async kill(signal = "SIGKILL") {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const ended = once(child, "exit");
    child.kill(signal);
    await ended;
  }
}

const SECRET = "the-secret-of-the-webhook";

/** The stand-in with a sample flow, and a gateway before it that can be killed and started again. */
export class Service {
  /** `site` and `section` are lines of the configuration; `sites`, given the bots, names sites instead of the one for the first. */
  static async start({ flow = "demo", flows = [flow], site = "", sites, section = "", faults, files = {} } = {}) {
    const service = new Service();
    service.folder = mkdtempSync(join(tmpdir(), "wotnot-web-"));
    const args = ["emulate", "--json", "--quiet"];
    for (const flow of flows) {
      // A sample's name, or a flow of its own.
      let file = join(ROOT, `flows/${flow}.yaml`);
      if (flow.includes("\n")) writeFileSync((file = join(service.folder, `flow-${args.length}.yaml`)), flow);
      args.push("--flow", file);
    }
    if (faults) {
      writeFileSync(join(service.folder, "faults.yaml"), faults);
      args.push("--faults", join(service.folder, "faults.yaml"));
    }
    const ready = JSON.parse(await service.emulator.start(args));
    service.control = ready.control_url;
    service.write("token", ready.token);
    service.write("webhook-token", "webhook-token");
    service.write("webhook-secret", SECRET);
    for (const [name, text] of Object.entries(files)) service.write(name, text);
    service.config = (port) => `data = "data"
${section}
[listen]
public = "127.0.0.1:${port}"
admin = "127.0.0.1:0"
[[account]]
name = "main"
token_file = "token"
webhook_token_file = "webhook-token"
webhook_secret_file = "webhook-secret"
base_url = "${ready.base_url}"
${sites ? sites(ready.bots) : `[[site]]\nname = "shop"\napp = "shop-app"\nbot_key = "${ready.bots[0].key}"\n${site}`}
`;
    await service.startGateway(0);
    return service;
  }

  emulator = new Process();
  gateway = new Process();

  write(name, text) {
    writeFileSync(join(this.folder, name), text);
  }

  async startGateway(port = new URL(this.url).port) {
    this.write("gateway.toml", this.config(port));
    const line = await this.gateway.start(["gateway", "--config", join(this.folder, "gateway.toml")], this.folder);
    this.url = line.replace("listening at ", "");
    await this.put("webhook", { url: `${this.url}/hook/${SECRET}`, token: "webhook-token" });
  }

  /** kill -9, and the same gateway again at the same place. */
  async restartGateway() {
    await this.gateway.kill();
    await this.startGateway();
  }

  /** Sends the stand-in a command over its control API. */
  async put(path, body, method = "PUT") {
    const response = await fetch(`${this.control}/${path}`, { method, body: JSON.stringify(body) });
    assert(response.ok, `${path}: ${response.status} ${await response.text()}`);
  }

  async conversations() {
    return (await fetch(`${this.control}/conversations`)).json();
  }

  async stop() {
    await Promise.all([this.gateway.kill(), this.emulator.kill()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What the stand-in received from visitors, in every conversation. */
export async function said(service) {
  const { conversations } = await service.conversations();
  const texts = [];
  for (const { conversation } of conversations) {
    const { entries } = await (await fetch(`${service.control}/conversations/${conversation}`)).json();
    const messages = entries.map(({ event }) => event.event.payload).filter((payload) => payload.message_by?.type === "visitor");
    texts.push(messages.map(({ message }) => message.text ?? message.payload.body));
  }
  return texts;
}

/** `wotnot gateway --dev`, or another command that serves its page: the sample bot, a page, and every loopback origin. */
export class DevService {
  static async start(command = ["gateway", "--dev"]) {
    const service = new DevService();
    service.folder = mkdtempSync(join(tmpdir(), "wotnot-web-"));
    const data = command.includes("--dev") ? ["--port", "0", "--data", service.folder] : [];
    service.url = await service.gateway.start([...command, ...data], undefined, { TMPDIR: service.folder });
    return service;
  }

  gateway = new Process();

  async stop() {
    await this.gateway.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A proxy before a gateway; `fault(request)` says what goes wrong: `muted`, `cut`, `lost`, `portal`, a refusal, or nothing; a promise holds the call. */
export class Proxy {
  static async start(target) {
    const proxy = new Proxy();
    proxy.target = target;
    proxy.server = createServer((request, response) => proxy.#pass(request, response));
    proxy.server.listen(0, "127.0.0.1");
    await once(proxy.server, "listening");
    proxy.url = `http://127.0.0.1:${proxy.server.address().port}`;
    return proxy;
  }

  fault = () => undefined;
  /** What was asked, as `METHOD path`. */
  seen = [];

  async #pass(request, response) {
    const isStream = request.headers.accept === "text/event-stream";
    this.seen.push(`${request.method} ${request.url}${isStream ? " stream" : ""}`);
    const fault = await this.fault({ method: request.method, url: request.url, isStream });
    if (fault === "cut") return request.socket.destroy();
    if (fault === "portal") return response.writeHead(200, { "content-type": "text/html" }).end("<p>Log in</p>");
    if (typeof fault === "object") {
      response.writeHead(fault.status, { "content-type": "application/json" });
      return response.end(JSON.stringify({ error: { message: "refused", retryable: false, retry_after_ms: null, ...fault.error } }));
    }
    const onwards = httpRequest(this.target + request.url, { method: request.method, headers: request.headers }, (answer) => {
      // It is taken, and its answer is lost.
      if (fault === "lost") return request.socket.destroy();
      response.writeHead(answer.statusCode, answer.headers);
      // A proxy that holds the body back.
      if (fault === "muted") return response.flushHeaders();
      answer.pipe(response);
    });
    onwards.on("error", () => request.socket.destroy());
    response.on("close", () => onwards.destroy());
    request.pipe(onwards);
  }

  /** Breaks every connection that is open. */
  cutAll() {
    this.server.closeAllConnections();
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

/** A storage as browsers have it, which tests can look into and hand to the next page. */
export class MemoryStorage {
  values = new Map();
  get length() {
    return this.values.size;
  }
  key = (index) => [...this.values.keys()][index] ?? null;
  getItem = (key) => this.values.get(key) ?? null;
  setItem = (key, value) => void this.values.set(key, value);
  removeItem = (key) => void this.values.delete(key);
}

/** A storage as the tabs of a browser share it: each sees its own copy, and gets the others' changes later. */
export class SharedStorage {
  #tabs = [];
  #changes = [];
  #values = new Map();

  /** What a tab sees. */
  tab() {
    const values = new Map(this.#values);
    this.#tabs.push(values);
    const change = (key, value) => {
      apply(values, key, value);
      this.#changes.push([key, value]);
    };
    return {
      get length() {
        return values.size;
      },
      key: (index) => [...values.keys()][index] ?? null,
      getItem: (key) => values.get(key) ?? null,
      setItem: (key, value) => change(key, value),
      removeItem: (key) => change(key, null),
    };
  }

  /** Every tab gets every change. */
  settle() {
    for (const [key, value] of this.#changes.splice(0)) for (const values of [this.#values, ...this.#tabs]) apply(values, key, value);
  }
}

function apply(values, key, value) {
  if (value === null) values.delete(key);
  else values.set(key, value);
}
