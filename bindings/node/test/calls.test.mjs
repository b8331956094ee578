// Calls, their results and their errors, as a caller sees them.

import assert from "node:assert/strict";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { test } from "node:test";
import { inspect } from "node:util";
import * as wotnot from "wotnot";
import { said, SENT, service, STARTED } from "./service.mjs";

test("a conversation starts, and every kind of answer goes out as the vendor documents it", async (t) => {
  const peer = await service((request) => [200, request.url.endsWith("/conversations") ? STARTED : SENT]);
  t.after(() => peer.close());
  const client = peer.client();
  const variables = { contact: { name: "Asha" } };
  const chat = await client.startConversation({ visitorId: "visitor-42", text: "Hello", variables });
  assert.equal(chat.id, "3f0c");
  assert.equal(chat.contact.visitorKey, "visitor-42_777");
  assert.deepEqual(await chat.sendText("30"), { messageId: SENT.message_id });
  await chat.sendSlider(30);
  await chat.sendFiles([{ link: "https://example.com/a.png", mimeType: "image/png" }]);
  await chat.sendVariables({ contact: { name: "John" }, other: { ans: "2" } });
  await chat.sendForm({ Age: 30 });
  await client.conversation("3f0c").send({ type: "odd", data: { a: 1 }, unchecked: true });

  const [start, ...sent] = peer.requests;
  assert.equal(start.path, "/api/v1/conversations");
  assert.equal(start.headers.authorization, "Bearer fake.jwt.token");
  assert.deepEqual(start.body.variables, variables);
  assert.deepEqual(start.body.from, { user_external_id: "visitor-42", type: "VISITOR" });
  assert(sent.every(({ path }) => path === "/api/v1/conversation/3f0c/messages"));
  assert.deepEqual(sent.map(({ body }) => body.message), [
    { type: "text", data: { body: "30" } },
    { type: "slider.response", data: { body: "30", value: 30, callback: null } },
    {
      type: "file_upload.response",
      data: { files: [{ filename: "a.png", link: "https://example.com/a.png", mime_type: "image/png", extension: "png" }] },
    },
    {
      type: "javascript.response",
      data: {
        variables: {
          contact_variables: [{ name: "name", value: "John" }],
          non_contact_variables: [{ name: "ans", value: "2" }],
        },
      },
    },
    { type: "form.response", data: { fields: [{ label: "Age", value: 30 }] } },
    { type: "odd", data: { a: 1 } },
  ]);
});

for (const [status, body, type, code, delivery] of [
  [401, { ok: false, error: "JWT_SIGNATURE_EXCEPTION" }, wotnot.UnauthorizedError, "unauthorized", "rejected"],
  [400, { ok: false, error: "CHANNEL_NOT_ENABLED" }, wotnot.ChannelNotEnabledError, "channel_not_enabled", "rejected"],
  [400, { error: "Invalid request" }, wotnot.InvalidRequestError, "invalid_request", "rejected"],
  [404, {}, wotnot.NotFoundError, "not_found", "rejected"],
  [409, {}, wotnot.RejectedError, "rejected", "rejected"],
  [429, {}, wotnot.RateLimitedError, "rate_limited", "rejected"],
  [500, {}, wotnot.ServerError, "server_error", "unknown"],
  [200, "odd", wotnot.ProtocolError, "protocol_error", "unknown"],
]) {
  test(`${status} ${JSON.stringify(body)} is a ${type.name}`, async (t) => {
    const peer = await service(() => [status, body, { "retry-after": "3" }]);
    t.after(() => peer.close());
    const client = peer.client({ retry: { maxAttempts: 1 } });
    const error = await client.conversation("3f0c").sendText("secret words").catch((error) => error);
    assert(error instanceof type && error instanceof wotnot.WotnotError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.delivery], [type.name, code, delivery]);
    assert.equal(error.httpStatus, status);
    assert.equal(error.attempts, 1);
    assert.equal(error.apiCode, body.error ?? null);
    assert.equal(error.retryAfterMs, status === 429 ? 3000 : error.retryAfterMs);
    assert.equal(error.method, "send_message");
    assert.match(error.stack, /calls\.test\.mjs/);
    assert.doesNotMatch(inspect(error), /fake\.jwt|secret words/);
  });
}

