// What a program gets wrong, or does on purpose: every wrong value is named, nothing is sent and nothing is lost.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { createContext, runInContext } from "node:vm";
import * as wotnot from "wotnot";
import { said, service, STARTED } from "./service.mjs";

/** A client of a service that must not be asked. */
async function unasked(t, options) {
  const peer = await service();
  t.after(async () => {
    await peer.close();
    assert.equal(peer.requests.length, 0, "something was sent");
  });
  return peer.client({ webhook: { token: "hook" }, ...options });
}

/** The rejection of a promise that the call must give, and not throw. */
function rejection(call) {
  return Promise.resolve(call()).then(
    () => assert.fail("it went well"),
    (error) => error,
  );
}

const throwing = (name) => Object.defineProperty({}, name, { enumerable: true, get: () => { throw new RangeError("a getter"); } });

function cyclic() {
  const options = { visitorId: "v", text: "Hello" };
  options.variables = { contact: options };
  return options;
}

test("a signal that cannot be listened to is named, and the next event is not lost", async (t) => {
  const client = await unasked(t);
  const deaf = { aborted: false, addEventListener: () => { throw new Error("deaf"); }, removeEventListener() {} };
  const sticky = { aborted: false, addEventListener() {}, removeEventListener: () => { throw new Error("sticky"); } };
  for (const signal of [{}, { aborted: false }, "signal", 1, new AbortController(), deaf, throwing("aborted")]) {
    for (const call of [
      () => client.receive({ signal }),
      () => client.events({ signal }).next(),
      () => client.conversation("c").sendText("x", { signal }),
      () => client.call("status", {}, { signal }),
    ]) {
      const error = await rejection(call);
      assert(error instanceof wotnot.InvalidArgumentError, `${error}`);
      assert(signal !== deaf || error.message.startsWith("signal: "), error.message);
    }
  }
  client.acceptWebhook(said("kept"));
  assert.equal((await client.receive({ timeoutMs: 10_000 })).text, "kept");
  const waiting = client.receive({ signal: sticky });
  client.acceptWebhook(said("once more"));
  assert.equal((await waiting).text, "once more");
});

test("return() ends a loop whose next() waits, at once and without a loss", async (t) => {
  const client = await unasked(t);
  const loop = client.events();
  const waits = [loop.next(), loop.next()];
  assert.deepEqual(await loop.return(), { done: true, value: undefined });
  for (const wait of waits) assert.deepEqual(await wait, { done: true, value: undefined });
  assert.deepEqual(await loop.next(), { done: true, value: undefined });
  client.acceptWebhook(said("kept"));
  assert.equal((await client.receive()).text, "kept");
  const other = client.conversation("3f0c").events();
  const wait = other.next();
  await assert.rejects(other.throw(new Error("mine")), /mine/);
  assert.equal((await wait).done, true);
});

test("two next() of one loop get two events, in order", async (t) => {
  const client = await unasked(t);
  const loop = client.events();
  const both = Promise.all([loop.next(), loop.next()]);
  client.acceptWebhook(said("one"));
  client.acceptWebhook(said("two"));
  assert.deepEqual((await both).map(({ value }) => value.text), ["one", "two"]);
});

test("the bytes of another realm are bytes", async (t) => {
  const client = await unasked(t);
  const bytes = runInContext(`Uint8Array.from(${JSON.stringify([...Buffer.from(said("Hi"))])})`, createContext());
  assert(!(bytes instanceof Uint8Array));
  assert.equal(client.parseWebhook(bytes).events[0].text, "Hi");
  assert.equal(client.acceptWebhook(new DataView(bytes.buffer)).status, 200);
});

