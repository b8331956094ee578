// From loading a package to its first answer, in milliseconds: first.mjs PACKAGE BASE_URL.

import { createRequire } from "node:module";

const [subject, baseUrl] = process.argv.slice(2);
const since = performance.now();
const loaded = createRequire(import.meta.url)(subject);
if (subject === "wotnot") {
  await new loaded.Client({ token: "fake.jwt.token", baseUrl }).conversation("3f0c6a1e9b7d4c52").sendText("30");
} else {
  const headers = { authorization: "Bearer fake.jwt.token", "content-type": "application/json" };
  const body = JSON.stringify({ message: { type: "text", data: { body: "30" } }, user: { type: "VISITOR" } });
  const url = `${baseUrl}/api/v1/conversation/3f0c6a1e9b7d4c52/messages`;
  await (await loaded.request(url, { method: "POST", headers, body })).body.json();
}
console.log(performance.now() - since);
process.exit(0);
