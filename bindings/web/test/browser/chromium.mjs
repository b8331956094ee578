// Chromium, and what tests ask of a page whose chat is `window.chat`.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { DEADLINE_MS } from "../service.mjs";

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#c9b28f"/><circle cx="8" cy="4.5" r="2.5" fill="#7a4b2a"/></svg>';

/** Closes a visitor's browser, none of whose pages complained. */
export async function leave(visitor) {
  await visitor.close();
  assert.deepEqual(visitor.complaints.splice(0), []);
}

export class Browser {
  #visitors = [];

  static async start(args = []) {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      executablePath: process.env.WOTNOT_CHROMIUM ?? "/usr/bin/chromium",
      // As root, and in containers with little shared memory.
      args: ["--no-sandbox", "--disable-dev-shm-usage", ...args],
    });
    return browser;
  }

  /** A visitor's browser: storage and tabs of its own. Its `complaints` are what no page may do: violate its policy, leave an error uncaught. */
  async visitor(options = {}) {
    const context = await this.chromium.newContext(options);
    context.setDefaultTimeout(DEADLINE_MS);
    context.complaints = [];
    this.#visitors.push(context);
    context.on("page", (page) => {
      page.on("pageerror", (error) => context.complaints.push(String(error)));
      page.on("console", (message) => {
        if (/Content Security Policy|Trusted ?(Types|HTML|Script)/.test(message.text())) context.complaints.push(message.text());
      });
    });
    // The pictures of sample bots: nothing leaves this machine.
    await context.route(/^https?:\/\/(?!127\.0\.0\.1)/, (route) => route.fulfill({ contentType: "image/svg+xml", body: PICTURE }));
    return context;
  }

  /** Asserts that no page of any visitor's complained since the last time. */
  assertContent() {
    assert.deepEqual(this.#visitors.flatMap(({ complaints }) => complaints.splice(0)), []);
  }

  stop() {
    return this.chromium.close();
  }
}

/** Waits until the page's chat stands so; `met` runs in the page, with the snapshot and `given`. Gives what `met` gave. */
export async function stands(page, what, met, given) {
  const look = `(() => { const chat = window.chat; return chat ? (${met})(chat.snapshot, ${JSON.stringify(given) ?? "undefined"}) : null; })()`;
  const end = Date.now() + DEADLINE_MS;
  for (;;) {
    // A page that is being left has nothing to say.
    const found = await page.evaluate(look).catch((error) => {
      if (/context was destroyed|navigat/i.test(error.message)) return null;
      throw error;
    });
    if (found) return found;
    if (Date.now() > end) {
      const snapshot = await page.evaluate("JSON.stringify({ ...window.chat?.snapshot, capabilities: null })");
      assert.fail(`never: ${what}; ${snapshot}`);
    }
    await new Promise((done) => setTimeout(done, 15));
  }
}

export const asked = (page, kind) => stands(page, `a question of the kind ${kind}`, (chat, kind) => chat.prompt?.kind === kind, kind);
export const ended = (page) => stands(page, "the end", (chat) => chat.status === "ended");
export const say = (page, text) => page.evaluate((text) => window.chat.send(text), text);
export const answer = (page, answer) => page.evaluate((answer) => window.chat.answer(window.chat.snapshot.prompt, answer), answer);
/** What was said, as `who: text`. */
export const shown = (page) => page.evaluate(() => window.chat.snapshot.messages.map(({ by, text }) => `${by}: ${text}`));
