// The hook: what it gives a component, and that it re-renders on changes as React requires of a store.

import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { createChat } from "wotnot-web";
import { useChat } from "wotnot-web/react";
import { asked, DevService } from "./service.mjs";

test("a component draws the chat as it stands", async () => {
  const service = await DevService.start();
  const chat = createChat({ gateway: service.url, app: "dev" });
  const Messages = () => {
    const { messages, outbox } = useChat(chat);
    return createElement("ol", null, [...messages, ...outbox].map((message) => createElement("li", { key: message.client_id ?? message.seq }, message.text)));
  };
  assert.equal(renderToString(createElement(Messages)), "<ol></ol>");
  chat.send("Hello");
  assert.equal(renderToString(createElement(Messages)), "<ol><li>Hello</li></ol>");
  await asked(chat, "choice");
  assert.equal(renderToString(createElement(Messages)), "<ol><li>Hello</li><li>Hi there</li><li>What is it about?</li></ol>");
  chat.destroy();
  await service.stop();
});

test("the snapshot is the same object until something changes, and another one after", async () => {
  const service = await DevService.start();
  const chat = createChat({ gateway: service.url, app: "dev" });
  const { getSnapshot, subscribe } = chat;
  const before = getSnapshot();
  assert.equal(getSnapshot(), before);
  let heard = 0;
  const leave = subscribe(() => (heard += 1));
  chat.send("Hello");
  assert.notEqual(getSnapshot(), before);
  assert(heard > 0);
  await asked(chat, "choice");
  leave();
  const then = heard;
  chat.answer(chat.snapshot.prompt, { option: "o1" });
  assert.equal(heard, then, "who left hears nothing");
  chat.destroy();
  await service.stop();
});
