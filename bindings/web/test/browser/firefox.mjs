// Firefox by WebDriver BiDi, which it speaks itself: the few commands that a smoke run needs.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DEADLINE_MS, until } from "../service.mjs";

const COMMAND = process.env.WOTNOT_FIREFOX ?? "firefox-esr";

export class Firefox {
  #waiting = new Map();
  #last = 0;

  static async start() {
    const firefox = new Firefox();
    firefox.folder = mkdtempSync(join(tmpdir(), "wotnot-firefox-"));
    const args = ["--headless", "--no-remote", "--profile", firefox.folder, "--remote-debugging-port", "0", "about:blank"];
    // A home of its own: as root it refuses one that is another user's.
    firefox.child = spawn(COMMAND, args, { env: { ...process.env, HOME: firefox.folder }, stdio: ["ignore", "ignore", "pipe"] });
    process.once("exit", () => firefox.child.kill("SIGKILL"));
    firefox.ended = once(firefox.child, "exit");
    const url = await Promise.race([
      firefox.#listening(),
      firefox.ended.then(() => assert.fail(`${COMMAND} ended at its start`)),
    ]);
    firefox.socket = new WebSocket(`${url}/session`);
    firefox.socket.onmessage = ({ data }) => firefox.#take(JSON.parse(data));
    await once(firefox.socket, "open");
    await firefox.command("session.new", { capabilities: {} });
    return firefox;
  }

  async #listening() {
    for await (const line of createInterface({ input: this.child.stderr })) {
      const [, url] = line.match(/WebDriver BiDi listening on (ws:\S+)/) ?? [];
      if (url) return url;
    }
    return new Promise(() => {});
  }

  #take({ id, type, result, error, message }) {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (type === "success") waiting?.done(result);
    else waiting?.fail(new Error(`${error}: ${message}`));
  }

  command(method, params) {
    const id = ++this.#last;
    const answer = new Promise((done, fail) => this.#waiting.set(id, { done, fail }));
    const late = setTimeout(() => this.#take({ id, error: "timeout", message: method }), DEADLINE_MS);
    this.socket.send(JSON.stringify({ id, method, params }));
    return answer.finally(() => clearTimeout(late));
  }

  /** Another tab, with what its documents complain of in `window.complaints`. */
  async open(url) {
    const watch = `() => {
      window.complaints = [];
      addEventListener("error", ({ message }) => window.complaints.push(message));
      addEventListener("unhandledrejection", ({ reason }) => window.complaints.push(String(reason)));
      addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI }) => window.complaints.push(effectiveDirective + " " + blockedURI));
    }`;
    if (!this.watching) await this.command("script.addPreloadScript", { functionDeclaration: watch });
    this.watching = true;
    const { context } = await this.command("browsingContext.create", { type: "tab" });
    const tab = new Tab(this, context);
    await tab.go(url);
    return tab;
  }

  async stop() {
    // It has unsent requests of its own at times, for which it would wait.
    this.child.kill("SIGKILL");
    await this.ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

class Tab {
  constructor(firefox, context) {
    this.firefox = firefox;
    this.context = context;
  }

  go = (url) => this.firefox.command("browsingContext.navigate", { context: this.context, url, wait: "complete" });
  reload = () => this.firefox.command("browsingContext.reload", { context: this.context, wait: "complete" });
  close = () => this.firefox.command("browsingContext.close", { context: this.context });

  /** Runs a function in the page, with JSON in and out. */
  async evaluate(run, ...given) {
    const expression = `(async () => JSON.stringify(await (${run})(...${JSON.stringify(given)})) ?? "null")()`;
    const { type, result, exceptionDetails } = await this.firefox.command("script.evaluate", {
      expression, target: { context: this.context }, awaitPromise: true,
    });
    if (type === "exception") assert.fail(`in the page: ${exceptionDetails.text}`);
    return JSON.parse(result.value);
  }

  /** Waits until the page's chat stands so; `met` runs in the page with the snapshot. */
  stands(what, met) {
    return until(what, () => this.evaluate(`() => window.chat && (${met})(window.chat.snapshot)`));
  }

  /** Types into what has the focus, or presses a key by its name. */
  keys(...keys) {
    const actions = keys.flatMap((value) => [{ type: "keyDown", value }, { type: "keyUp", value }]);
    return this.firefox.command("input.performActions", { context: this.context, actions: [{ type: "key", id: "keyboard", actions }] });
  }
}
