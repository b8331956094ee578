// The client in Chromium, on pages of another origin than the gateway's, under a strict policy with Trusted Types.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Proxy, said, Service, until } from "../service.mjs";
import { answer, asked, Browser, ended, leave, say, shown, stands } from "./chromium.mjs";
import { Site } from "./site.mjs";

const WHOLE = [
  "visitor: Hello", "bot: Hi", "bot: What is it about?", "visitor: Sales", "bot: How old are you?", "visitor: 30", "bot: Thank you",
];

describe("in Chromium", () => {
  let service, proxy, site, browser, visitor, url;
  before(async () => {
    site = await Site.start();
    const limits = 'limits = {sessions = {address = "off"}, starts = {address = "off"}}';
    service = await Service.start({ site: `origins = ["${site.url}"]\n${limits}`, section: '[files]\nurl = "http://127.0.0.1:1"\n' });
    proxy = await Proxy.start(service.url);
    url = site.add("chat", `
      import { createChat } from "/wotnot-web/index.js";
      window.chat = createChat({ gateway: "${proxy.url}" });
      window.chat.subscribe(() => {});
    `, { gateway: proxy.url });
    site.add("none", "", { gateway: proxy.url });
    browser = await Browser.start();
  });
  after(async () => {
    await browser?.stop();
    await Promise.all([proxy, site, service].map((it) => it?.stop()));
  });
  beforeEach(async () => {
    await service.put("reset", {}, "POST");
    proxy.fault = () => undefined;
    proxy.seen.length = 0;
    visitor = await browser.visitor();
  });
  afterEach(() => leave(visitor));
  const open = async () => {
    const page = await visitor.newPage();
    await page.goto(url);
    return page;
  };
  const streams = () => proxy.seen.filter((line) => line.endsWith("stream")).length;

  test("the page's policy is in force", async () => {
    const page = await open();
    const kinds = await page.evaluate(async () => {
      const seen = [];
      document.addEventListener("securitypolicyviolation", ({ effectiveDirective }) => seen.push(effectiveDirective));
      await fetch("http://127.0.0.1:1/").catch(() => {});
      try {
        document.body.innerHTML = "<b>bold</b>";
      } catch {
        // Refused, as it should be.
      }
      return new Promise((done) => setTimeout(() => done(seen)));
    });
    assert.deepEqual(kinds.sort(), ["connect-src", "require-trusted-types-for"]);
    const noticed = visitor.complaints.splice(0).join("\n");
    assert.match(noticed, /connect-src/);
    assert.match(noticed, /TrustedHTML/);
  });

  test("a conversation goes through, with a reload at every step", async () => {
    const page = await open();
    await say(page, "Hello");
    await page.reload();
    await asked(page, "choice");
    await page.reload();
    await asked(page, "choice");
    await answer(page, { option: "o1" });
    await page.reload();
    await asked(page, "slider");
    await answer(page, { value: 30 });
    await page.reload();
    await ended(page);
    assert.deepEqual(await shown(page), WHOLE);
    await stands(page, "nothing that waits", ({ outbox }) => outbox.length === 0);
    assert.deepEqual(await said(service), [["Hello", "Sales", "30"]]);
  });

  test("a visitor who does not open the window costs no call", async () => {
    const page = await open();
    await page.waitForLoadState("networkidle");
    assert.equal(await page.evaluate(() => window.chat.snapshot.connection), "idle");
    assert.deepEqual(proxy.seen, []);
  });

  test("seven tabs share one stream, and another tab takes over when the reading one is closed", async () => {
    const tabs = [await open()];
    await say(tabs[0], "Hello");
    await asked(tabs[0], "choice");
    while (tabs.length < 7) tabs.push(await open());
    for (const tab of tabs) {
      await asked(tab, "choice");
      await stands(tab, "a stream", (chat) => chat.connection === "live");
    }
    assert.equal(streams(), 1);
    await answer(tabs[6], { option: "o1" });
    for (const tab of tabs) await asked(tab, "slider");
    assert.equal(streams(), 1);
    await tabs.shift().close();
    await until("another stream", () => streams() === 2);
    await answer(tabs[2], { value: 30 });
    for (const tab of tabs) {
      await ended(tab);
      assert.deepEqual(await shown(tab), WHOLE);
    }
    assert.equal(streams(), 2);
  });

  test("a conversation that one tab begins shows in the others", async () => {
    const [first, second] = [await open(), await open()];
    for (const tab of [first, second]) await tab.evaluate(() => window.chat.connect());
    for (const tab of [first, second]) await stands(tab, "a session", (chat) => chat.capabilities);
    await say(second, "Hello");
    for (const tab of [first, second]) await asked(tab, "choice");
    await say(first, "What do you mean?");
    for (const tab of [first, second]) {
      await stands(tab, "the words", ({ messages }) => messages.some(({ text }) => text === "What do you mean?"));
    }
    assert.equal(streams(), 1);
  });

  test("a tab takes over from a frozen one once it is looked at", async () => {
    const leader = await open();
    await say(leader, "Hello");
    await asked(leader, "choice");
    const tab = await open();
    await asked(tab, "choice");
    await stands(tab, "a stream", (chat) => chat.connection === "live");
    const devtools = await visitor.newCDPSession(leader);
    await devtools.send("Debugger.enable");
    // It stops at the first line that it runs, holding its lock.
    await devtools.send("Debugger.pause");
    await tab.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await until("another stream", () => streams() === 2);
    await answer(tab, { option: "o1" });
    await asked(tab, "slider");
    await devtools.send("Debugger.resume");
    await asked(leader, "slider");
  });

  test("words said offline go out when the network is back", async () => {
    const page = await open();
    await say(page, "Hello");
    await asked(page, "choice");
    await visitor.setOffline(true);
    await stands(page, "the news", (chat) => chat.connection === "offline");
    await answer(page, { option: "o1" });
    await stands(page, "the waiting answer", (chat) => chat.outbox.length === 1 && chat.prompt === null);
    await visitor.setOffline(false);
    await asked(page, "slider");
    await stands(page, "a stream", (chat) => chat.connection === "live" && chat.outbox.length === 0);
    assert.deepEqual(await said(service), [["Hello", "Sales"]]);
  });

  test("the gateway is killed and started again between any two steps, with reloads", async () => {
    const page = await open();
    const step = async () => {
      await service.restartGateway();
      await page.reload();
    };
    await say(page, "Hello");
    await step();
    await asked(page, "choice");
    await step();
    await asked(page, "choice");
    await answer(page, { option: "o1" });
    await step();
    await asked(page, "slider");
    await answer(page, { value: 30 });
    await step();
    await ended(page);
    assert.deepEqual(await shown(page), WHOLE);
    assert.deepEqual(await said(service), [["Hello", "Sales", "30"]]);
  });

  test("a laptop whose lid was closed goes on with another token", async () => {
    const page = await visitor.newPage();
    await page.clock.install();
    await page.goto(url);
    await say(page, "Hello");
    await asked(page, "choice");
    // Eight hours later the token has run out, and the connections have died unseen.
    let expired = true;
    proxy.fault = ({ url }) => {
      if (url.endsWith("/refresh")) expired = false;
      return expired ? { status: 401, error: { code: "token_expired" } } : undefined;
    };
    const before = streams();
    await page.clock.fastForward(8 * 60 * 60 * 1_000);
    proxy.cutAll();
    await until("another stream", () => streams() > before);
    await stands(page, "a stream", (chat) => chat.connection === "live");
    await answer(page, { option: "o1" });
    await asked(page, "slider");
    assert.equal(proxy.seen.filter((line) => line === "POST /v1/sessions/refresh").length, 1);
    assert.equal(proxy.seen.filter((line) => line === "POST /v1/sessions").length, 1, "the visitor is the same");
  });

  const RARE = "/wotnot-web/rare/index.js";

  test("a part that does not load is asked for again, and no word is lost meanwhile", async () => {
    const page = await open();
    await say(page, "Hello");
    await asked(page, "choice");
    const choice = await page.evaluate(() => window.chat.snapshot.prompt);
    await answer(page, { option: "o1" });
    await asked(page, "slider");
    const fault = site.break(RARE, 3);
    // Yesterday's button: what becomes of it is in the part.
    await page.evaluate((choice) => window.chat.answer(choice, { option: "o1" }), choice);
    await say(page, "What do you mean?");
    await stands(page, "the refusal", ({ outbox }) => outbox.some(({ error }) => error?.code === "prompt_superseded"));
    assert(fault.isOver());
    await stands(page, "the words", ({ messages }) => messages.some(({ text }) => text === "What do you mean?"));
    assert.deepEqual((await said(service)).flat().filter((text) => text === "What do you mean?").length, 1);
  });

  test("a second tab follows as soon as it has loaded how", async () => {
    const first = await open();
    await say(first, "Hello");
    await asked(first, "choice");
    const fault = site.break(RARE, 3);
    const second = await open();
    await asked(second, "choice");
    await stands(second, "a stream", (chat) => chat.connection === "live");
    assert(fault.isOver());
    assert.equal(streams(), 1);
  });

  test("a page that talks in one tab loads none of what is rare", async () => {
    const page = await open();
    const loaded = [];
    page.on("request", (request) => loaded.push(new URL(request.url()).pathname));
    await say(page, "Hello");
    await asked(page, "choice");
    await page.reload();
    await asked(page, "choice");
    await answer(page, { option: "o1" });
    await asked(page, "slider");
    await answer(page, { value: 30 });
    await ended(page);
    assert.deepEqual(loaded.filter((path) => path.includes("/rare")), ["/wotnot-web/rare.js"]);
  });

  test("the page goes away and comes back by the back button", async () => {
    const page = await open();
    await say(page, "Hello");
    await asked(page, "choice");
    await page.goto(`${site.url}/page/none`);
    await page.goBack();
    await asked(page, "choice");
    await answer(page, { option: "o1" });
    await asked(page, "slider");
    await stands(page, "a stream", (chat) => chat.connection === "live");
  });

  test("a file is uploaded with its progress", async () => {
    const page = await open();
    const { ready, progress } = await page.evaluate(async () => {
      const bytes = new Uint8Array(900_000);
      bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
      const progress = [];
      const onProgress = (sent) => progress.push(sent);
      const { ready } = await window.chat.upload(new File([bytes], "room.png", { type: "image/png" }), { onProgress });
      return { ready, progress };
    });
    assert.equal(ready, true);
    assert(progress.length >= 2);
    assert.equal(progress.at(-1), 900_000);
  });

  test("a page without a storage keeps the chat as long as it lives", async () => {
    await visitor.addInitScript(() =>
      Object.defineProperty(window, "localStorage", {
        get() {
          throw new DOMException("denied", "SecurityError");
        },
      }),
    );
    const page = await open();
    await say(page, "Hello");
    await asked(page, "choice");
    await service.restartGateway();
    await answer(page, { option: "o1" });
    await asked(page, "slider");
    await page.reload();
    assert.deepEqual(await shown(page), [], "the next visitor of the kiosk sees nothing");
  });
});