test("an error's stack begins at the line of the caller", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client();
  function inMyProgram() {
    return client.conversation("3f0c").sendText(42);
  }
  const error = await inMyProgram().catch((error) => error);
  assert(error instanceof wotnot.InvalidArgumentError);
  assert.equal(error.message, "text: expected a string, found a number");
  const [head, first] = error.stack.split("\n");
  assert.equal(head, `InvalidArgumentError: ${error.message}`);
  assert.match(first, /^ {4}at inMyProgram .*calls\.test\.mjs:\d+:\d+/);
  assert.throws(() => new wotnot.Client({ tokn: "t" }), (error) => {
    assert.match(error.message, /tokn: unknown field; did you mean `token`/);
    return error.stack.split("\n")[1].includes("calls.test.mjs");
  });
});

test("what has no JSON form is named, and nothing is sent", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const chat = client.conversation("3f0c");
  const loop = { type: "text", data: { deep: [{}] } };
  loop.data.deep[0].again = loop.data;
  const unwilling = { toJSON: () => assert.fail("not now") };
  for (const [call, message] of [
    [() => chat.sendSlider(10n), /^value: a BigInt has no JSON form/],
    [() => chat.send(loop), /^message\.data\.deep\[0\]\.again: holds itself/],
    [() => chat.sendText("half \ud83d"), /^text: holds a lone surrogate/],
    [() => chat.sendForm({ "\udc00": 1 }), /^values\[0\]\.label: holds a lone surrogate/],
    [() => chat.send(unwilling), /^the parameters could not be written as JSON/],
    [() => chat.sendText("x", { timeoutMs: 5n }), /^timeoutMs: a BigInt/],
    [() => chat.sendForm(null), /^values: must not be empty/],
    [() => client.startConversation(), /^visitorId: missing/],
    [() => client.startConversation({ visitorId: 7n, text: "Hello" }), /^visitorId: a BigInt/],
  ]) {
    const error = await call().catch((error) => error);
    assert(error instanceof wotnot.InvalidArgumentError, `${error}`);
    assert.match(error.message, message);
    assert.deepEqual([error.code, error.delivery], ["invalid_argument", "not_sent"]);
    assert.match(error.stack.split("\n")[1], /calls\.test\.mjs/);
  }
  assert.equal(peer.requests.length, 0);
  assert.throws(() => new wotnot.Client({ token: "t", timeoutMs: 5n }), /^InvalidArgumentError: timeoutMs: a BigInt/);
  assert.throws(() => client.acceptWebhook(said("Hi"), { authorization: 5n }), /authorization: a BigInt/);
  // Neither is one, though it is written alike.
  for (const text of ["\\ud83d", "\u{1f600}"]) await chat.sendText(text);
  assert.deepEqual(peer.requests.map(({ body }) => body.message.data.body), ["\\ud83d", "\u{1f600}"]);
});

test("a wait lasts as long as it says, and a wrong length is named", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  for (const timeoutMs of ["soon", Number.NaN, -1, 5n]) {
    await assert.rejects(client.receive({ timeoutMs }), /InvalidArgumentError: timeoutMs: expected a number/);
  }
  for (const timeoutMs of [undefined, null, Number.POSITIVE_INFINITY, 2 ** 40]) {
    const event = client.receive({ timeoutMs });
    setTimeout(() => client.acceptWebhook(said(`after ${timeoutMs}`)), 20);
    assert.equal((await event).text, `after ${timeoutMs}`);
  }
});

