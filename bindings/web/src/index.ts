export { createChat } from "./client.js";
export { ChatError } from "./http.js";
export { cursorOf, emptyView, openPrompt, reduce } from "./view.js";
export type { LocalFrame, Outgoing, Refusal, View } from "./view.js";
export type { Chat, ChatOptions, ChatSnapshot, Connection } from "./options.js";
export type { Challenge } from "./rare/challenge.js";
export type { ChatStorage } from "./storage.js";
export type { UploadOptions, UploadSource } from "./rare/upload.js";
export type * from "./wire.js";
