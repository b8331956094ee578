// A program ends as it should, whatever is under way: forty times each, at different moments.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SENT, service } from "./service.mjs";

const TIMES = 40;

async function exit(script, baseUrl, at) {
  const file = fileURLToPath(new URL(`./scripts/${script}`, import.meta.url));
  const env = { ...process.env, BASE_URL: baseUrl, AFTER_MS: String(at) };
  const child = spawn(process.execPath, [file], { env, stdio: ["ignore", "ignore", "pipe"] });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    complaints += text;
  });
  const [code, signal] = await once(child, "close", { signal: AbortSignal.timeout(60_000) });
  assert.deepEqual({ code, signal, complaints }, { code: 0, signal: null, complaints: "" }, `time ${at}`);
}

for (const [script, situation] of [
  ["exit-listener.mjs", "a listener open"],
  ["exit-calls.mjs", "calls under way"],
  ["exit-workers.mjs", "workers with calls under way"],
]) {
  test(`a program without close() ends with ${situation}`, async (t) => {
    const peer = await service((request, body) => (body.message.data.body === "wait" ? undefined : [200, SENT]));
    t.after(() => peer.close());
    for (let at = 0; at < TIMES; at += 2) {
      await Promise.all([exit(script, peer.baseUrl, at), exit(script, peer.baseUrl, at + 1)]);
    }
  });
}
