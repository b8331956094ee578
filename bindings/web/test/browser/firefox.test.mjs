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
    const other = await firefox.open(url);
    await other.stands("a choice", ({ prompt }) => prompt?.kind === "choice");
    await other.stands("a stream", ({ connection }) => connection === "live");
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

  test("the page's policy is in force", async () => {
    const page = await firefox.open(url);
    await page.evaluate(async () => {
      await fetch("http://127.0.0.1:1/").catch(() => {});
    });
    await until("a violation", () => page.evaluate(() => window.complaints.some((line) => line.startsWith("connect-src"))));
  });
});
