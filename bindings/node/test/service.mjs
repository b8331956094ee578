// A service that answers as the test says, and a client of it.

import { once } from "node:events";
import { createServer } from "node:http";
import { Client } from "wotnot";

export const SENT = { ok: true, message_id: "0123456789abcdef0123456789abcdef" };
export const STARTED = {
  ok: true,
  conversation: { id: "3f0c", created_at: "2026-11-22 10:00:00.000000", assignee: { id: "7", to: "bot@example.com" } },
  contact: { name: "Asha", email: null, phone: null, visitor_key: "visitor-42_777" },
};

/** `answer(request, body)` gives `[status, body, headers]`, or nothing: then the call waits. */
export async function service(answer = () => [200, SENT]) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString() || "null");
    requests.push({ path: request.url, headers: request.headers, body });
    server.emit("asked");
    const [status, document, headers] = (await answer(request, body)) ?? [];
    if (status !== undefined) {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(document));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const clients = [];
  return {
    requests,
    server,
    baseUrl: `http://127.0.0.1:${server.address().port}`,
    client(options) {
      const client = new Client({ token: "fake.jwt.token", botKey: "bot", baseUrl: this.baseUrl, ...options });
      clients.push(client);
      return client;
    },
    async asked(count) {
      while (requests.length < count) await once(server, "asked");
    },
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      server.closeAllConnections();
      server.close();
    },
  };
}

/** What the service posts when a bot says something. */
export function said(text, conversation = "3f0c", token = "hook") {
  const payload = { message_by: { type: "bot" }, message: { type: "text", text } };
  return JSON.stringify({ token, events: [{ event: { type: "message", payload }, conversation: { key: conversation } }] });
}
