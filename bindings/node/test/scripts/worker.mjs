// Makes a call, prints its result, and is ended in the middle of others.
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "wotnot";
const client = new Client({ token: "t", baseUrl: workerData, webhook: { token: "hook", listen: "127.0.0.1:0" } });
const { messageId } = await client.conversation("c").sendText("x");
for (let at = 0; at < 4; at += 1) client.conversation("c").sendText("wait").catch(() => undefined);
client.receive().catch(() => undefined);
parentPort.postMessage(messageId);
