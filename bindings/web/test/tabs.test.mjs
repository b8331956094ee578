// Several tabs of one browser: chats that share a storage, Web Locks and BroadcastChannel. Node has both from version 24 on.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createChat } from "wotnot-web";
import { asked, lines, MemoryStorage, Proxy, reached, Service, until } from "./service.mjs";

const skip = globalThis.navigator?.locks ? false : "this Node has no Web Locks";

describe("several tabs", { skip }, () => {
  let service, proxy, tabs, storage;
  before(async () => {
    service = await Service.start();
    proxy = await Proxy.start(service.url);
  });
  after(async () => {
    await proxy.stop();
    await service.stop();
  });
  const open = async (count) => {
    await service.put("reset", {}, "POST");
    proxy.seen.length = 0;
    storage = new MemoryStorage();
    tabs = [];
    while (tabs.length < count) add();
  };
  const add = () => {
    const chat = createChat({ gateway: proxy.url, app: "shop-app", storage });
    chat.connect();
    tabs.push(chat);
    return chat;
  };
  const streams = () => proxy.seen.filter((line) => line.endsWith("stream")).length;
  const all = (what, met) => Promise.all(tabs.map((tab) => reached(tab, what, met)));
  const isAsked = (kind) => ({ prompt }) => prompt?.kind === kind;
  afterEach(() => tabs.forEach((tab) => tab.destroy()));

  test("seven tabs share one stream, and another one takes over when the reading one is closed", async () => {
    await open(1);
    tabs[0].send("Hello");
    await asked(tabs[0], "choice");
    while (tabs.length < 7) add();
    await all("the question", isAsked("choice"));
    await all("a stream", ({ connection }) => connection === "live");
    assert.equal(streams(), 1);
    tabs[6].answer(tabs[6].snapshot.prompt, { option: "o1" });
    await all("the next question", isAsked("slider"));
    assert.equal(streams(), 1);
    tabs.shift().destroy();
    await until("another stream", () => streams() === 2);
    tabs[2].answer(tabs[2].snapshot.prompt, { value: 30 });
    await all("the end", ({ status }) => status === "ended");
    for (const tab of tabs) assert.deepEqual(lines(tab.snapshot), lines(tabs[0].snapshot));
    assert.equal(tabs[0].snapshot.messages.length, 7);
    assert.equal(streams(), 2);
  });

  test("a conversation that one tab begins shows in the others", async () => {
    await open(3);
    await all("a session", ({ capabilities }) => capabilities);
    assert.equal(proxy.seen.filter((line) => line.endsWith("/sessions")).length, 1, "one browser is one visitor");
    tabs[2].send("Hello");
    await all("the question", isAsked("choice"));
    tabs[1].send("What do you mean?");
    await all("the words", ({ messages }) => messages.some(({ text }) => text === "What do you mean?"));
    assert.equal(streams(), 1);
  });

  test("a tab whose window is opened later finds the conversation", async () => {
    await open(0);
    const late = createChat({ gateway: proxy.url, app: "shop-app", storage });
    add().send("Hello");
    await asked(tabs[0], "choice");
    assert.equal(late.snapshot.connection, "idle");
    tabs.push(late);
    late.connect();
    await all("the question", isAsked("choice"));
    assert.equal(streams(), 1);
  });

  test("what was erased in one tab is gone in all", async () => {
    await open(2);
    tabs[0].send("Hello");
    await all("the question", isAsked("choice"));
    await tabs[1].erase();
    await all("nothing", ({ messages, conversation, connection }) => !messages.length && !conversation && connection === "idle");
    assert.deepEqual([...storage.values.keys()], []);
  });

  test("the next conversation of one tab is the others' as well", async () => {
    await open(2);
    tabs[0].send("Hello");
    await all("the question", isAsked("choice"));
    tabs[0].answer(tabs[0].snapshot.prompt, { option: "o1" });
    await all("the next question", isAsked("slider"));
    tabs[1].answer(tabs[1].snapshot.prompt, { value: 30 });
    await all("the end", ({ status }) => status === "ended");
    const { conversation } = tabs[0].snapshot;
    await tabs[1].restart("Once more");
    await all("another conversation", (snapshot) => snapshot.conversation !== conversation && snapshot.prompt?.kind === "choice");
  });
});
