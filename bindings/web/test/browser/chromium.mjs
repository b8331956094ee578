// Chromium, and what tests ask of a page whose chat is `window.chat`.

import assert from "node:assert/strict";
import { chromium } from "playwright-core";
import { DEADLINE_MS } from "../service.mjs";

export class Browser {
  /** What no page may do: violate its policy, leave an error uncaught. */
  complaints = [];

  static async start() {
    const browser = new Browser();
    browser.chromium = await chromium.launch({
      executablePath: process.env.WOTNOT_CHROMIUM ?? "/usr/bin/chromium",
      // As root, and in containers with little shared memory.
      args: ["--no-sandbox", "--disable-dev-shm-usage"],
    });
    return browser;
  }

  /** A visitor's browser: storage and tabs of its own. */
  async visitor(options = {}) {
    const context = await this.chromium.newContext(options);
    context.setDefaultTimeout(DEADLINE_MS);
    context.on("page", (page) => {
      page.on("pageerror", (error) => this.complaints.push(String(error)));
      page.on("console", (message) => {
        if (/Content Security Policy|Trusted ?(Types|HTML|Script)/.test(message.text())) this.complaints.push(message.text());
      });
    });
    return context;
  }

  /** Asserts that no page complained since the last time. */
  assertContent() {
    assert.deepEqual(this.complaints.splice(0), []);
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
