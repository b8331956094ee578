// One call after another through the package, of every kind: taken, refused, wrong, without a server, events in,
// clients made and closed; ten in flight. Prints the calls so far and the bytes resident in memory, a hundred times.
// Arguments: BASE_URL CALLS.

import assert from "node:assert";
import { Client, InvalidArgumentError, InvalidRequestError, NetworkError, WebhookRejectedError } from "wotnot";

const [baseUrl, calls] = [process.argv[2], Number(process.argv[3])];

const make = (url) =>
  new Client({ token: "t", botKey: "b", baseUrl: url, proxy: null, retry: { maxAttempts: 1 }, webhook: { token: "hook" } });

async function tenCalls(client, number) {
  const chat = client.conversation("3f0c");
  const event = { event: { type: "note", payload: { id: number } } };
  client.acceptWebhook(JSON.stringify({ token: "hook", events: [event] }));
  assert.throws(() => client.acceptWebhook('{"token":"wrong"}'), WebhookRejectedError);
  await Promise.all([
    chat.sendText("30"),
    chat.sendText("30"),
    chat.sendText("30"),
    chat.sendText("30"),
    client.startConversation({ visitorId: "v", text: "Hello" }),
    assert.rejects(client.conversation("refused").sendText("30"), InvalidRequestError),
    assert.rejects(chat.send({ type: "text", data: {} }), InvalidArgumentError),
  ]);
  assert.ok(await client.nextEvent({ timeoutMs: 0 }));
}

let client = make(baseUrl);
for (let done = 0; done < calls; done += 10) {
  if (done % 1000 === 0) {
    await client.close();
    const deaf = make("http://127.0.0.1:1");
    await assert.rejects(deaf.conversation("3f0c").sendText("30"), NetworkError);
    await deaf.close();
    client = make(baseUrl);
  }
  if (done % (calls / 100) === 0) {
    console.log(done, process.memoryUsage.rss());
  }
  await tenCalls(client, done);
}
await client.close();
console.log(calls, process.memoryUsage.rss());
