// One call after another through the package, of every kind: taken, refused, wrong, cancelled, without a server,
// whole turns, events in, clients made and closed; ten in flight. Prints the calls so far and the bytes resident in memory, a hundred times.
// Arguments: BASE_URL CALLS.

import assert from "node:assert";
import { Client, InvalidArgumentError, InterruptedError, InvalidRequestError, NetworkError, WebhookRejectedError } from "wotnot";

const [baseUrl, calls] = [process.argv[2], Number(process.argv[3])];

const SLIDER = { kind: "slider", min: 18, max: 99, step: 1, unit: null };

const make = (url) =>
  new Client({ token: "t", botKey: "b", baseUrl: url, proxy: null, retry: { maxAttempts: 1 }, webhook: { token: "hook" } });

/** A call that is under way when it is cancelled, or over. */
async function cancelled(call) {
  const control = new AbortController();
  const outcome = call(control.signal);
  control.abort();
  await outcome.catch((error) => assert.ok(error instanceof InterruptedError, error));
}

async function twentyCalls(client, number) {
  const chat = client.conversation("3f0c");
  const event = { event: { type: "note", payload: { id: number } } };
  const post = (event) => JSON.stringify({ token: "hook", events: [event] });
  client.acceptWebhook(post(event));
  client.acceptWebhook(post({ ...event, conversation: { key: "3f0c" } }));
  assert.throws(() => client.acceptWebhook('{"token":"wrong"}'), WebhookRejectedError);
  await Promise.all([
    chat.sendText("30"),
    chat.sendText("30"),
    chat.sendText("30"),
    client.call("wait", { after: 0, timeout_ms: 0 }),
    client.startConversation({ visitorId: "v", text: "Hello" }),
    assert.rejects(client.conversation("refused").sendText("30"), InvalidRequestError),
    assert.rejects(chat.send({ type: "text", data: {} }), InvalidArgumentError),
    cancelled((signal) => chat.sendText("30", { signal })),
    cancelled((signal) => chat.ask("30", { signal })),
    assert.rejects(chat.sendText("30", { signal: AbortSignal.abort() }), InterruptedError),
  ]);
  for await (const event of chat.events({ timeoutMs: 0 })) {
    assert.strictEqual(event.conversationId, "3f0c");
    break;
  }
  assert.ok(await client.receive({ timeoutMs: 0 }));
  await client.openConversation({ visitorId: "v", text: "Hello" });
  await client.openConversation({ visitorId: "v", text: "Hello" });
  await client.forget({ visitorId: "v" });
  await client.call("answer", { prompt: SLIDER, value: 30 });
  client.status();
}

let client = make(baseUrl);
for (let done = 0; done < calls; done += 20) {
  if (done % 1000 === 0) {
    await client.close();
    const deaf = make("http://127.0.0.1:1");
    await assert.rejects(deaf.conversation("3f0c").sendText("30"), NetworkError);
    await deaf.close();
    client = make(baseUrl);
  }
  if (done % 10_000 === 0) {
    // Nothing comes, so it takes its time.
    await client.conversation("3f0c").ask("30", { timeoutMs: 100 });
  }
  if (done % (calls / 100) === 0) {
    console.log(done, process.memoryUsage.rss());
  }
  await twentyCalls(client, done);
}
await client.close();
console.log(calls, process.memoryUsage.rss());
