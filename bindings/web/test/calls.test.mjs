// What a chat does beside talking, each with a gateway of its own: uncertain messages, history, files, log-ins, limits.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { createChat } from "wotnot-web";
import { asked, lines, MemoryStorage, Proxy, reached, said, Service, until } from "./service.mjs";

test("a message whose fate nobody knows is sent again, or let be, as the visitor decides", async () => {
  const service = await Service.start({
    // The connection breaks while the call is under way: it may have arrived.
    faults: "faults:\n  - {fault: drop_request, call: send, times: 2}\n",
  });
  const pages = ["resend", "discard"].map((action) => ({ action, chat: createChat({ gateway: service.url, app: "shop-app" }) }));
  for (const { chat } of pages) {
    chat.send("Hello");
    await asked(chat, "choice");
  }
  await Promise.all(
    pages.map(async ({ action, chat }) => {
      const id = chat.answer(chat.snapshot.prompt, { option: "o1" });
      const is = (state) => ({ messages }) => messages.some((message) => message.client_id === id && message.state === state);
      await reached(chat, "the doubt", is("unconfirmed"));
      await chat.resolve(id, action);
      await reached(chat, "the decision", is(action === "resend" ? "accepted" : "discarded"));
      await assert.rejects(chat.resolve(id, action), { code: "not_unconfirmed", status: 409 });
      chat.destroy();
    }),
  );
  await service.stop();
});

test("history is read page by page", async () => {
  const service = await Service.start({ flow: "hand-over" });
  const storage = new MemoryStorage();
  let chat = createChat({ gateway: service.url, app: "shop-app", storage });
  chat.send("Hello");
  chat.answer(await asked(chat, "choice"), { option: "o2" });
  await asked(chat, "text");
  chat.send("+49 30 1234567");
  await reached(chat, "a person", ({ status }) => status === "handover");
  const [{ conversation }] = (await service.conversations()).conversations;
  for (let number = 1; number <= 110; number++) await service.put(`conversations/${conversation}/agent`, { text: `Line ${number}` }, "POST");
  await reached(chat, "the last line", ({ messages }) => messages.at(-1).text === "Line 110");
  const all = lines(chat.snapshot);
  chat.destroy();
  chat = createChat({ gateway: service.url, app: "shop-app", storage });
  await reached(chat, "the newest page", ({ messages }) => messages.length > 0);
  assert.equal(chat.snapshot.messages.length, 50);
  assert.equal(chat.snapshot.hasOlder, true);
  // Pressed twice, read once.
  await Promise.all([chat.loadOlder(), chat.loadOlder()]);
  assert.equal(chat.snapshot.messages.length, 100);
  await chat.loadOlder();
  assert.equal(chat.snapshot.hasOlder, false);
  assert.deepEqual(lines(chat.snapshot), all);
  chat.destroy();
  await service.stop();
});

test("an upload goes on where it broke off, and stops when it is aborted", async () => {
  const service = await Service.start({ flow: "feedback", section: '[files]\nurl = "http://127.0.0.1:1"\n' });
  const proxy = await Proxy.start(service.url);
  const chat = createChat({ gateway: proxy.url, app: "shop-app" });
  const png = (size) => new File([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(size)], "a.png", { type: "image/png" });
  let parts = 0;
  proxy.fault = ({ method }) => (method === "PATCH" ? ["lost", "cut"][parts++] : undefined);
  const progress = [];
  const file = await chat.upload(png(1_000_000), { onProgress: (sent) => progress.push(sent) });
  assert.equal(file.ready, true);
  assert.equal(file.size, 1_000_008);
  assert.equal(progress.at(-1), 1_000_008);
  assert.deepEqual(progress, [...progress].sort((a, b) => a - b), "it never starts again");
  await assert.rejects(chat.upload(new File(["<svg>"], "a.svg", { type: "image/svg+xml" })), { code: "unsupported_type", status: 415 });
  await assert.rejects(chat.upload(new File(["no picture"], "a.png", { type: "image/png" })), { code: "content_mismatch" });
  const stop = new AbortController();
  const stopped = chat.upload(png(1_000_000), { onProgress: () => stop.abort(), signal: stop.signal });
  await assert.rejects(stopped, { name: "AbortError" });
  chat.destroy();
  await proxy.stop();
  await service.stop();
});