test("in a rush of calls an error's stack begins where its call is awaited", async () => {
  const client = new wotnot.Client({ token: "t" });
  async function inARush() {
    await client.conversation("3f0c").sendText(42);
  }
  const firsts = [];
  for (let at = 0; at < 300; at += 1) {
    const error = await inARush().catch((error) => error);
    firsts.push(error.stack.split("\n")[1]);
  }
  for (const first of firsts) assert.match(first, /^ {4}at (async )?inARush .*calls\.test\.mjs:\d+:\d+/);
  assert(firsts.some((first) => first.includes("at async ")), "300 calls were no rush");
  await client.close();
});

test("nobody listening is a NetworkError that says nothing was sent", async () => {
  const client = new wotnot.Client({ token: "t", baseUrl: "http://127.0.0.1:9", retry: { maxAttempts: 1 } });
  const error = await client.conversation("c").sendText("x").catch((error) => error);
  assert(error instanceof wotnot.NetworkError);
  assert.equal(error.delivery, "not_sent");
  assert.equal(error.retryable, true);
  assert.match(error.message, /nothing listens there; start `wotnot emulate`, or check `baseUrl`/);
  await client.close();
});

test("a silent service is a RequestTimeoutError", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const error = await peer.client().conversation("c").sendText("x", { timeoutMs: 100 }).catch((error) => error);
  assert(error instanceof wotnot.RequestTimeoutError);
  assert.equal(error.delivery, "unknown");
});

test("a panic inside the library is a rejection, and the client works on", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client();
  const error = await client.call("test_panic").catch((error) => error);
  assert(error instanceof wotnot.InternalError);
  assert.equal(error.code, "panic");
  assert.deepEqual(await client.conversation("c").sendText("x"), { messageId: SENT.message_id });
});

test("no secret shows in what Node prints", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ token: "marked.token", webhook: { token: "marked-hook" } });
  const chat = client.conversation("3f0c");
  const shown = [client, chat, [client], { chat }].map((value) => inspect(value, { depth: 9, showHidden: true })).join();
  assert.doesNotMatch(shown + JSON.stringify([client, chat]) + `${client}`, /marked/);
  assert.match(shown, /Client \{ baseUrl: 'http:\/\/127/);
});

test("a post is parsed without being kept, and accepted for events()", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const { events, reply } = client.parseWebhook(said("<b>Hi</b>"));
  assert.deepEqual(reply, { status: 200, body: '{"ok":true}' });
  assert.deepEqual([events[0].type, events[0].text, events[0].by, events[0].seq], ["message", "Hi", "bot", null]);
  assert.deepEqual(events[0].prompt.kind, "text");
  assert.equal(await client.receive({ timeoutMs: 0 }), null);
  assert.equal(client.acceptWebhook(Buffer.from(said("Hi"))).status, 200);
  assert.equal((await client.receive()).text, "Hi");
  for (const [body, status] of [[said("Hi", "c", "wrong"), 401], ["no JSON", 400]]) {
    assert.throws(() => client.acceptWebhook(body), (error) => error.reply.status === status);
  }
  assert.throws(() => client.parseWebhook(said("Hi", "c", "wrong")), wotnot.WebhookRejectedError);
});

test("events come in order, and each conversation can be received alone", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const waiting = client.conversation("b").receive();
  for (const [text, conversation] of [["one", "a"], ["two", "b"], ["three", "a"]]) {
    client.acceptWebhook(said(text, conversation));
  }
  assert.equal((await waiting).text, "two");
  const heard = [];
  for await (const event of client.events({ timeoutMs: 1 })) heard.push(event.text);
  assert.deepEqual(heard, ["one", "three"]);
});

