// The webhook receivers of the examples, under a real delivery.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Client } from "wotnot";
import { said } from "./service.mjs";

const listen = {
  async express(app) {
    const server = app.listen(0, "127.0.0.1");
    await once(server, "listening");
    return [server.address().port, () => server.close()];
  },
  async fastify(app) {
    await app.listen({ port: 0, host: "127.0.0.1" });
    return [app.server.address().port, () => app.close()];
  },
  async http(server) {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return [server.address().port, () => server.close()];
  },
};

for (const [name, start] of Object.entries(listen)) {
  test(`${name} takes deliveries, answers the test and refuses strangers`, async () => {
    const example = new URL(`../examples/${name}.mjs`, import.meta.url);
    assert(readFileSync(example, "utf8").trimEnd().split("\n").length < 20);
    const { receiver } = await import(example);
    const client = new Client({ token: "t", webhook: { token: "hook" } });
    const [port, stop] = await start(receiver(client));
    const post = async (body, headers) => {
      const init = { method: "POST", body, headers: { "content-type": "application/json", connection: "close", ...headers } };
      const response = await fetch(`http://127.0.0.1:${port}/wotnot/events`, init);
      return [response.status, await response.json()];
    };
    try {
      assert.deepEqual(await post('{"token":"hook"}'), [200, { token: "hook" }]);
      assert.deepEqual(await post(said("Hi")), [200, { ok: true }]);
      assert.deepEqual((await post('{"events":[]}', { authorization: "Bearer hook" }))[0], 200);
      assert.equal((await post(said("Hi", "c", "wrong")))[0], 401);
      assert.equal((await post("no JSON"))[0], 400);
      assert.equal((await client.receive({ timeoutMs: 0 })).text, "Hi");
      assert.equal(await client.receive({ timeoutMs: 0 }), null);
    } finally {
      await stop();
      await client.close();
    }
  });
}
