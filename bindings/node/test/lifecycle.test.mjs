// What a guest of the event loop owes it: threads, aborts, the end of the process, memory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { test } from "node:test";
import { inspect } from "node:util";
import { Worker } from "node:worker_threads";
import { fileURLToPath } from "node:url";
import { Client, InterruptedError } from "wotnot";
import { said, SENT, service } from "./service.mjs";

/** The addon beside the package: the object that the package itself uses. */
const ADDON = (() => {
  const folder = dirname(createRequire(import.meta.url).resolve("wotnot/package.json"));
  return join(folder, readdirSync(folder).find((name) => name.endsWith(".node")));
})();

const SCRIPTS = new URL("./scripts/", import.meta.url);

/** Runs a program of its own to its end, which must come by itself. */
async function program(name, env, flags = [], runner = []) {
  const [command, ...words] = [...runner, process.execPath, ...flags, fileURLToPath(new URL(name, SCRIPTS))];
  const child = spawn(command, words, {
    // What it prints is compared.
    env: { ...process.env, FORCE_COLOR: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  const [code] = await once(child, "close", { signal: AbortSignal.timeout(300_000) });
  return { code, text: text.trim() };
}

test("waiting calls starve neither the file system nor other clients", async (t) => {
  const peer = await service((request, body) => (body.message.data.body === "wait" ? undefined : [200, SENT]));
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const waiting = Array.from({ length: 8 }, () => client.conversation("c").sendText("wait").catch(() => "closed"));
  const events = Array.from({ length: 100 }, () => client.receive().catch(() => "closed"));
  await peer.asked(8);
  await Promise.all(Array.from({ length: 8 }, () => readFile(new URL(import.meta.url))));
  assert.equal((await client.conversation("c").sendText("go")).messageId, SENT.message_id);
  await client.close();
  assert.deepEqual(new Set(await Promise.all([...waiting, ...events])), new Set(["closed"]));
});

test("calls run on a bounded number of threads", { skip: process.platform !== "linux" && "no /proc" }, async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client();
  const calls = Array.from({ length: 200 }, () => client.conversation("c").sendText("x").catch(() => "closed"));
  await peer.asked(16);
  const threads = readdirSync("/proc/self/task").filter((id) => {
    return readFileSync(`/proc/self/task/${id}/comm`, "utf8").trim() === "wotnot-call";
  });
  assert.equal(threads.length, 16);
  await client.close();
  assert.equal((await Promise.all(calls)).filter((end) => end === "closed").length, 200);
});

test("the event loop is never held up by a call", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client();
  const delay = monitorEventLoopDelay({ resolution: 5 });
  delay.enable();
  await client.conversation("c").sendText("x", { timeoutMs: 1000 }).catch(() => undefined);
  delay.disable();
  assert(delay.percentile(50) < 200e6, `the loop's delay was ${delay.percentile(50) / 1e6} ms`);
});

test("an abort ends a call at once, wherever it is, and says what became of the message", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client({ timeoutMs: 60_000 });
  const abort = new AbortController();
  const options = { signal: abort.signal };
  const started = Array.from({ length: 16 }, () => client.conversation("c").sendText("x", options).catch((e) => e));
  await peer.asked(16);
  const queued = client.conversation("c").sendText("x", options).catch((error) => error);
  const reason = new Error("the visitor left");
  const since = performance.now();
  abort.abort(reason);
  for (const error of await Promise.all(started)) {
    assert(error instanceof InterruptedError);
    assert.equal(error.cause, reason);
    assert.equal(error.delivery, "unknown");
  }
  assert((await queued) instanceof InterruptedError);
  assert(performance.now() - since < 2000);
  const late = await client.conversation("c").sendText("x", options).catch((error) => error);
  assert.deepEqual([late.code, late.delivery, late.cause], ["interrupted", "not_sent", reason]);
});

test("an abort in the queue does not wait for the calls that run", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client({ timeoutMs: 60_000 });
  const running = Array.from({ length: 16 }, () => client.conversation("c").sendText("x").catch(() => "closed"));
  await peer.asked(16);
  const abort = new AbortController();
  const queued = client.conversation("c").sendText("x", { signal: abort.signal });
  abort.abort();
  await assert.rejects(queued, { name: "InterruptedError", delivery: "not_sent" });
  assert.equal(peer.requests.length, 16);
  await client.close();
  await Promise.all(running);
});

test("time in a queue counts, and a call that never left says so", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client({ timeoutMs: 60_000 });
  let running = 16;
  const calls = Array.from({ length: 16 }, () => {
    return client.conversation("c").sendText("x").catch(() => { running -= 1; });
  });
  await peer.asked(16);
  const error = await client.conversation("c").sendText("x", { timeoutMs: 200 }).catch((error) => error);
  assert.deepEqual([error.code, error.delivery, error.attempts], ["request_timeout", "not_sent", 0]);
  assert.deepEqual([running, peer.requests.length], [16, 16]);
  const own = peer.client({ timeoutMs: 200 });
  const late = await own.conversation("c").sendText("x").catch((error) => error);
  assert.deepEqual([late.code, late.delivery], ["request_timeout", "not_sent"], "the client's own limit counts too");
  await client.close();
  await Promise.all(calls);
});