test("close ends every call and every wait", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const calls = Array.from({ length: 20 }, () => client.conversation("c").sendText("x").catch((error) => error));
  const wait = client.receive().catch((error) => error);
  const loop = (async () => {
    for await (const _ of client.events()) assert.fail("there is no event");
    return "ended";
  })();
  await peer.asked(1);
  await client.close();
  await client.close();
  for (const error of [...(await Promise.all(calls)), await wait]) assert(error instanceof wotnot.ClosedError);
  assert.equal(await loop, "ended");
  const late = await client.conversation("c").sendText("x").catch((error) => error);
  assert.deepEqual([late.code, late.delivery], ["closed", "not_sent"]);
});

test("interrupt ends the waits that there are", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const wait = client.receive();
  const loop = (async () => {
    for await (const _ of client.events()) assert.fail("there is no event");
    return "ended";
  })();
  client.interrupt();
  await assert.rejects(wait, wotnot.InterruptedError);
  assert.equal(await loop, "ended", "a loop ends without an error");
  client.acceptWebhook(said("later"));
  assert.equal((await client.receive()).text, "later");
});

test("await using closes", async () => {
  const client = new wotnot.Client({ token: "t" });
  await client[Symbol.asyncDispose]();
  await assert.rejects(client.conversation("c").sendText("x"), wotnot.ClosedError);
});

test("retries and verdicts are published on the diagnostics channel, before the call is over", async (t) => {
  const busy = [503, { ok: false }, { "retry-after": "0" }];
  const peer = await service(() => (peer.requests.length % 2 === 1 ? busy : [200, SENT]));
  t.after(() => peer.close());
  const records = [];
  const listener = (record) => records.push(record);
  subscribe("wotnot:log", listener);
  t.after(() => unsubscribe("wotnot:log", listener));
  await peer.client().conversation("c").sendText("hush");
  assert.deepEqual(records, []);
  const client = peer.client({ log: "retries" });
  await client.conversation("c").sendText("hush");
  const seen = records.map((record) => [record.client === client, record.kind, record.code, record.attempts, record.conversationId]);
  assert.deepEqual(seen, [
    [true, "retry", "server_error", 1, "c"],
    [true, "verdict", "ok", 2, "c"],
  ]);
  assert.match(records[1].text, /^send_message: ok after 2 attempts in \d+ ms$/);
  assert.doesNotMatch(inspect(records, { depth: null }), /hush|fake\.jwt/);
});

test("a prompt is answered with what it asks for", () => {
  const slider = { kind: "slider", min: 18, max: 99, step: null, unit: null, raw: null };
  assert.deepEqual(wotnot.answer(slider, 30), { type: "slider.response", data: { body: "30", value: 30, callback: null } });
  const files = { kind: "file", limits: { max_files: 1 }, raw: null };
  const [file] = wotnot.answer(files, { link: "https://example.com/17", filename: "a", mimeType: "text/x", size: 9 }).data.files;
  assert.deepEqual(file, { filename: "a", link: "https://example.com/17", mime_type: "text/x", extension: "" });
  for (const [wrong, expected] of [
    [() => wotnot.answer(slider, 7), "value: the bot asks for a number from 18 to 99"],
    [() => wotnot.answer(slider, Number.NaN), "value: NaN has no JSON form; give a finite number"],
    [() => wotnot.answer(files, { link: "https://example.com/a", mime: "x" }), /^value\.mime: unknown field/],
    [() => wotnot.answer(null, 7), /^prompt\.kind: missing/],
  ]) {
    assert.throws(wrong, (error) => {
      assert(error instanceof wotnot.InvalidArgumentError);
      assert.match(error.stack, /calls\.test\.mjs/);
      if (typeof expected === "string") assert.equal(error.message, expected);
      else assert.match(error.message, expected);
      return true;
    });
  }
});

test("what ends a connection is a network error, whichever part of it", () => {
  for (const type of [wotnot.TlsError, wotnot.ProxyError]) assert(type.prototype instanceof wotnot.NetworkError);
  assert.equal(wotnot.ForkedError.prototype.name, "ForkedError");
});
