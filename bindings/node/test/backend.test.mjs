// The web backend of the examples, with many visitors against an emulator.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { Client } from "wotnot";
import { Emulator } from "wotnot/testing";
import { backend } from "../examples/backend.mjs";

test("a backend serves many visitors, and forgets those who leave", { timeout: 120_000 }, async () => {
  const emulator = await Emulator.start();
  const { token, botKey, baseUrl } = emulator;
  const client = new Client({ token, botKey, baseUrl, webhook: { token: "hook" } });
  const server = backend(client).listen(0, "127.0.0.1");
  await once(server, "listening");
  const root = `http://127.0.0.1:${server.address().port}`;
  const ask = async (method, path, body, signal) => {
    const response = await fetch(root + path, { method, body: body && JSON.stringify(body), signal });
    return [response.status, await response.json()];
  };
  const seen = async (visitor, text) => {
    const said = [];
    while (!said.includes(text)) {
      const [status, events] = await ask("GET", `/visitors/${visitor}/events`);
      assert.equal(status, 200);
      said.push(...events.map((event) => event.text));
    }
  };
  try {
    await emulator.setWebhook(`${root}/wotnot/events`, "hook");
    const visitors = Array.from({ length: 20 }, (_, number) => `visitor-${number}`);
    const started = visitors.map((visitor) => ask("POST", `/visitors/${visitor}/messages`, { text: "Hello" }));
    for (const [status] of await Promise.all(started)) assert.equal(status, 200);
    const [left, ...rest] = visitors;
    assert.deepEqual(await ask("DELETE", `/visitors/${left}`), [200, {}]);
    assert.equal((await ask("GET", `/visitors/${left}/events`))[0], 404);
    await Promise.all(rest.map((visitor) => seen(visitor, "What is it about?")));
    // A window that goes away while it waits takes no event with it.
    await assert.rejects(ask("GET", `/visitors/${rest[0]}/events`, undefined, AbortSignal.timeout(50)));
    await Promise.all(rest.map((visitor) => ask("POST", `/visitors/${visitor}/messages`, { text: "Sales" })));
    await Promise.all(rest.map((visitor) => seen(visitor, "How old are you?")));
    assert.equal((await ask("GET", "/elsewhere"))[0], 404);
    await assert.rejects(emulator.setWebhook(`${root}/wotnot/events`, "a wrong token"));
  } finally {
    server.closeAllConnections();
    server.close();
    await client.close();
    await emulator.close();
  }
});
