// Has a listener and a loop that was left, closes nothing, and must end by itself.
import { Client } from "wotnot";

const client = new Client({ token: "t", baseUrl: process.env.BASE_URL, webhook: { token: "hook", listen: "127.0.0.1:0" } });
await client.conversation("c").sendText("x");
const loop = client.events();
const waiting = loop.next();
await loop.return();
await waiting;
