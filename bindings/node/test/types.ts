// Compiled, not run: what a strict program may write, and what it may not.

import { Client, type Event, type Prompt, RateLimitedError, WotnotError } from "wotnot";
import { Emulator } from "wotnot/testing";

export function answerOf(prompt: Prompt): string {
  switch (prompt.kind) {
    case "choice":
      return prompt.options[0]?.label ?? "";
    case "slider":
      return `${prompt.min ?? 0} ${prompt.unit ?? ""}`;
    case "text":
      return prompt.format;
    case "form":
      return prompt.fields.map((field) => field.label).join();
    case "file":
    case "date":
    case "javascript":
    case "unknown":
      return JSON.stringify(prompt.raw);
  }
}

export function textOf(event: Event): string {
  if (event.type === "message") {
    return event.prompt ? answerOf(event.prompt) : event.text;
  }
  // @ts-expect-error only messages have text
  event.text;
  if (event.type === "evicted") {
    return event.events.toFixed();
  }
  return JSON.stringify(event.payload);
}

export async function visit(gateway: string): Promise<void> {
  await using client = new Client({ gateway: { url: gateway, app: "shop-app" }, state: { path: "chat.state" } });
  const chat = await client.openConversation({ text: "Hello" });
  const { clientId, state } = await chat.sendText("Sales", { queue: true, clientId: "m-1" });
  if (clientId && state === "unconfirmed") await chat.resolve(clientId, "resend");
  // @ts-expect-error a message is sent again, or given up
  await chat.resolve("m-1", "repeat");
  for await (const event of chat.events()) {
    if (event.type === "delivery") console.log(event.clientId?.length, event.state === "accepted", event.reason);
    if (event.type === "identity_wanted") client.setIdentity();
  }
  console.log((await chat.transcript("html")).length, (await client.forget()).forgotten);
}

export async function talk(signal: AbortSignal): Promise<void> {
  await using emulator = await Emulator.start({ seed: 1 });
  await using client = await emulator.client();
  const chat = await client.startConversation({ visitorId: "v", text: "Hello", variables: { contact: { vip: true } } });
  await chat.sendFiles([{ link: "https://example.com/a.png", filename: "a.png" }], { signal, timeoutMs: 1000 });
  await chat.sendVariables({ contact: { name: "John" }, other: { ans: "2" } });
  const known = await client.openConversation({ visitorId: "v", text: "Hello", ifKnown: "reuse", signal });
  if (known.opened === "reused" && !known.messageSent) await known.sendText("Hello again");
  console.log((await client.forget({ visitorId: "v" })).events.toFixed(), known.contact.name?.length);
  const turn = await known.ask("Hello", { signal, quietMs: 500 });
  console.log(turn.text, turn.ended === "prompt" && turn.prompt ? answerOf(turn.prompt) : turn.events.length);
  for await (const event of client.events({ signal })) {
    if (event.type === "message" && event.prompt?.kind === "choice") {
      const answer = event.prompt.options[0]?.answer;
      if (answer) {
        const sent: string | null = (await chat.send(answer)).messageId;
        console.log(sent);
      }
    }
  }
  try {
    client.acceptWebhook("{}");
  } catch (error) {
    if (error instanceof RateLimitedError) console.log(error.retryAfterMs?.toFixed());
    if (error instanceof WotnotError && error.delivery === "unknown") console.log(error.reply?.status);
  }
  // @ts-expect-error a slider takes a number
  await chat.sendSlider("30");
  // @ts-expect-error either a visitor or a conversation
  await client.forget({});
  // @ts-expect-error there is no such option
  new Client({ token: "t", botkey: "b" });
}