test("what sends nothing never waits behind calls that do", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client({ timeoutMs: 60_000, webhook: { token: "hook" } });
  const calls = Array.from({ length: 16 }, () => client.conversation("c").sendText("x").catch(() => "closed"));
  await peer.asked(16);
  assert.equal((await client.call("status")).counters.calls, 16);
  const { reply } = await client.call("accept_webhook", { body: said("Hi") });
  assert.equal(reply.status, 200);
  assert.equal((await client.receive()).text, "Hi");
  await assert.rejects(client.call("no_such_method"), { code: "unknown_method" });
  await client.close();
  assert.deepEqual(new Set(await Promise.all(calls)), new Set(["closed"]));
});

test("calls that wait for events take no turn from those that send", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const waits = Array.from({ length: 20 }, () => client.call("receive").catch(({ code }) => code));
  assert.equal((await client.conversation("c").sendText("x")).messageId, SENT.message_id);
  client.acceptWebhook(said("Hi"));
  // An event that nobody has taken yet is gone with the client.
  assert.equal((await Promise.race(waits)).text, "Hi");
  await client.close();
  const ends = await Promise.all(waits);
  assert.deepEqual(ends.map((end) => end.text ?? end).sort(), ["Hi", ...Array.from({ length: 19 }, () => "closed")].sort());
});

test("2,000 aborts race with answers: each call ends once, and says what became of it", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const chat = peer.client().conversation("c");
  const deliveries = new Map();
  for (let round = 0; round < 100; round += 1) {
    const ends = Array.from({ length: 20 }, async (_, at) => {
      const abort = new AbortController();
      const end = chat.sendText("x", { signal: abort.signal }).then(() => "sent", (error) => `${error.code} ${error.delivery}`);
      for (let turn = 0; turn < (at * 7 + round) % 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      abort.abort();
      return end;
    });
    for (const end of await Promise.all(ends)) deliveries.set(end, (deliveries.get(end) ?? 0) + 1);
  }
  const count = (end) => deliveries.get(end) ?? 0;
  assert.equal(count("sent") + count("interrupted not_sent") + count("interrupted unknown"), 2000, inspect(deliveries));
  assert(peer.requests.length <= 2000 - count("interrupted not_sent"), "one that was not sent arrived");
});

test("2,000 aborts race with events: none is lost, and none comes twice", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook", capacity: 5000 } });
  const got = [];
  for (let at = 0; at < 2000; at += 1) {
    const abort = new AbortController();
    const options = { signal: abort.signal };
    const wait = at % 2 ? client.receive(options) : client.events(options).next().then(({ value }) => value);
    const end = wait.then((event) => got.push(event.text), (error) => assert(error instanceof InterruptedError));
    const steps = [() => client.acceptWebhook(said(`event ${at}`)), () => abort.abort()];
    for (const step of at % 3 ? steps : steps.reverse()) {
      step();
      if (at % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await end;
  }
  for await (const event of client.events({ timeoutMs: 0 })) got.push(event.text);
  assert.equal(got.length, 2000);
  assert.equal(new Set(got).size, 2000);
});

test("an event wakes those who wait for its conversation, however many wait for others", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const { NativeClient } = createRequire(import.meta.url)(ADDON);
  const { poll } = NativeClient.prototype;
  t.after(() => Object.assign(NativeClient.prototype, { poll }));
  const client = peer.client({ webhook: { token: "hook" } });
  const idle = Array.from({ length: 2000 }, (_, at) => client.conversation(`idle-${at}`).receive().catch(() => "closed"));
  let polls = 0;
  NativeClient.prototype.poll = function (...words) {
    polls += 1;
    return poll.apply(this, words);
  };
  for (let at = 0; at < 50; at += 1) {
    const busy = client.conversation("busy").receive();
    client.acceptWebhook(said("nobody's", "nobody"));
    client.acceptWebhook(said(`event ${at}`, "busy"));
    assert.equal((await busy).text, `event ${at}`);
  }
  assert(polls <= 50 * 4, `${polls} polls for 50 events`);
  client.acceptWebhook(said("last", "idle-1999"));
  assert.equal((await idle.pop()).text, "last");
  await client.close();
  assert.deepEqual(new Set(await Promise.all(idle)), new Set(["closed"]));
});

