// Every conformance vector through the package's public methods.

import assert from "node:assert/strict";
import { subscribe } from "node:diagnostics_channel";
import { after, describe, it } from "node:test";
import { answer, Client } from "wotnot";
import { showClient, showError } from "./leak_probe.mjs";
import * as documents from "./documents.mjs";
import { Player } from "./player.mjs";

const PLAYERS = 4;
const idle = Array.from({ length: PLAYERS }, () => new Player());
const { names } = await idle[0].ask({ list: true });
let passed = 0;

/** What the channel got of each client. */
const logs = new WeakMap();
subscribe("wotnot:log", ({ client, ...record }) => logs.set(client, [...(logs.get(client) ?? []), record]));

/** The oldest of it, in the form of an event. */
function takeLogged(client) {
  const [record, ...rest] = logs.get(client) ?? [];
  if (record === undefined) throw NO_EVENT;
  logs.set(client, rest);
  return { type: "log", log: documents.status(record) };
}

async function play(player, name) {
  let client;
  const begun = new Map();
  let turn = await player.ask({ open: name });
  while ("do" in turn) {
    const result = await envelope(async () => {
      if (turn.do === "new") {
        client = new Client(camelKeys(turn.config));
        showClient(client);
        return null;
      }
      return perform(client, begun, turn);
    });
    turn = await player.ask({ result });
  }
  await client?.close();
  assert(turn.passed, turn.why);
}

async function envelope(work) {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    showError(error);
    return { ok: false, error: error === NO_EVENT ? { code: "timeout", method: "receive" } : documents.failure(error) };
  }
}

const NO_EVENT = new Error("no event within the time");

async function perform(client, begun, turn) {
  switch (turn.do) {
    case "begin": {
      const promise = call(client, turn.method, turn.params);
      // Its failure is the result of `end`.
      promise.catch(() => {});
      begun.set(turn.name, promise);
      return null;
    }
    case "end":
      return begun.get(turn.name);
    case "receive": {
      const event = await client.receive({ timeoutMs: turn.timeout_ms });
      if (event === null) throw NO_EVENT;
      return documents.event(event);
    }
    case "interrupt":
      return client.interrupt() ?? null;
    case "close":
      return (await client.close()) ?? null;
    default:
      return call(client, turn.method, turn.params);
  }
}

/** The public method for a call, or the general `call` where only that can put it. */
async function call(client, method, params) {
  const { conversation_id, message, timeout_ms, body, authorization, ...rest } = params ?? {};
  const plain = typeof params === "object" && params !== null && !Array.isArray(params);
  const only = (...names) => plain && Object.keys(params).every((name) => names.includes(name));
  if (method === "start_conversation" && plain && !("signal" in params) && !("text" in params)) {
    return documents.started(await client.startConversation(camelTop(params)));
  }
  if (method === "open_conversation" && plain && !("signal" in params) && !("text" in params)) {
    return documents.opened(await client.openConversation(camelTop(params)));
  }
  if (method === "converse" && conversation_id && only("conversation_id", "message", "timeout_ms", "quiet_ms")) {
    const options = { timeoutMs: timeout_ms, quietMs: rest.quiet_ms };
    return documents.turn(await client.conversation(conversation_id).ask(message, options));
  }
  if (method === "answer" && only("prompt", "value") && params.value !== undefined && typeof params.prompt === "object") {
    return answer(params.prompt, params.value);
  }
  if (method === "forget" && plain && !("signal" in params)) {
    return client.forget(camelTop(params));
  }
  if (method === "receive" && rest.log && only("log", "timeout_ms")) {
    return takeLogged(client);
  }
  if (method === "receive" && conversation_id && only("conversation_id", "timeout_ms")) {
    const event = await client.conversation(conversation_id).receive({ timeoutMs: timeout_ms });
    if (event === null) throw NO_EVENT;
    return documents.event(event);
  }
  if (method === "send_message" && conversation_id && only("conversation_id", "message", "timeout_ms", "client_id", "queue")) {
    const options = { timeoutMs: timeout_ms, clientId: rest.client_id, queue: rest.queue };
    return documents.sent(await client.conversation(conversation_id).send(message, options));
  }
  if (method === "resolve" && only("conversation_id", "client_id", "action", "timeout_ms")) {
    const options = { timeoutMs: timeout_ms };
    return documents.sent(await client.conversation(conversation_id).resolve(rest.client_id, rest.action, options));
  }
  if (method === "transcript" && only("conversation_id", "format", "timeout_ms")) {
    const options = { timeoutMs: timeout_ms };
    const content = await client.conversation(conversation_id).transcript(rest.format, options);
    return { format: rest.format, content };
  }
  if (method === "upload" && params?.path !== undefined && only("path", "name", "type", "timeout_ms")) {
    const options = { name: rest.name, type: rest.type, timeoutMs: timeout_ms };
    return documents.uploaded(await client.upload(rest.path, options));
  }
  if (method === "set_app_state" && only("state")) {
    return { done: client.setAppState(rest.state) === undefined };
  }
  if (method === "set_identity" && only("identity")) {
    return { done: client.setIdentity(rest.identity) === undefined };
  }
  if (method === "parse_webhook" && only("body", "authorization")) {
    const { events, reply } = client.parseWebhook(body, { authorization });
    return { events: events.map(documents.event), reply };
  }
  if (method === "accept_webhook" && only("body", "authorization")) {
    return { reply: client.acceptWebhook(body, { authorization }) };
  }
  if (method === "status" && only()) {
    return documents.status(client.status());
  }
  return client.call(method, params);
}

const camelTop = (value) =>
  Object.fromEntries(Object.entries(value).map(([name, inner]) => [documents.camelCase(name), inner]));

function camelKeys(value) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [documents.camelCase(name), camelKeys(inner)]));
}

describe("the vectors", { concurrency: PLAYERS }, () => {
  for (const name of names) {
    it(name, { timeout: 120_000 }, async () => {
      const player = idle.pop();
      try {
        await play(player, name);
        passed += 1;
      } finally {
        idle.push(player);
      }
    });
  }

  after(() => {
    for (const player of idle) player.close();
    console.log(`${passed} of ${names.length} vectors passed`);
    assert.equal(passed, names.length);
    assert(passed > 0);
  });
});
