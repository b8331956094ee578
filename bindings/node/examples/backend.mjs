// A web backend on node:http: many visitors, each in a window of their own.
//
//   POST   /wotnot/events           the service posts what the bots say
//   POST   /visitors/ID/messages    {"text": ...}: the visitor says something; the first time, that starts the conversation
//   GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
//   DELETE /visitors/ID             the visitor has left
//
// The client keeps the events of each conversation until its window asks for them, so that one that nobody looks at
// holds up no other. What nobody asks for in 15 minutes gives way when there is no room.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { InterruptedError, WotnotError } from "wotnot";

const WAIT_MS = 20_000;

export function backend(client) {
  const chats = new Map();

  async function say(visitorId, said) {
    const chat = await client.openConversation({ visitorId, text: said });
    chats.set(visitorId, chat);
    if (!chat.messageSent) await chat.sendText(said);
    return { conversation: chat.id };
  }

  /** `signal` ends the wait when the window goes away, and no event is lost by it. */
  async function events(visitorId, signal) {
    const chat = chats.get(visitorId);
    if (!chat) return undefined;
    const seen = [];
    for (let event = await chat.receive({ timeoutMs: WAIT_MS, signal }); event; event = await chat.receive({ timeoutMs: 0 })) {
      if (event.by !== "visitor") seen.push(event.toJSON());
    }
    return seen;
  }

  async function leave(visitorId) {
    if (!chats.delete(visitorId)) return undefined;
    await client.forget({ visitorId });
    return {};
  }

  async function serve(request, response) {
    const [, place, visitor, what] = request.url.split("/");
    const task = [request.method, place, what].filter(Boolean).join(" ");
    if (task === "POST visitors messages") {
      return say(visitor, JSON.parse(await text(request)).text);
    }
    if (task === "GET visitors events") {
      const gone = new AbortController();
      response.once("close", () => gone.abort());
      return events(visitor, gone.signal);
    }
    return task === "DELETE visitors" ? leave(visitor) : undefined;
  }

  async function answer(request, response) {
    if (request.method === "POST" && request.url === "/wotnot/events") {
      return client.acceptWebhook(await text(request), { authorization: request.headers.authorization });
    }
    const document = await serve(request, response);
    return document === undefined ? { status: 404, body: "{}" } : { status: 200, body: JSON.stringify(document) };
  }

  return createServer(async (request, response) => {
    const reply = await answer(request, response).catch((error) => {
      if (error instanceof InterruptedError) return { status: 499, body: "{}" };
      if (!(error instanceof WotnotError)) return { status: 400, body: "{}" };
      // The window asks before it offers to say it again: it may have been taken.
      return error.reply ?? { status: 502, body: JSON.stringify({ code: error.code, delivery: error.delivery }) };
    });
    response.writeHead(reply.status, { "content-type": "application/json" }).end(reply.body);
  });
}
