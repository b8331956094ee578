// What one event costs while others wait, and how soon a cancelled call ends. Arguments: BASE_URL ROUNDS EVENTS CANCELS
// WAITERS...; BASE_URL takes messages and never answers. Prints one line of JSON for each number of waiters and round, and
// one for each cancelled call.

import { setTimeout as pause } from "node:timers/promises";
import { Client, InterruptedError } from "wotnot";

const [baseUrl, ...counts] = process.argv.slice(2);
const [rounds, events, cancels, ...numbers] = counts.map(Number);
const client = new Client({ token: "t", baseUrl, proxy: null, webhook: { token: "hook" } });
let said = 0;

const tell = (facts) => console.log(JSON.stringify({ subject: "Node", ...facts }));

function post() {
  said += 1;
  const event = { event: { type: "note", payload: { id: said } }, conversation: { key: "busy" } };
  return JSON.stringify({ token: "hook", events: [event] });
}

async function measure(waiters) {
  const idle = Array.from({ length: waiters }, (_, number) => client.conversation(`idle-${number}`).events());
  const ends = idle.map((loop) => loop.next());
  const busy = client.conversation("busy").events();
  const hear = () => busy.next();
  let next = hear();
  client.acceptWebhook(post());
  await next;
  const posts = Array.from({ length: events }, post);
  const begun = performance.now();
  for (const body of posts) {
    next = hear();
    client.acceptWebhook(body);
    await next;
  }
  tell({ waiters, us: ((performance.now() - begun) / events) * 1e3 });
  await Promise.all([...idle, busy].map((loop) => loop.return()));
  await Promise.all(ends);
}

async function cancel() {
  const control = new AbortController();
  const sent = client.conversation("3f0c").sendText("30", { signal: control.signal });
  let ended = 0;
  const end = sent.catch((error) => {
    ended = performance.now();
    return error;
  });
  // Until the service has it.
  await pause(20);
  const begun = performance.now();
  control.abort();
  const error = await end;
  if (!(error instanceof InterruptedError)) {
    throw error;
  }
  tell({ cancel_ms: ended - begun });
}

for (let round = 0; round < rounds; round += 1) {
  for (const waiters of numbers) {
    await measure(waiters);
  }
}
for (let done = 0; done < cancels; done += 1) {
  await cancel();
}
await client.close();
