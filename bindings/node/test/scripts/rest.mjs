// Makes calls one after another, rests, and prints the milliseconds of processor time that the rest took.
import { setTimeout } from "node:timers/promises";
import { SENT, service } from "../service.mjs";

const peer = await service(() => [200, SENT]);
const client = peer.client();
for (let at = 0; at < 300; at += 1) await client.conversation("c").sendText("x");
const since = process.cpuUsage();
await setTimeout(1000);
const { user, system } = process.cpuUsage(since);
console.log((user + system) / 1000);
await client.close();
await peer.close();
