// A whole conversation with the emulator, and its powers.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { NetworkError, RateLimitedError, UnauthorizedError } from "wotnot";
import { Emulator, EmulatorError } from "wotnot/testing";

let emulator;

before(async () => {
  emulator = await Emulator.start({ seed: 4711 });
});
beforeEach(() => emulator.reset());
after(() => emulator.close());

async function hear(chat, wanted) {
  for await (const event of chat.events({ timeoutMs: 20_000 })) {
    if (event.type === "message" && event.by !== "visitor" && event.text.includes(wanted)) return event;
  }
  assert.fail(`the bot never said ${wanted}`);
}

test("a visitor talks to the bot, answers its prompts, and the emulator has it all", async () => {
  await using_(await emulator.client(), async (client) => {
    const variables = { contact: { name: "Asha" } };
    const chat = await client.startConversation({ visitorId: "visitor-42", text: "Hello", variables });
    await hear(chat, "Hi Asha");
    const topic = await hear(chat, "What is it about?");
    assert.equal(topic.prompt.kind, "choice");
    assert.deepEqual(topic.prompt.options.map(({ label }) => label), ["Sales", "Our site"]);
    await chat.send(topic.prompt.options[0].answer);
    const age = await hear(chat, "How old are you?");
    assert.deepEqual([age.prompt.kind, age.prompt.min, age.prompt.max], ["slider", 18, 99]);
    await chat.sendSlider(30);
    await hear(chat, "Thank you");

    const [{ conversation }] = await emulator.conversations();
    assert.equal(conversation, chat.id);
    assert.match(JSON.stringify(await emulator.transcript(chat.id)), /Thank you/);
    assert.equal((await emulator.requests()).length, 3);
  });
});

test("a whole turn comes with what was asked", async () => {
  await using_(await emulator.client(), async (client) => {
    const variables = { contact: { name: "Asha" } };
    const chat = await client.openConversation({ visitorId: "visitor-42", text: "Hello", variables });
    assert.deepEqual([chat.opened, chat.messageSent], ["started", true]);
    const topic = await hear(chat, "What is it about?");
    const age = await chat.ask(topic.prompt.options[0].answer);
    assert.deepEqual([age.text, age.ended, age.prompt.kind, age.prompt.max], ["How old are you?", "prompt", "slider", 99]);
    assert.equal(age.prompt, age.events.at(-1).prompt);
    assert.equal((await chat.ask("many")).ended, "prompt", "a wrong answer is asked again");
    const bye = await chat.ask({ type: "slider.response", data: { value: 30 } });
    assert.match(bye.text, /Thank you/);
    assert.equal(bye.prompt, null);
    const known = await client.openConversation({ visitorId: "visitor-42", text: "Hello" });
    assert(known.id !== chat.id || known.opened === "reused");
    await assert.rejects(chat.ask(42), { code: "invalid_argument", delivery: "not_sent" });
    await assert.rejects(chat.ask("x", { quietMs: -1 }), /quietMs: /);
    assert.equal((await client.forget({ conversationId: known.id })).forgotten, 1);
  });
});

test("a bot may have any name, even one with a line of its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wotnot-"));
  const flow = join(folder, "named.yaml");
  const name = "Lead\u2028\u2029capture";
  writeFileSync(flow, `bot: {name: ${JSON.stringify(name)}, key: named}\nstart: bye\nblocks: {bye: {type: end, text: Bye}}\n`);
  const named = await Emulator.start({ flow });
  assert.deepEqual(named.bots, [{ name, key: "named" }]);
  await named.close();
  rmSync(folder, { recursive: true });
});

test("an agent takes over and closes", async () => {
  await using_(await emulator.client(), async (client) => {
    const chat = await client.startConversation({ visitorId: "visitor-43", text: "Hello" });
    await hear(chat, "What is it about?");
    await emulator.agentSays(chat.id, "This is Ravi");
    assert.equal((await hear(chat, "This is Ravi")).by, "agent");
    await emulator.closeConversation(chat.id);
    for await (const event of chat.events({ timeoutMs: 20_000 })) {
      if (event.type === "status") return;
    }
    assert.fail("no status event came");
  });
});

test("faults strike, are counted, and the errors are true", async () => {
  await using_(await emulator.client({ retry: { maxAttempts: 1 } }), async (client) => {
    const chat = await client.startConversation({ visitorId: "visitor-44", text: "Hello" });
    await hear(chat, "What is it about?");
    for (const [fault, type, delivery] of [
      [{ fault: "rate_limited", retry_after: "3" }, RateLimitedError, "rejected"],
      [{ fault: "token_expired" }, UnauthorizedError, "rejected"],
      [{ fault: "drop_request" }, NetworkError, "unknown"],
    ]) {
      await emulator.setFaults([{ call: "send", ...fault }]);
      const error = await chat.sendText("Sales").catch((error) => error);
      assert(error instanceof type, `${fault.fault}: ${error}`);
      assert.equal(error.delivery, delivery);
      assert.equal((await emulator.faults()).length, 1);
    }
    await emulator.setFaults([]);
  });
});

test("an emulator that cannot start says why", async () => {
  await assert.rejects(Emulator.start({ flow: "/nowhere.yaml" }), (error) => {
    return error instanceof EmulatorError && error.message.includes("/nowhere.yaml");
  });
  await assert.rejects(Emulator.start({ command: "/nowhere/wotnot" }), /the emulator did not start: .*ENOENT/);
});

test("the command's package is for this machine alone, has its licences, and puts the command where npx finds it", () => {
  const require = createRequire(import.meta.url);
  const { dependencies } = require("../package.json");
  const name = Object.keys(dependencies).find((dependency) => dependency.startsWith("wotnot-cli-"));
  const path = require.resolve(`${name}/package.json`);
  const { version, os, cpu, libc } = require(path);
  assert.deepEqual([version, os, cpu], [require("wotnot/package.json").version, [process.platform], [process.arch]]);
  assert.equal(libc?.length, process.platform === "linux" ? 1 : undefined);
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) assert(readFileSync(join(dirname(path), licence)).length > 1000);
  const { stdout } = spawnSync("npx", ["--offline", "--no", "--", "wotnot", "--version"], { encoding: "utf8" });
  assert(stdout.startsWith(`wotnot ${version} (`), stdout);
});

test("the example chats over standard input", async () => {
  const env = {
    ...process.env,
    WOTNOT_BASE_URL: emulator.baseUrl,
    WOTNOT_TOKEN: emulator.token,
    WOTNOT_BOT_KEY: emulator.botKey,
    WOTNOT_WEBHOOK_TOKEN: "hook",
    WOTNOT_LISTEN: "127.0.0.1:0",
  };
  const probe = await emulator.client({ webhook: { token: "hook", listen: "127.0.0.1:0" } });
  const url = new URL(probe.webhookUrl);
  await probe.close();
  const example = fileURLToPath(new URL("../examples/chat.mjs", import.meta.url));
  const child = spawn(process.execPath, [example], { env: { ...env, WOTNOT_LISTEN: url.host }, stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end("Hello\nSales\n30\n");
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (part) => {
    text += part;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, text);
  assert.match(text, /Hi Asha\nWhat is it about\?\n\[Sales\] \[Our site\]\nHow old are you\?\nThank you/);
});

/** What `await using` does, for Node 20, which does not have it. */
async function using_(resource, work) {
  try {
    await work(resource);
  } finally {
    await resource.close();
  }
}
