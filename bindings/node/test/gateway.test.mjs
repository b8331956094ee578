// Files and app states, through a gateway in a process of its own.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { Client, InvalidArgumentError } from "wotnot";

const PNG = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(600_000)]);
const folder = mkdtempSync(join(tmpdir(), "wotnot-gateway-"));
let child;
let gateway;

before(async () => {
  const options = ["gateway", "--dev", "--port", "0", "--log-level", "warn", "--data", join(folder, "data")];
  const packages = new URL("../node_modules/", import.meta.url);
  const command = readdirSync(packages).find((name) => name.startsWith("wotnot-cli-"));
  child = spawn(fileURLToPath(new URL(`${command}/wotnot`, packages)), options, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout.setEncoding("utf8"), "data");
  gateway = { url: line.split("\n")[0].trim(), app: "dev" };
});

after(() => child.kill());

async function visiting(work) {
  const client = new Client({ gateway });
  try {
    await work(client);
  } finally {
    await client.close();
  }
}

test("a file goes over part by part, and goes on where it was left", () => visiting(async (client) => {
  client.setAppState("background");
  const begun = [];
  for await (const part of client.uploadParts(PNG, { name: "cat.png" })) {
    begun.push(part);
    if (begun.length === 2) break;
  }
  const rest = [];
  for await (const part of client.uploadParts(PNG, { fileId: begun[1].fileId })) rest.push(part);
  assert.deepEqual([...begun, ...rest].map(({ offset }) => offset), [0, 262_144, 262_144, 524_288, PNG.length]);
  assert.equal(rest.at(-1).ready, true);
  assert.match(rest.at(-1).link, /^http/);
}));

test("a whole file goes over", () => visiting(async (client) => {
  const path = join(folder, "cat.png");
  writeFileSync(path, PNG);
  const { ready, name, size } = await client.upload(path);
  assert.deepEqual({ ready, name, size }, { ready: true, name: "cat.png", size: PNG.length });
  await assert.rejects(client.upload(join(folder, "none.png")), InvalidArgumentError);
}));

test("what becomes of a message comes among the events", () => visiting(async (client) => {
  const chat = await client.openConversation({ text: "Hello" });
  await chat.sendText("Anybody?", { clientId: "node-1" });
  let state;
  for await (const event of chat.events({ timeoutMs: 30_000 })) {
    if (event.type === "delivery" && event.clientId === "node-1") ({ state } = event);
    if (state) break;
  }
  assert.equal(state, "accepted");
}));

test("a file that became shorter ends its upload with an error", () => visiting(async (client) => {
  const path = join(folder, "shorter.png");
  writeFileSync(path, PNG);
  const parts = client.uploadParts(path);
  assert.equal((await parts.next()).value.offset, 0);
  truncateSync(path, 0);
  await assert.rejects(parts.next(), (error) => error instanceof InvalidArgumentError && /data: has no bytes/.test(error.message));
}));
