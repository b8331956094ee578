export { Chat } from "./client.js";
export { ChatError } from "./http.js";
export { cursorOf, emptyView, openPrompt, reduce } from "./view.js";
export type { LocalFrame, Outgoing, Refusal, View } from "./view.js";
export type { ChatOptions, ChatSnapshot } from "./options.js";
export type { Challenge } from "./challenge.js";
export type { Connection } from "./reader.js";
export type { ChatStorage } from "./storage.js";
export type { UploadOptions, UploadSource } from "./upload.js";
export type * from "./wire.js";

import { Chat } from "./client.js";
import type { ChatOptions } from "./options.js";

/** A chat of this page's visitor. Nothing is called before `connect`, `send` or a subscription needs it. */
export function createChat(options: ChatOptions): Chat {
  return new Chat(options);
}