test("a visitor whom the site identifies is the same on every device, and nobody else's words are said for them", async () => {
  const key = "an-identity-key-of-32-characters-or-more";
  const service = await Service.start({ site: 'identity_key_file = "identity"', files: { identity: key } });
  const sign = (sub) => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const text = `${part({ alg: "HS256", typ: "JWT" })}.${part({ sub, exp: Math.floor(Date.now() / 1000) + 200 })}`;
    return `${text}.${createHmac("sha256", key).update(text).digest("base64url")}`;
  };
  const storage = new MemoryStorage();
  const open = (user, kept) => createChat({ gateway: service.url, app: "shop-app", storage: kept, getIdentity: () => sign(user) });
  const phone = open("asha", new MemoryStorage());
  phone.send("Hello");
  await asked(phone, "choice");
  let desk = open("asha", storage);
  desk.connect();
  await asked(desk, "choice");
  assert.equal(desk.snapshot.conversation, phone.snapshot.conversation);
  desk.answer(desk.snapshot.prompt, { option: "o1" });
  await asked(phone, "slider");
  phone.destroy();
  await service.gateway.kill();
  desk.send("Said by Asha, while the gateway was away");
  desk.destroy();
  await service.startGateway();
  desk = open("ben", storage);
  desk.connect();
  await reached(desk, "a session", ({ capabilities }) => capabilities);
  assert.deepEqual([desk.snapshot.messages, desk.snapshot.outbox, desk.snapshot.conversation], [[], [], null]);
  desk.destroy();
  await service.stop();
});

test("a stream that falls silent is tried once more, then polled", async () => {
  const seen = [];
  const hello = { type: "hello", epoch: "0123456789abcdef", head: 0, heartbeat_ms: 40 };
  const server = createServer((request, response) => {
    const answer = (status, body) => response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    if (request.url === "/v1/sessions") {
      return answer(201, {
        token: "t", expires_in: 900, refresh: "r", visitor: { id: "v_1" },
        conversation: { id: "c_1", cursor: "0123456789abcdef.0" }, capabilities: { greeting: false, files: false },
      });
    }
    if (request.url.startsWith("/v1/conversations/c_1?")) return answer(200, { cursor: "0123456789abcdef.0", state: "open", prompt: null, messages: [] });
    if (request.headers.accept === "text/event-stream") {
      seen.push("stream");
      response.writeHead(200, { "content-type": "text/event-stream" });
      return response.write(`event: hello\ndata: ${JSON.stringify(hello)}\n\n`);
    }
    seen.push("poll");
    const wait = setTimeout(() => response.writeHead(204).end(), 200);
    response.on("close", () => clearTimeout(wait));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const chat = createChat({ gateway: `http://127.0.0.1:${server.address().port}`, app: "a" });
  chat.connect();
  await reached(chat, "polls", ({ connection }) => connection === "polling");
  await until("the second try's end", () => seen.length >= 4);
  assert.deepEqual(seen.slice(0, 4), ["stream", "poll", "stream", "poll"]);
  chat.destroy();
  server.closeAllConnections();
  server.close();
});

test("a gateway that asks for work before a session gets it", async () => {
  const service = await Service.start({ site: 'challenge = {kind = "pow", bits = 10}\nlimits = {sessions = {site = 1, address = "off"}}' });
  const proxy = await Proxy.start(service.url);
  const chats = [1, 2, 3].map(() => createChat({ gateway: proxy.url, app: "shop-app" }));
  for (const chat of chats) {
    chat.send("Hello");
    await asked(chat, "choice");
    chat.destroy();
  }
  assert(proxy.seen.filter((line) => line.endsWith("/sessions")).length > chats.length, "somebody was asked");
  await proxy.stop();
  await service.stop();
});