test("a method that gives a promise never throws", async (t) => {
  const client = await unasked(t);
  const chat = client.conversation("c");
  for (const [method, call] of [
    ["start_conversation", () => client.startConversation(throwing("text"))],
    ["start_conversation", () => client.startConversation(throwing("visitorId"))],
    ["start_conversation", () => client.startConversation(cyclic())],
    ["start_conversation", () => client.startConversation("Hello")],
    ["send_message", () => chat.sendText("x", throwing("signal"))],
    ["send_message", () => chat.sendText("x", throwing("timeoutMs"))],
    ["send_message", () => chat.sendText("x", 500)],
    ["send_message", () => chat.sendText("x", { timeout: 500 })],
    ["send_message", () => chat.sendFiles([throwing("link")])],
    ["send_message", () => chat.sendFiles([{ link: cyclic() }])],
    ["send_message", () => chat.sendVariables(throwing("contact"))],
    ["send_message", () => chat.sendForm(throwing("Age"))],
    ["send_message", () => chat.send(throwing("type"))],
    ["send_message", () => client.call("send_message", throwing("message"))],
    ["receive", () => client.receive(throwing("timeoutMs"))],
    ["receive", () => chat.receive({ timeout: 5 })],
    ["receive", () => chat.receive(5)],
    ["receive", () => chat.events(throwing("signal")).next()],
  ]) {
    const error = await rejection(call);
    assert(error instanceof wotnot.InvalidArgumentError, `${call}: ${error}`);
    assert.deepEqual([error.method, error.delivery], [method, method === "receive" ? null : "not_sent"], `${call}`);
    assert.match(error.stack.split("\n")[1], /misuse\.test\.mjs/, `${call}`);
  }
  assert.equal(await client.receive({ timeoutMs: 0, signal: null }), null);
  client.acceptWebhook(said("one"));
  assert.equal((await client.receive(null)).text, "one");
});

test("what has no place in JSON is named in the caller's words", async (t) => {
  const client = await unasked(t);
  const chat = client.conversation("c");
  class Grade extends Number {
    toJSON() {
      return { type: "text", data: { body: "mine" } };
    }
  }
  let deep = {};
  for (let at = 0; at < 20_000; at += 1) deep = { deep };
  const depth = (levels) => JSON.parse(`${'{"a":'.repeat(levels)}1${"}".repeat(levels)}`);
  for (const [call, message] of [
    [() => chat.sendSlider(new Grade(5)), /^value: expected a plain value, found an object around one/],
    [() => chat.sendSlider(Number.NaN), /^value: NaN has no JSON form/],
    [() => chat.sendSlider(Number.POSITIVE_INFINITY), /^value: Infinity has no JSON form/],
    [() => chat.sendSlider("5"), /^value: expected a number, found a string/],
    [() => chat.sendText(["Hello"]), /^text: expected a string, found an array/],
    [() => chat.sendText(new String("Hello")), /^text: expected a plain value/],
    [() => chat.sendText(() => "Hello"), /^text: a function has no JSON form/],
    [() => chat.send(deep), /^message\.\S+: nested more than 127 deep/],
    [() => chat.send({ type: "odd", data: depth(126), unchecked: true }), /^message\.data\.\S+: nested more than 127 deep/],
    [() => chat.sendForm(new Map([[null, 1]])), /^values: expected a plain object/],
    [() => chat.sendForm([30]), /^values: expected a plain object/],
    [() => chat.sendVariables({ contact: new Map([[null, 1]]) }), /^variables\.contact: expected a plain object/],
    [() => chat.sendForm({ Age: Symbol("30") }), /^values\[0\]\.value: a symbol has no JSON form/],
    [() => chat.sendFiles([{ link: "https://example.com/a.png", mimeTyp: "image/png" }]), /^files\[0\]\.mimeTyp: unknown field; did you mean `files\[0\]\.mimeType`/],
    [() => chat.sendFiles([{ link: 5 }]), /^files\[0\]\.link: /],
    [() => chat.sendText("x", { timeoutMs: -1 }), /^timeoutMs: expected a whole number from 1 to 3600000/],
    [() => chat.sendText("x", { timeoutMS: 5 }), /^timeout/],
    [() => chat.receive({ timeoutMs: -1 }), /^timeoutMs: expected a number of milliseconds/],
    [() => client.startConversation({ visitorId: "v", text: new Map() }), /^text: a Map/],
    [() => client.startConversation({ visitorID: "v", text: "Hello" }), /^visitorID: unknown field; did you mean `visitorId`/],
    [() => client.call("send_message", { conversation_id: "c", message: { type: "text", data: { body: "x" } }, timeout_ms: -1 }), /^timeout_ms: /],
  ]) {
    const error = await rejection(call);
    assert(error instanceof wotnot.InvalidArgumentError, `${call}: ${error}`);
    assert.match(error.message, message);
    assert.equal(error.code, "invalid_argument", `${call}`);
    assert.equal(error.delivery, error.method === "receive" ? null : "not_sent", `${call}`);
  }
  for (const [options, message] of [
    [{ token: "t", timeoutMs: -1 }, /^InvalidArgumentError: timeoutMs: expected a whole number from 1 to 3600000/],
    [{ token: "t", botkey: "b" }, /botkey: unknown field; did you mean `botKey`/],
    [{ token: "t", retry: { maxAttempts: 0 } }, /retry\.maxAttempts: /],
    [{ token: "t", baseUrl: "https://user:secret@example.com" }, /baseUrl: must not hold a user or a password/],
  ]) {
    assert.throws(() => new wotnot.Client(options), (error) => message.test(`${error}`) && !inspect(error).includes("secret"));
  }
  assert.throws(() => client.acceptWebhook(5), /body: expected a string/);
  assert.throws(() => client.parseWebhook(throwing("x"), throwing("authorization")), wotnot.InvalidArgumentError);
});

