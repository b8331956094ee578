// The chat in React: a component that uses it is drawn again after each change. And the types of the widget's tag.

import { useSyncExternalStore, type DetailedHTMLProps, type HTMLAttributes } from "react";
import type { Chat } from "./options.js";
import type { ChatSnapshot } from "./options.js";
import type { WotnotChat } from "./widget/element.js";

/** What `<wotnot-chat>` takes in JSX. */
export type WotnotChatProps = DetailedHTMLProps<HTMLAttributes<WotnotChat>, WotnotChat> &
  Partial<Record<"gateway" | "site" | "app" | "mode" | "theme" | "storage", string>> &
  Partial<Pick<WotnotChat, "client" | "options" | "strings" | "compute">> & {
    [Name in "open" | "close" | "message" | "error" as `onwotnot-${Name}`]?: (event: CustomEvent) => void;
  } & { open?: boolean; sound?: boolean };

declare module "react" {
  namespace JSX {
    interface IntrinsicElements {
      "wotnot-chat": WotnotChatProps;
    }
  }
}

export function useChat(chat: Chat): ChatSnapshot {
  return useSyncExternalStore(chat.subscribe, chat.getSnapshot, chat.getSnapshot);
}
