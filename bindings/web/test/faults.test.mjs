// What goes wrong between a page and its gateway: nothing is lost, nothing is said twice.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, test } from "node:test";
import { createChat } from "wotnot-web";
import { asked, lines, MemoryStorage, Proxy, reached, said, Service, SharedStorage, until } from "./service.mjs";

const WHOLE = [
  "visitor: Hello", "bot: Hi", "bot: What is it about?", "visitor: Sales", "bot: How old are you?", "visitor: 30", "bot: Thank you",
];
const ended = ({ status }) => status === "ended";
describe("between a page and its gateway", () => {
  let service, proxy, chats;
  before(async () => (service = await Service.start()));
  after(() => service.stop());
  const open = (options = {}) => {
    const chat = createChat({ gateway: proxy.url, app: "shop-app", ...options });
    chats.push(chat);
    return chat;
  };
  const setUp = async () => {
    proxy = await Proxy.start(service.url);
    chats = [];
    await service.put("reset", {}, "POST");
  };
  afterEach(async () => {
    chats.forEach((chat) => chat.destroy());
    await proxy.stop();
  });

  test("the gateway is killed and started again between any two steps", async () => {
    await setUp();
    const chat = open({ storage: new MemoryStorage() });
    const kill = () => service.restartGateway();
    chat.send("Hello");
    await kill();
    const choice = await asked(chat, "choice");
    await kill();
    chat.answer(choice, { option: "o1" });
    await kill();
    const slider = await asked(chat, "slider");
    await kill();
    chat.answer(slider, { value: 30 });
    await kill();
    const snapshot = await reached(chat, "the end", ended);
    assert.deepEqual(lines(snapshot), WHOLE);
    assert.deepEqual(await said(service), [["Hello", "Sales", "30"]], "the vendor heard each once");
  });

  test("an answer that was lost on the way is asked for again, and nothing is said twice", async () => {
    await setUp();
    let lost = 0;
    const once = new Set();
    // The first try of each post is taken, and its answer lost.
    proxy.fault = ({ method, url }) => {
      if (method !== "POST" || url.includes("sessions") || once.has(url)) return;
      once.add(url);
      lost += 1;
      return "lost";
    };
    const chat = open({ variables: { contact: { name: "Asha" } } });
    chat.send("Hello");
    chat.answer(await asked(chat, "choice"), { option: "o1" });
    chat.answer(await asked(chat, "slider"), { value: 30 });
    const snapshot = await reached(chat, "the end", ended);
    assert.equal(lost, 2);
    assert.deepEqual(snapshot.outbox, [], "and nothing is refused");
    assert.deepEqual(lines(snapshot), WHOLE);
    assert.deepEqual(await said(service), [["Hello", "Sales", "30"]]);
  });

  test("words said without a network wait, over a reload, until there is one", async () => {
    await setUp();
    const storage = new MemoryStorage();
    proxy.fault = () => "cut";
    let chat = open({ storage });
    chat.send("Hello");
    await reached(chat, "the fault", ({ connection }) => connection === "offline");
    chat.destroy();
    chat = open({ storage });
    assert.deepEqual(chat.snapshot.outbox.map(({ text, state }) => [text, state]), [["Hello", "waiting"]]);
    chat.subscribe(() => {});
    proxy.fault = () => undefined;
    await asked(chat, "choice");
    assert.deepEqual(await said(service), [["Hello"]]);
  });

  test("words that two tabs say at one moment both outlive their tabs", async () => {
    await setUp();
    const storage = new SharedStorage();
    proxy.fault = () => "cut";
    const tabs = [open({ storage: storage.tab() }), open({ storage: storage.tab() })];
    tabs[0].send("Hello");
    tabs[1].send("Is anybody there?");
    storage.settle();
    tabs.forEach((tab) => tab.destroy());
    const next = open({ storage: storage.tab() });
    assert.deepEqual(next.snapshot.outbox.map(({ text }) => text), ["Hello", "Is anybody there?"]);
    next.subscribe(() => {});
    proxy.fault = () => undefined;
    await asked(next, "choice");
    await reached(next, "nothing that waits", ({ outbox }) => outbox.length === 0);
    await until("the vendor's record of both", async () => (await said(service))[0]?.length === 2);
    assert.deepEqual(await said(service), [["Hello", "Is anybody there?"]]);
    storage.settle();
    assert.deepEqual(open({ storage: storage.tab() }).snapshot.outbox, []);
  });

  test("a first message whose answer was lost with its page is not said twice", async () => {
    await setUp();
    const storage = new MemoryStorage();
    proxy.fault = ({ method, url }) => (method === "POST" && url.endsWith("/conversations") ? "lost" : undefined);
    let chat = open({ storage });
    chat.send("Hello");
    await until("the lost answer", () => proxy.seen.some((line) => line.endsWith("/v1/conversations")));
    await until("the vendor's record of it", async () => (await said(service)).length === 1);
    chat.destroy();
    proxy.fault = () => undefined;
    chat = open({ storage });
    chat.subscribe(() => {});
    await asked(chat, "choice");
    assert.deepEqual(chat.snapshot.outbox, []);
    assert.deepEqual(await said(service), [["Hello"]]);
  });

  test("a proxy that holds streams back gives way to polls, and streams come back when it is gone", async () => {
    await setUp();
    proxy.fault = ({ isStream }) => (isStream ? "muted" : undefined);
    const chat = open({ streamRetryMs: 300 });
    chat.send("Hello");
    const choice = await asked(chat, "choice");
    await reached(chat, "polls", ({ connection }) => connection === "polling");
    await until("another try", () => proxy.seen.filter((line) => line.endsWith("stream")).length >= 2);
    chat.answer(choice, { option: "o1" });
    const slider = await asked(chat, "slider");
    proxy.fault = () => undefined;
    await reached(chat, "a stream", ({ connection }) => connection === "live");
    chat.answer(slider, { value: 30 });
    assert.deepEqual(lines(await reached(chat, "the end", ended)), WHOLE);
  });

  for (const [name, refusal] of [["a page of its own", "portal"], ["an error of its own", { status: 504, error: {} }], ["a reset", "cut"]]) {
    test(`a proxy that answers streams with ${name} gives way to polls, and streams come back when it is gone`, async () => {
      await setUp();
      proxy.fault = ({ isStream }) => (isStream ? refusal : undefined);
      const chat = open({ streamRetryMs: 300 });
      chat.send("Hello");
      const choice = await asked(chat, "choice");
      await reached(chat, "polls", ({ connection }) => connection === "polling");
      chat.answer(choice, { option: "o1" });
      const slider = await asked(chat, "slider");
      proxy.fault = () => undefined;
      await reached(chat, "a stream", ({ connection }) => connection === "live");
      chat.answer(slider, { value: 30 });
      assert.deepEqual(lines(await reached(chat, "the end", ended)), WHOLE);
    });
  }

  test("a gateway that was away for a while is streamed from, not polled, when it is back", async () => {
    await setUp();
    const chat = open();
    chat.send("Hello");
    await asked(chat, "choice");
    const count = () => proxy.seen.filter((line) => line.includes("/events")).length;
    const before = count();
    // What a proxy says whose gateway does not answer.
    proxy.fault = () => ({ status: 502, error: {} });
    proxy.cutAll();
    await until("several tries", () => count() >= before + 4);
    proxy.fault = () => undefined;
    const { connection } = await reached(chat, "a connection", ({ connection }) => connection === "live" || connection === "polling");
    assert.equal(connection, "live");
  });

  test("what a stream holds back is read at once by a poll", async () => {
    await setUp();
    let streams = 0;
    proxy.fault = ({ isStream }) => (isStream && !streams++ ? "muted" : undefined);
    const chat = open();
    chat.send("Hello");
    await asked(chat, "choice");
    const order = proxy.seen.filter((line) => line.includes("/events")).map((line) => (line.endsWith("stream") ? "stream" : "poll"));
    assert.deepEqual(order.slice(0, 2), ["stream", "poll"]);
    await reached(chat, "a stream", ({ connection }) => connection === "live");
  });

  test("behind such a proxy another conversation is polled at once", async () => {
    await setUp();
    proxy.fault = ({ isStream }) => (isStream ? "muted" : undefined);
    const chat = open();
    chat.send("Hello");
    chat.answer(await asked(chat, "choice"), { option: "o1" });
    chat.answer(await asked(chat, "slider"), { value: 30 });
    await reached(chat, "the end", ended);
    await chat.restart("Once more");
    await asked(chat, "choice");
    assert.equal(proxy.seen.filter((line) => line.endsWith("stream")).length, 2, "streams are not waited for again");
  });

  test("a captive portal's page is waited out", async () => {
    await setUp();
    let portal = 0;
    proxy.fault = () => (portal++ < 3 ? "portal" : undefined);
    const chat = open();
    chat.send("Hello");
    await asked(chat, "choice");
  });

  test("every connection breaks now and then", async () => {
    await setUp();
    const chat = open();
    chat.send("Hello");
    const choice = await asked(chat, "choice");
    proxy.cutAll();
    chat.answer(choice, { option: "o1" });
    const slider = await asked(chat, "slider");
    proxy.cutAll();
    chat.answer(slider, { value: 30 });
    assert.deepEqual(lines(await reached(chat, "the end", ended)), WHOLE);
  });

  test("a token that ran out is refreshed once for all calls that meet it", async () => {
    await setUp();
    const chat = open();
    chat.send("Hello");
    const choice = await asked(chat, "choice");
    let expired = true;
    proxy.fault = ({ url }) => {
      if (url.includes("/refresh")) expired = false;
      return expired ? { status: 401, error: { code: "token_expired" } } : undefined;
    };
    proxy.cutAll();
    chat.answer(choice, { option: "o1" });
    await asked(chat, "slider");
    assert.equal(proxy.seen.filter((line) => line.includes("/refresh")).length, 1);
  });

  test("a clock that jumps, forward or back, costs a refresh and nothing else", async (t) => {
    await setUp();
    const chat = open();
    chat.send("Hello");
    const choice = await asked(chat, "choice");
    const now = Date.now.bind(Date);
    let shift = 20 * 60_000;
    t.mock.method(Date, "now", () => now() + shift);
    chat.answer(choice, { option: "o1" });
    const slider = await asked(chat, "slider");
    shift = -60 * 60_000;
    chat.answer(slider, { value: 30 });
    await reached(chat, "the end", ended);
    assert.equal(proxy.seen.filter((line) => line.includes("/refresh")).length, 2);
  });

  test("after a session that is over, words that wait begin a conversation of a new visitor", async () => {
    await setUp();
    const chat = open();
    chat.send("Hello");
    await asked(chat, "choice");
    const first = chat.snapshot.conversation;
    let over = false;
    proxy.fault = ({ url }) => {
      if (url.includes("/refresh")) {
        over = true;
        return { status: 401, error: { code: "refresh_expired" } };
      }
      return over ? undefined : { status: 401, error: { code: "token_expired" } };
    };
    chat.send("Are you there?");
    await reached(chat, "another conversation", ({ conversation, prompt }) => prompt && conversation !== first);
    assert.deepEqual(lines(chat.snapshot), ["visitor: Are you there?", "bot: Hi", "bot: What is it about?"]);
  });

  test("a site that the page does not belong to is an error that says so", async () => {
    await setUp();
    const chat = open({ app: "another-app" });
    chat.connect();
    const { error, connection } = await reached(chat, "the error", ({ error }) => error);
    assert.equal(error.code, "origin_not_allowed");
    assert.equal(connection, "offline");
  });

  test("an answer that does not fit is refused with its field, and its question asked again", async () => {
    await setUp();
    const chat = open();
    chat.send("Hello");
    const choice = await asked(chat, "choice");
    const id = chat.answer(choice, { option: "o9" });
    const { outbox, prompt } = await reached(chat, "the refusal", ({ outbox }) => outbox[0]?.state === "failed");
    assert.equal(outbox[0].error.code, "invalid_answer");
    assert.equal(outbox[0].error.field, "option");
    assert.equal(prompt.seq, choice.seq);
    await chat.resolve(id, "discard");
    assert.deepEqual(chat.snapshot.outbox, []);
    chat.answer(prompt, { option: "o1" });
    await asked(chat, "slider");
  });

  test("yesterday's button is refused, and sent as words when the visitor wants it", async () => {
    await setUp();
    const chat = open();
    chat.send("Hello");
    const choice = await asked(chat, "choice");
    chat.answer(choice, { option: "o1" });
    await asked(chat, "slider");
    const id = chat.answer(choice, { option: "o1" });
    const { outbox } = await reached(chat, "the refusal", ({ outbox }) => outbox[0]?.state === "failed");
    assert.equal(outbox[0].error.code, "prompt_superseded");
    await chat.resolve(id, "resend");
    await reached(chat, "the words", ({ messages, outbox }) => !outbox.length && messages.filter(({ text }) => text === "Sales").length === 2);
  });

  test("a CAPTCHA that the site asks for is the page's to solve", async () => {
    await setUp();
    let refused = 0;
    proxy.fault = ({ url }) =>
      url.endsWith("/sessions") && !refused++ ? { status: 428, error: { code: "challenge_required", challenge: { kind: "hook" } } } : undefined;
    const seen = [];
    const chat = open({
      solveChallenge: async (challenge) => {
        seen.push(challenge.kind);
        return "solved";
      },
    });
    chat.send("Hello");
    await asked(chat, "choice");
    assert.deepEqual(seen, ["hook"]);
  });

  test("a storage that is full or forbidden costs nothing but the reload", async () => {
    await setUp();
    const forbidden = () => {
      throw new Error("SecurityError");
    };
    const chat = open({ storage: { getItem: forbidden, setItem: forbidden, removeItem: forbidden } });
    chat.send("Hello");
    chat.answer(await asked(chat, "choice"), { option: "o1" });
    await asked(chat, "slider");
  });

  test("a chat that is made again at once is the same visitor's", async () => {
    await setUp();
    const storage = new MemoryStorage();
    // As a page does that draws twice: the first one ends while its session is on the way, which comes late.
    let calls = 0;
    let release;
    const held = new Promise((done) => (release = done));
    proxy.fault = ({ url }) => (url.endsWith("/sessions") && !calls++ ? held : undefined);
    const first = open({ storage });
    first.connect();
    await until("its call", () => calls === 1);
    first.destroy();
    const chat = open({ storage });
    chat.send("Hello");
    const choice = await asked(chat, "choice");
    const kept = () => storage.getItem([...storage.values.keys()].find((key) => key.endsWith("session")));
    const before = kept();
    release();
    chat.answer(choice, { option: "o1" });
    await asked(chat, "slider");
    assert.equal(kept(), before, "one browser is one visitor");
    assert.deepEqual(lines(chat.snapshot), WHOLE.slice(0, 5));
  });
});
