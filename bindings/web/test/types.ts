// What a strict TypeScript program may and may not write.

import { ChatError, createChat, openPrompt, reduce, type Chat, type ChatSnapshot, type Message, type OpenPrompt, type View } from "wotnot-web";
import { useChat } from "wotnot-web/react";

const chat: Chat = createChat({ gateway: "https://chat.example.com", site: "shop", storage: sessionStorage, getIdentity: async () => null });
createChat({ gateway: "https://chat.example.com", app: "kiosk", storage: "memory" });
// @ts-expect-error the gateway is missing
createChat({ site: "shop" });
// @ts-expect-error a misspelt option
createChat({ gateway: "", sites: "shop" });

const unsubscribe: () => void = chat.subscribe(() => undefined);
const snapshot: ChatSnapshot = useChat(chat);
const messages: readonly Message[] = snapshot.messages;
// @ts-expect-error a snapshot does not change
snapshot.messages = [];

const prompt: OpenPrompt | null = snapshot.prompt;
if (prompt?.kind === "choice") {
  const id: string = chat.answer(prompt, { option: prompt.options[0]?.id ?? "" });
  void chat.resolve(id, "resend");
  // @ts-expect-error no such decision
  void chat.resolve(id, "retry");
} else if (prompt?.kind === "slider") {
  chat.answer(prompt, { value: prompt.min ?? 0 });
  // @ts-expect-error a slider takes a number
  chat.answer(prompt, { value: "30" });
} else if (prompt?.kind === "file") {
  void chat.upload(new Blob(["text"], { type: "text/plain" })).then(({ id }) => chat.answer(prompt, { files: [id] }));
}

chat.loadOlder().catch((error: unknown) => error instanceof ChatError && error.code === "network" && error.retryAfterMs);
const view = (before: View): View => reduce(before, { type: "ended", seq: 1, at: "" });
export { messages, openPrompt, unsubscribe, view };
