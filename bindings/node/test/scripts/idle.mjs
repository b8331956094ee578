// Makes clients, receives no events, and must end.
import { Client } from "wotnot";
const client = new Client({ token: "t", webhook: { token: "hook", listen: "127.0.0.1:0" } });
const loop = client.events();
console.log(client.webhookUrl.startsWith("http://127.0.0.1:") && loop ? "done" : "failed");
