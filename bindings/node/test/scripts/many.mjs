// Makes and drops 10,000 clients, and looks at what is left.
import { readdirSync } from "node:fs";
import { Client } from "wotnot";

async function round(count) {
  for (let at = 0; at < count; at += 1) {
    const listen = at % 100 === 0 ? { listen: "127.0.0.1:0" } : {};
    new Client({ token: "t", webhook: { token: "hook", ...listen } }).conversation("c");
    if (at % 200 === 199) await collect();
  }
  await collect();
}

async function collect() {
  for (let at = 0; at < 3; at += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc();
  }
}

const left = () => ({
  memory: process.memoryUsage().rss / 1024 / 1024,
  files: process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0,
  threads: process.platform === "linux" ? readdirSync("/proc/self/task").length : 0,
});

await round(2000);
const before = left();
await round(10_000);
const after = left();
console.log(JSON.stringify({ before, after }));
const grown = after.memory - before.memory;
process.exitCode = grown < 16 && after.files <= before.files + 2 && after.threads <= before.threads + 2 ? 0 : 1;
