// A chat in the terminal: what the bot says goes out, each line that comes in is an answer. Settings are in the
// variables below, or all in WOTNOT_CONFIG (of a gateway).
import { createInterface } from "node:readline";
import { Client } from "wotnot";

const { WOTNOT_CONFIG, WOTNOT_TOKEN, WOTNOT_BOT_KEY, WOTNOT_BASE_URL, WOTNOT_WEBHOOK_TOKEN, WOTNOT_LISTEN } = process.env;
const client = new Client(
  WOTNOT_CONFIG
    ? JSON.parse(WOTNOT_CONFIG)
    : {
        token: WOTNOT_TOKEN,
        botKey: WOTNOT_BOT_KEY,
        baseUrl: WOTNOT_BASE_URL,
        webhook: { token: WOTNOT_WEBHOOK_TOKEN, listen: WOTNOT_LISTEN },
      },
);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const line = async () => (await lines.next()).value ?? "";

const chat = await client.startConversation({
  visitorId: `visitor-${process.pid}`,
  text: await line(),
  variables: { contact: { name: "Asha" } },
});
for await (const event of chat.events({ timeoutMs: 30_000 })) {
  if (event.type === "status" && event.closed) break;
  if (event.type !== "message" || event.by === "visitor") continue;
  console.log(event.text);
  const { prompt } = event;
  if (prompt?.kind === "choice") {
    console.log(prompt.options.map(({ label }) => `[${label}]`).join(" "));
    const said = await line();
    const option = prompt.options.find(({ label }) => label === said) ?? prompt.options[0];
    await chat.send(option.answer);
  } else if (prompt?.kind === "slider") {
    await chat.sendSlider(Number(await line()));
  } else if (prompt) {
    await chat.sendText(await line());
  } else if (event.text === "Thank you") {
    break;
  }
}
await client.close();
