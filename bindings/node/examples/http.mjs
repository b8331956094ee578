// Takes the service's webhook with nothing but Node.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";

export function receiver(client) {
  return createServer(async (request, response) => {
    let reply = { status: 404, body: '{"ok":false}' };
    if (request.method === "POST" && request.url === "/wotnot/events") {
      try {
        reply = client.acceptWebhook(await text(request), { authorization: request.headers.authorization });
      } catch (error) {
        reply = error.reply ?? { status: 500, body: '{"ok":false}' };
      }
    }
    response.writeHead(reply.status, { "content-type": "application/json" }).end(reply.body);
  });
}