test("an abort ends a wait for events at once", async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const abort = new AbortController();
  const loop = (async () => {
    for await (const _ of client.events({ signal: abort.signal })) assert.fail("there is no event");
  })();
  abort.abort(new Error("enough"));
  await assert.rejects(loop, (error) => error instanceof InterruptedError && error.cause.message === "enough");
  client.acceptWebhook(said("kept"));
  assert.equal((await client.receive()).text, "kept", "no event is lost to a wait that was aborted");
});

test("a client that rests after a rush of calls burns no processor", async () => {
  const { code, text } = await program("rest.mjs", {});
  assert.equal(code, 0);
  assert(Number(text) < 200, `${text} ms in a second`);
});

test("an idle client lets the process end", async () => {
  assert.deepEqual(await program("idle.mjs"), { code: 0, text: "done" });
});

test("a pending call and a pending event keep the process alive", async (t) => {
  const peer = await service(async () => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    return [200, SENT];
  });
  t.after(() => peer.close());
  const env = { BASE_URL: peer.baseUrl };
  assert.deepEqual(await program("pending.mjs", env), { code: 0, text: `${SENT.message_id}\nHi` });
});

test("worker threads come and go, with calls in flight", async (t) => {
  const peer = await service((request, body) => (body.message.data.body === "wait" ? undefined : [200, SENT]));
  t.after(() => peer.close());
  for (let round = 0; round < 10; round += 1) {
    const workers = Array.from({ length: 3 }, () => {
      return new Worker(new URL("worker.mjs", SCRIPTS), { workerData: peer.baseUrl });
    });
    for (const [worker, [message]] of (await Promise.all(workers.map((worker) => once(worker, "message")))).map(
      (message, at) => [workers[at], message],
    )) {
      assert.equal(message, SENT.message_id);
      await worker.terminate();
    }
  }
  assert.equal((await peer.client().conversation("c").sendText("x")).messageId, SENT.message_id);
});

test("a call that the system has no thread for is rejected, sends nothing and keeps nobody alive", {
  skip: process.platform !== "linux" && "no prlimit",
}, async (t) => {
  const peer = await service();
  t.after(() => peer.close());
  // Root is bound by no limit of processes: be somebody else, who may read the same files.
  const asNobody = ["setpriv", "--reuid=65534", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"];
  const runner = process.getuid() === 0 ? asNobody : [];
  const { code, text } = await program("threadless.mjs", { BASE_URL: peer.baseUrl }, [], runner);
  assert.deepEqual(JSON.parse(text), {
    name: "OverloadedError",
    code: "overloaded",
    delivery: "not_sent",
    retryable: true,
    wait: "closed",
  });
  assert.deepEqual([code, peer.requests.length], [0, 0]);
});

test("memory stays flat over calls that succeed, fail and are cancelled", async () => {
  const { code, text } = await program("flat.mjs", {}, ["--expose-gc"]);
  assert.equal(code, 0, text);
});

test("10,000 clients made and dropped leave nothing behind", async () => {
  const { code, text } = await program("many.mjs", {}, ["--expose-gc"]);
  assert.equal(code, 0, text);
});

test("a missing or unfit binary says what was tried and why", async () => {
  const missing = await program("load.mjs", { WOTNOT_NATIVE: "/nowhere/wotnot.node" });
  assert.match(missing.text, /no addon for \S+ \(Node v\d+.*\/nowhere\/wotnot\.node: Cannot find module/s);
  const folder = mkdtempSync(join(tmpdir(), "wotnot-"));
  writeFileSync(join(folder, "unfit.node"), "no machine code");
  const unfit = await program("load.mjs", { WOTNOT_NATIVE: join(folder, "unfit.node") });
  rmSync(folder, { recursive: true });
  assert.match(unfit.text, /unfit\.node: .*(file too short|invalid ELF|not a mach-o|not a valid)/is);
  assert.match(unfit.text, /this machine cannot load it/);
});

test("one set of classes, whether imported or required", async () => {
  assert.equal(createRequire(import.meta.url)("wotnot").Client, Client);
});

test("one AbortSignal over many loops and calls gives no MaxListenersExceededWarning", async (t) => {
  const peer = await service(() => undefined);
  t.after(() => peer.close());
  const client = peer.client({ webhook: { token: "hook" } });
  const warnings = [];
  const listener = (warning) => warnings.push(warning.name);
  process.on("warning", listener);
  t.after(() => process.off("warning", listener));
  const all = new AbortController();
  const { signal } = all;
  const loops = Array.from({ length: 50 }, (_, at) => client.conversation(`c${at}`).events({ signal }).next());
  const calls = Array.from({ length: 8 }, () => client.conversation("c").sendText("x", { signal }));
  const ends = Promise.allSettled([...loops, ...calls]);
  await peer.asked(8);
  all.abort();
  assert((await ends).every(({ reason }) => reason instanceof InterruptedError));
  // Warnings are emitted in a turn of their own.
  await new Promise(setImmediate);
  assert.deepEqual(warnings, []);
});
