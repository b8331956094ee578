// A smoke run in Firefox: the engine that is not Chromium's.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Proxy, said, Service, until } from "../service.mjs";
import { Firefox } from "./firefox.mjs";
import { Site } from "./site.mjs";

const WHOLE = [
  "visitor: Hello", "bot: Hi", "bot: What is it about?", "visitor: Sales", "bot: How old are you?", "visitor: 30", "bot: Thank you",
];

describe("in Firefox", () => {
  let service, proxy, site, firefox, url;
  before(async () => {
    site = await Site.start();
    service = await Service.start({ site: `origins = ["${site.url}"]` });
    proxy = await Proxy.start(service.url);
    url = site.add("chat", `
      import { createChat } from "/wotnot-web/index.js";
      window.chat = createChat({ gateway: "${proxy.url}" });
      window.chat.subscribe(() => {});
    `, { gateway: proxy.url });
    firefox = await Firefox.start();
  });
  after(async () => {
    await firefox?.stop();
    await Promise.all([proxy, site, service].map((it) => it?.stop()));
  });
  const streams = () => proxy.seen.filter((line) => line.endsWith("stream")).length;

  test("a conversation goes through two tabs and one stream, over a reload and a gateway that is killed", async () => {
    const page = await firefox.open(url);
    await page.evaluate(() => window.chat.send("Hello"));
    await page.reload();
    await page.stands("a choice", ({ prompt }) => prompt?.kind === "choice");
    // What a second tab needs does not load at first.
    const fault = site.break("/wotnot-web/rare/index.js", 2);
    const other = await firefox.open(url);
    await other.stands("a choice", ({ prompt }) => prompt?.kind === "choice");
    await other.stands("a stream", ({ connection }) => connection === "live");
    assert(fault.isOver());
    const before = streams();
    await other.evaluate(() => window.chat.answer(window.chat.snapshot.prompt, { option: "o1" }));
    for (const tab of [page, other]) await tab.stands("a slider", ({ prompt }) => prompt?.kind === "slider");
    assert.equal(streams(), before, "one tab reads for both");
    await page.close();
    await until("another stream", () => streams() > before);
    await service.restartGateway();
    await other.evaluate(() => window.chat.answer(window.chat.snapshot.prompt, { value: 30 }));
    await other.stands("the end", ({ status }) => status === "ended");
    assert.deepEqual(await other.evaluate(() => window.chat.snapshot.messages.map(({ by, text }) => `${by}: ${text}`)), WHOLE);
    assert.deepEqual(await said(service), [["Hello", "Sales", "30"]]);
    assert.deepEqual(await other.evaluate(() => window.complaints), []);
  });

  test("the widget is chatted in, over a reload, and its page reports no error", async () => {
    // Another address of the gateway, so another visitor than the one before.
    const body = `<wotnot-chat gateway="${service.url}" open></wotnot-chat>`;
    const page = await firefox.open(site.add("widget", 'import "/wotnot-web/widget/index.js";', { gateway: service.url, body }));
    // What a visitor sees and does, by the elements of the shadow root.
    const has = (what, selector, text = "") =>
      until(what, () => page.evaluate((selector, text) => [...(document.querySelector("wotnot-chat").shadowRoot?.querySelectorAll(selector) ?? [])].some((it) => it.checkVisibility() && it.textContent.includes(text)), selector, text));
    const press = async (selector, text = "") => {
      await has(`${selector} ${text}`, selector, text);
      await page.evaluate((selector, text) => [...document.querySelector("wotnot-chat").shadowRoot.querySelectorAll(selector)].find((it) => it.textContent.includes(text)).click(), selector, text);
    };
    await has("a composer", "textarea");
    await page.evaluate(() => document.querySelector("wotnot-chat").shadowRoot.querySelector("textarea").focus());
    await page.keys(..."Hello", "\uE007");
    await press("[part=prompt] button", "Sales");
    await has("a slider", "[part=prompt] input[type=range]");
    await page.reload();
    await has("what was said", "li", "What is it about?");
    await has("the slider again", "[part=prompt] input[type=range]");
    await press("[part=prompt] [type=submit]");
    await has("the end", ".over button", "Start a new conversation");
    await has("the last words", "li", "Thank you");
    assert.deepEqual(await page.evaluate(() => window.complaints), []);
    await page.close();
  });

  test("the page's policy is in force", async () => {
    const page = await firefox.open(url);
    await page.evaluate(async () => {
      await fetch("http://127.0.0.1:1/").catch(() => {});
    });
    await until("a violation", () => page.evaluate(() => window.complaints.some((line) => line.startsWith("connect-src"))));
  });
});