test("as deep as the core reads goes out as it is", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const data = JSON.parse(`{"__proto__":{"b":[null]},"c":${'{"a":'.repeat(90)}1${"}".repeat(90)}}`);
  await peer.client().conversation("c").send({ type: "odd", data, unchecked: true });
  assert.deepEqual(peer.requests[0].body.message.data, data);
});

test("a cause is an Error, and there only when there is one", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const chat = client.conversation("c");
  const plain = await rejection(() => chat.sendText(42));
  assert(!("cause" in plain));
  assert.doesNotMatch(inspect(plain), /\[cause\]/);
  assert.deepEqual([plain.method, plain.errno], ["send_message", 13]);
  for (const reason of [undefined, new Error("gone"), "gone", { left: true }, null]) {
    for (const call of [(options) => chat.sendText("x", options), (options) => client.receive(options)]) {
      const abort = new AbortController();
      const ended = rejection(() => call({ signal: abort.signal }));
      abort.abort(reason);
      const error = await ended;
      assert(error instanceof wotnot.InterruptedError);
      assert(error.cause instanceof Error);
      const kept = error.cause === abort.signal.reason || error.cause.cause === abort.signal.reason;
      assert(kept, inspect(error));
    }
  }
  client.interrupt();
  const wait = rejection(() => client.receive());
  client.interrupt();
  assert(!("cause" in (await wait)));
});

test("one signal ends many loops and calls, without a warning of a leak", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const warnings = [];
  const hear = (warning) => warnings.push(warning);
  process.on("warning", hear);
  t.after(() => process.off("warning", hear));
  const client = peer.client({ webhook: { token: "hook" } });
  const controller = new AbortController();
  const ends = Array.from({ length: 30 }, (_, at) => {
    const options = { signal: controller.signal };
    return at % 2 ? rejection(() => client.events(options).next()) : rejection(() => client.conversation("c").sendText("x", options));
  });
  await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  for (const end of ends) assert((await end) instanceof wotnot.InterruptedError);
  assert.deepEqual(warnings, []);
});

test("what is printed shows nothing of a person or a file", async (t) => {
  const peer = await service(() => [200, STARTED]);
  t.after(() => peer.close());
  const chat = await peer.client().startConversation({ visitorId: "v", text: "Hello" });
  assert.equal(chat.contact.name, "Asha");
  const shown = [chat, chat.contact, { chat }].map((value) => `${inspect(value, { depth: 9, showHidden: true })} ${value}`).join();
  assert.doesNotMatch(shown, /Asha|visitor-42/);
  const link = { link: "https://example.com/secret-file.png?key=5", path: 5 };
  const error = await rejection(() => chat.sendFiles([link]));
  assert.doesNotMatch(inspect(error), /secret-file/);
});

test("an event for a browser has no more than a browser needs", async (t) => {
  const client = await unasked(t);
  const [event] = client.parseWebhook(said("<b>Hi</b>")).events;
  const form = JSON.parse(JSON.stringify(event));
  assert.deepEqual(Object.keys(form).sort(), ["by", "conversationId", "eventId", "html", "occurredAt", "prompt", "receivedAt", "seq", "text", "type"]);
  assert.deepEqual([form.text, form.prompt], ["Hi", { kind: "text", format: "any" }]);
  const note = { token: "hook", events: [{ event: { type: "note", payload: { note: "angry customer" } } }] };
  const internal = JSON.stringify(client.parseWebhook(JSON.stringify(note)).events);
  assert.doesNotMatch(internal, /angry|raw|payload/);
  assert.equal(event.raw.event.type, "message");
});
