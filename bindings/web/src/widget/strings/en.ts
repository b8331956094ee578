// English, which is always there: what the widget says from its start. `more.ts` has the rest.

import type { more } from "./more.js";

export const en = {
  title: "Chat",
  open: "Open chat",
  close: "Close chat",
  unread: "New messages: {n}",
  log: "Messages",
  welcome: "Hello! How can we help you?",
  write: "Write a message",
  name: "Your name",
  email: "name@example.com",
  phone: "Your phone number",
  send: "Send",
  you: "You",
  bot: "Assistant",
  agent: "Agent",
  typing: "Assistant is typing",
  older: "Earlier messages",
  sending: "Sending",
  sent: "Sent",
  delivered: "Delivered",
  offline: "No connection. What you write is kept and sent later.",
  unavailable: "The chat is not available here.",
  handover: "A person answers you.",
  ended: "This conversation has ended.",
  restart: "Start a new conversation",
};

export type Strings = typeof en & typeof more;
