// Leaves with calls under way, more in the queue, waits and a listener: at one moment or another.
import { Client } from "wotnot";

const client = new Client({ token: "t", baseUrl: process.env.BASE_URL, webhook: { token: "hook", listen: "127.0.0.1:0" } });
for (let at = 0; at < 40; at += 1) client.conversation("c").sendText(at % 2 ? "wait" : "x").catch(() => undefined);
for (let at = 0; at < 10; at += 1) client.receive().catch(() => undefined);
setTimeout(() => process.exit(0), Number(process.env.AFTER_MS));
