// The chat in React: a component that uses it is drawn again after each change.

import { useSyncExternalStore } from "react";
import type { Chat } from "./client.js";
import type { ChatSnapshot } from "./options.js";

export function useChat(chat: Chat): ChatSnapshot {
  return useSyncExternalStore(chat.subscribe, chat.getSnapshot, chat.getSnapshot);
}
