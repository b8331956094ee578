// Makes a call that the system has no thread for, closes, and must end.
import { execFileSync } from "node:child_process";
import { Client } from "wotnot";

const client = new Client({ token: "t", baseUrl: process.env.BASE_URL, webhook: { token: "hook" } });
execFileSync("prlimit", ["--pid", String(process.pid), "--nproc=1:1"]);
const { name, code, delivery, retryable } = await client.conversation("c").sendText("x").catch((error) => error);
await client.close();
const wait = await client.receive().catch((error) => error);
console.log(JSON.stringify({ name, code, delivery, retryable, wait: wait.code }));
