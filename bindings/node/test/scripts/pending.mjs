// Waits for a call, then for an event, with nothing else to keep the process alive.
import { Client } from "wotnot";
const client = new Client({ token: "t", baseUrl: process.env.BASE_URL, webhook: { token: "hook" } });
client.conversation("c").sendText("x").then(async ({ messageId }) => {
  console.log(messageId);
  const event = { event: { type: "message", payload: { message: { type: "text", text: "Hi" } } } };
  setTimeout(() => client.acceptWebhook(JSON.stringify({ token: "hook", events: [event] })), 200).unref();
  console.log((await client.receive()).text);
});
