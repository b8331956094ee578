// Typed values back to the JSON form: what the vectors judge, and the proof that the types hold all of it.

import assert from "node:assert/strict";
import { Chat, WotnotError } from "wotnot";

export function event(item) {
  const document = {
    type: item.type,
    event_id: item.eventId,
    conversation_id: item.conversationId,
    visitor_key: item.visitorKey,
    received_at: item.receivedAt,
    raw: item.raw,
  };
  if (item.seq !== null) document.seq = item.seq;
  if (item.late) document.late = true;
  if (item.occurredAt !== null) document.occurred_at = item.occurredAt;
  if (item.clientId !== null) document.client_id = item.clientId;
  if (item.state !== null) document.state = item.state;
  if (item.reason !== null) document.reason = item.reason;
  if (item.type === "evicted") return { ...document, events: item.events };
  if (item.type === "status" && item.closed !== null) document.closed = item.closed;
  if (item.type === "assignee" && item.handover !== null) document.handover = item.handover;
  if (item.type !== "message") return { ...document, payload: item.payload };
  const { by, text, html, message } = item;
  return { ...document, by, text, html, message, prompt: promptOf(item) };
}

function promptOf({ prompt, message }) {
  if (prompt === null) return null;
  const { raw, ...rest } = prompt;
  assert.deepEqual(raw, message);
  return rest;
}

export function turn({ messageId, text, ended, confirmedBy, prompt, events }) {
  const last = events.findLast((item) => item.prompt);
  if (prompt !== null) assert.equal(prompt, last.prompt);
  const document = { message_id: messageId, text, ended, prompt: prompt && promptOf(last), events: events.map(event) };
  return confirmedBy === null ? document : { ...document, confirmed_by: confirmedBy };
}

export function started(chat) {
  assert(chat instanceof Chat);
  const { conversation, contact } = chat.raw;
  assert.equal(chat.id, conversation.id);
  assert.equal(chat.createdAt, conversation.created_at);
  assert.deepEqual(chat.assignee, conversation.assignee);
  assert.deepEqual({ ...chat.contact }, {
    name: contact.name,
    email: contact.email,
    phone: contact.phone,
    visitorKey: contact.visitor_key,
  });
  return chat.raw;
}

export function sent({ messageId, clientId, ...rest }) {
  return { message_id: messageId, ...(clientId !== undefined && { client_id: clientId }), ...rest };
}

export function uploaded({ fileId, ...rest }) {
  return { file_id: fileId, ...rest };
}

export function opened(chat) {
  assert.deepEqual([chat.opened, chat.messageSent], [chat.raw.opened, chat.raw.message_sent]);
  return started(chat);
}

/** The same document with the core's names, at every depth. */
export function status(document) {
  const inner = (value) => (typeof value === "object" && value !== null ? status(value) : value);
  return Object.fromEntries(Object.entries(document).map(([name, value]) => [snakeCase(name), inner(value)]));
}

export function failure(error) {
  if (!(error instanceof WotnotError)) throw error;
  const document = {
    code: error.code,
    status: error.errno,
    method: error.method,
    message: coreNames(error),
    retryable: error.retryable,
    retry_after_ms: error.retryAfterMs,
    http_status: error.httpStatus,
    api_code: error.apiCode,
    delivery: error.delivery,
    attempts: error.attempts,
  };
  return error.reply === null ? document : { ...document, reply: error.reply };
}

/** The core's words for a wrong option: what stands in a message, in variables and in an answer is not renamed. */
function coreNames({ code, message }) {
  if (code !== "invalid_argument") return message.replace(/`[a-z][\w.]*`/g, snakeCase);
  if (/^(message|variables|value)\b/.test(message)) return message;
  return message.replace(/^[\w.[\]]+(?=: )/, snakeCase).replace(/(?<=did you mean `)[^`]+/, snakeCase);
}

export const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
export const camelCase = (name) => name.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase());
