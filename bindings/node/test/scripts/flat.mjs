// Makes calls that succeed, fail and are cancelled, waits that are cancelled too, and looks at what is left.
import { SENT, service } from "../service.mjs";

const peer = await service((request, body) => (body.message.data.body === "fail" ? [400, { error: "Invalid request" }] : [200, SENT]));
const client = peer.client({ webhook: { token: "hook" } });
const chat = client.conversation("c");
const lasting = new AbortController();

async function round(count) {
  for (let at = 0; at < count; at += 1) {
    const abort = new AbortController();
    const ends = [
      chat.sendText("x", { signal: lasting.signal }),
      chat.sendText("fail", { signal: lasting.signal }),
      chat.sendText("x", { signal: abort.signal }),
      client.receive({ signal: abort.signal }),
      chat.events({ signal: lasting.signal, timeoutMs: 0 }).next(),
      chat.sendText(5n),
    ].map((end) => end.catch(() => undefined));
    setImmediate(() => abort.abort());
    await Promise.all(ends);
    peer.requests.length = 0;
  }
  for (let at = 0; at < 3; at += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
  return process.memoryUsage().rss / 1024 / 1024;
}

const sizes = [];
for (let at = 0; at < 8; at += 1) sizes.push(await round(500));
await peer.close();
// The first rounds fill caches; the least of three leaves out what the collector has yet to take.
const [before, after] = [sizes.slice(2, 5), sizes.slice(5)].map((some) => Math.min(...some));
console.log(JSON.stringify({ before, after }));
process.exitCode = after - before < 16 ? 0 : 1;
