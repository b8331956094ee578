// Chromium behind real proxies that hold streams back: the client polls, and streams again when they let it.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { said, Service } from "../service.mjs";
import { answer, asked, Browser, ended, leave, say, shown, stands } from "./chromium.mjs";
import { HaProxy, Nginx } from "./proxies.mjs";
import { Site } from "./site.mjs";

const WHOLE = [
  "visitor: Hello", "bot: Hi", "bot: What is it about?", "visitor: Sales", "bot: How old are you?", "visitor: 30", "bot: Thank you",
];

describe("behind a proxy", { concurrency: 3 }, () => {
  let browser;
  before(async () => (browser = await Browser.start()));
  after(() => browser?.stop());

  const chatThrough = async (Proxy, options, steps) => {
    const site = await Site.start();
    const service = await Service.start({ site: `origins = ["${site.url}"]` });
    const proxy = await Proxy.start(service.url, options);
    const visitor = await browser.visitor();
    try {
      const page = await visitor.newPage();
      await page.goto(site.add("chat", `
        import { createChat } from "/wotnot-web/index.js";
        window.chat = createChat({ gateway: "${proxy.url}", streamRetryMs: 500 });
        window.states = [];
        window.chat.subscribe(() => window.states.push(window.chat.snapshot.connection));
      `, { gateway: proxy.url }));
      await say(page, "Hello");
      await asked(page, "choice");
      await steps(page, proxy);
      await ended(page);
      assert.deepEqual(await shown(page), WHOLE);
      assert.deepEqual(await said(service), [["Hello", "Sales", "30"]]);
      await leave(visitor);
    } finally {
      await visitor.close();
      await Promise.all([proxy, site, service].map((it) => it.stop()));
    }
  };
  const pollThenStream = async (page, proxy) => {
    await stands(page, "polls", (chat) => chat.connection === "polling");
    assert(!(await page.evaluate(() => window.states.includes("live"))), "no stream got through");
    await answer(page, { option: "o1" });
    await asked(page, "slider");
    await proxy.change({});
    await stands(page, "a stream", (chat) => chat.connection === "live");
    await answer(page, { value: 30 });
  };
  const stream = async (page) => {
    await answer(page, { option: "o1" });
    await asked(page, "slider");
    await answer(page, { value: 30 });
    await ended(page);
    assert.deepEqual(await page.evaluate(() => window.states.filter((state) => state === "polling")), []);
  };

  test("nginx as the documentation sets it up passes streams on", () => chatThrough(Nginx, {}, stream));
  test("HAProxy as the documentation sets it up passes streams on", () => chatThrough(HaProxy, {}, stream));
  test("an nginx that collects answers gives way to polls", () => chatThrough(Nginx, { holdsBack: true }, pollThenStream));
  test("a HAProxy that waits for more gives way to polls", () => chatThrough(HaProxy, { holdsBackFor: "60s" }, pollThenStream));
  test("a HAProxy that waits and then refuses gives way to polls", () => chatThrough(HaProxy, { holdsBackFor: "1s" }, pollThenStream));
});
