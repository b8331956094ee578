// What a browser's page goes through, with its events raised by hand: the network goes and comes, other tabs freeze.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createChat } from "wotnot-web";
import { asked, MemoryStorage, Proxy, reached, Service, until } from "./service.mjs";

describe("a page", () => {
  let service, proxy, chat;
  before(async () => {
    globalThis.window = new EventTarget();
    globalThis.document = Object.assign(new EventTarget(), { visibilityState: "visible", referrer: "" });
    globalThis.location = { href: "https://shop.example.com/basket#token=secret" };
    service = await Service.start();
    proxy = await Proxy.start(service.url);
  });
  after(async () => {
    await proxy.stop();
    await service.stop();
  });
  afterEach(() => {
    proxy.fault = () => undefined;
    chat.destroy();
  });
  const open = (storage = new MemoryStorage()) => (chat = createChat({ gateway: proxy.url, app: "shop-app", storage }));
  const raise = (target, name, more = {}) => target.dispatchEvent(Object.assign(new Event(name), more));
  const streams = () => proxy.seen.filter((line) => line.endsWith("stream")).length;

  test("it is offline as soon as the browser says so, and connects when it is back", async () => {
    open().send("Hello");
    const choice = await asked(chat, "choice");
    proxy.fault = () => "cut";
    proxy.cutAll();
    raise(window, "offline");
    assert.equal(chat.snapshot.connection, "offline");
    chat.answer(choice, { option: "o1" });
    await until("some tries", () => proxy.seen.filter((line) => line.endsWith("/messages")).length > 1);
    proxy.fault = () => undefined;
    raise(window, "online");
    await asked(chat, "slider");
    await reached(chat, "a stream", ({ connection }) => connection === "live");
  });

  test("it comes back out of the browser's cache to where the conversation is", async () => {
    const storage = new MemoryStorage();
    open(storage).send("Hello");
    await asked(chat, "choice");
    raise(window, "pagehide", { persisted: true });
    const other = createChat({ gateway: proxy.url, app: "shop-app", storage });
    other.connect();
    other.answer(await asked(other, "choice"), { option: "o1" });
    await asked(other, "slider");
    other.destroy();
    raise(window, "pageshow", { persisted: true });
    await asked(chat, "slider");
    await reached(chat, "a stream", ({ connection }) => connection === "live");
  });

  test("one that is left and not kept changes nothing when it is shown", async () => {
    open().send("Hello");
    await asked(chat, "choice");
    const before = streams();
    raise(window, "pageshow", { persisted: false });
    raise(document, "visibilitychange");
    chat.answer(chat.snapshot.prompt, { option: "o1" });
    await asked(chat, "slider");
    assert.equal(streams(), before, "a stream that spoke just now is alive");
  });

  test("it takes over from a tab that reads for all and is frozen", { skip: globalThis.navigator?.locks ? false : "this Node has no Web Locks" }, async () => {
    const storage = new MemoryStorage();
    open(storage).send("Hello");
    await asked(chat, "choice");
    chat.destroy();
    // The frozen tab holds the lock and answers nobody.
    const { visitor } = JSON.parse(storage.getItem([...storage.values.keys()].find((key) => key.endsWith("session"))));
    const frozen = navigator.locks.request(`wotnot:${proxy.url}:shop-app:${visitor.id}`, () => new Promise(() => {}));
    const lost = assert.rejects(frozen, { name: "AbortError" });
    const before = streams();
    open(storage).connect();
    await until("a stream", () => streams() === before + 1);
    await lost;
    chat.answer(await asked(chat, "choice"), { option: "o1" });
    await asked(chat, "slider");
  });
});
