// Leaves while workers have calls under way: at one moment or another.
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { Client } from "wotnot";

if (isMainThread) {
  for (let at = 0; at < 3; at += 1) new Worker(new URL(import.meta.url), { workerData: process.env.BASE_URL });
  setTimeout(() => process.exit(0), 30 + Number(process.env.AFTER_MS) * 5);
} else {
  const client = new Client({ token: "t", baseUrl: workerData, webhook: { token: "hook", listen: "127.0.0.1:0" } });
  for (let at = 0; at < 20; at += 1) client.conversation("c").sendText(at % 2 ? "wait" : "x").catch(() => undefined);
  client.receive().catch(() => undefined);
}
