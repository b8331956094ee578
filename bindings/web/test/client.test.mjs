// The client against a gateway: whole conversations, and what a visitor does in them.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createChat } from "wotnot-web";
import { asked, DevService, lines, MemoryStorage, reached, Service } from "./service.mjs";

describe("a conversation with the sample bot", () => {
  let service;
  before(async () => (service = await DevService.start()));
  after(() => service.stop());
  const open = (storage) => createChat({ gateway: service.url, app: "dev", storage });

  test("words, an option and a number go through to the end", async () => {
    const chat = open();
    assert.equal(chat.snapshot.connection, "idle");
    chat.send("Hello");
    assert.equal(chat.snapshot.outbox[0].text, "Hello");
    const choice = await asked(chat, "choice");
    assert.deepEqual(choice.options.map(({ label }) => label), ["Sales", "Our site"]);
    chat.answer(choice, { option: "o1" });
    assert.equal(chat.snapshot.prompt, null, "a question whose answer is on its way is not asked");
    assert.equal(chat.snapshot.outbox[0].text, "Sales");
    chat.answer(await asked(chat, "slider"), { value: 30 });
    const { messages, outbox, connection } = await reached(chat, "the end", ({ status }) => status === "ended");
    assert.deepEqual(lines({ messages }), [
      "visitor: Hello", "bot: Hi there", "bot: What is it about?", "visitor: Sales",
      "bot: How old are you?", "visitor: 30", "bot: Thank you",
    ]);
    assert.deepEqual(outbox, []);
    assert.equal(connection, "live");
    const own = messages.filter(({ by }) => by === "visitor");
    assert.deepEqual(own.map(({ state }) => state), ["accepted", "accepted", "accepted"]);
    chat.destroy();
  });

  test("after the end the next words begin another conversation of the same visitor", async () => {
    const chat = open();
    chat.send("Hello");
    chat.answer(await asked(chat, "choice"), { option: "o1" });
    chat.answer(await asked(chat, "slider"), { value: 30 });
    const first = (await reached(chat, "the end", ({ status }) => status === "ended")).conversation;
    await chat.restart("Once more");
    await asked(chat, "choice");
    assert.notEqual(chat.snapshot.conversation, first);
    assert.deepEqual(lines(chat.snapshot).slice(0, 2), ["visitor: Once more", "bot: Hi there"]);
    await assert.rejects(chat.restart(), { code: "conversation_open" });
    chat.destroy();
  });

  test("the next page goes on where the last one was, at every step", async () => {
    const storage = new MemoryStorage();
    let chat = open(storage);
    const reload = () => {
      chat.destroy();
      chat = open(storage);
    };
    chat.send("Hello");
    reload();
    await asked(chat, "choice");
    reload();
    chat.answer(await asked(chat, "choice"), { option: "o1" });
    reload();
    await asked(chat, "slider");
    reload();
    chat.answer(await asked(chat, "slider"), { value: 30 });
    reload();
    await reached(chat, "the end", ({ status }) => status === "ended");
    reload();
    const snapshot = await reached(chat, "the end after a reload", ({ status }) => status === "ended");
    assert.deepEqual(lines(snapshot), [
      "visitor: Hello", "bot: Hi there", "bot: What is it about?", "visitor: Sales",
      "bot: How old are you?", "visitor: 30", "bot: Thank you",
    ]);
    chat.destroy();
  });

  test("erasing drops what is kept here and there, and the next words are a new visitor's", async () => {
    const storage = new MemoryStorage();
    const chat = open(storage);
    chat.send("Hello");
    await asked(chat, "choice");
    await chat.erase();
    assert.deepEqual([...storage.values.keys()], []);
    assert.deepEqual(chat.snapshot.messages, []);
    assert.equal(chat.snapshot.connection, "idle");
    chat.send("Hello again");
    const { messages } = await reached(chat, "a new conversation", ({ prompt }) => prompt?.kind === "choice");
    assert.equal(messages[0].text, "Hello again");
    chat.destroy();
  });

  test("a listener that throws stops nothing", async () => {
    const chat = open();
    const thrown = [];
    const note = (error) => thrown.push(error.message);
    process.setUncaughtExceptionCaptureCallback(note);
    const leave = chat.subscribe(() => {
      throw new Error("the page's own");
    });
    chat.send("Hello");
    await asked(chat, "choice");
    leave();
    process.setUncaughtExceptionCaptureCallback(null);
    assert(thrown.length > 0 && thrown.every((message) => message === "the page's own"));
    chat.destroy();
  });

  test("empty words are refused at once", () => {
    const chat = open();
    assert.throws(() => chat.send("  "), { name: "ChatError", code: "invalid_answer" });
    assert.equal(chat.snapshot.connection, "idle");
  });
});

describe("the sample flows", () => {
  test("lead capture: text questions, one that is asked again, a choice and a slider", async () => {
    const service = await Service.start({ flow: "lead-capture" });
    const chat = createChat({ gateway: service.url, app: "shop-app" });
    chat.send("Hello");
    const name = await asked(chat, "text");
    assert.equal(name.format, "name");
    chat.send("Asha");
    await reached(chat, "the next question", ({ prompt }) => prompt?.format === "email");
    chat.send("no address");
    await reached(chat, "the error", ({ messages, prompt }) => prompt && messages.some(({ text }) => text.includes("does not look like")));
    chat.send("asha@example.com");
    chat.answer(await asked(chat, "choice"), { option: "o1" });
    chat.answer(await asked(chat, "slider"), { value: 30_000 });
    const { messages } = await reached(chat, "the end", ({ status }) => status === "ended");
    assert.equal(messages.at(-1).text, "Thank you, Asha. Our director writes to you today.");
    const answers = messages.filter(({ by }) => by === "visitor").map(({ text, answer_to }) => [text, answer_to !== null]);
    assert.deepEqual(answers, [
      ["Hello", false], ["Asha", true], ["no address", true], ["asha@example.com", true], ["A new project", true], ["30000", true],
    ]);
    chat.destroy();
    await service.stop();
  });

  test("appointment: a form and a date", async () => {
    const service = await Service.start({ flow: "appointment" });
    const chat = createChat({ gateway: service.url, app: "shop-app" });
    chat.send("Hello");
    const form = await asked(chat, "form");
    const values = { Name: "Asha", "E-mail": "asha@example.com", Treatment: "Colour" };
    const fields = form.fields.filter(({ label }) => values[label]).map(({ label }) => ({ label, value: values[label] }));
    chat.answer(form, { fields });
    assert.equal(chat.snapshot.outbox[0].text, "Name: Asha\nE-mail: asha@example.com\nTreatment: Colour");
    const date = await asked(chat, "date");
    chat.answer(date, { date: "31/12/2098" });
    const confirm = await asked(chat, "choice");
    chat.answer(confirm, { option: "o1" });
    const { messages } = await reached(chat, "the end", ({ status }) => status === "ended");
    assert.equal(messages.at(-1).text, "Booked. A mail goes to asha@example.com.");
    chat.destroy();
    await service.stop();
  });

  test("feedback: several options and files", async () => {
    const service = await Service.start({ flow: "feedback", section: '[files]\nurl = "http://127.0.0.1:1"\n' });
    const chat = createChat({ gateway: service.url, app: "shop-app" });
    chat.send("Hello");
    chat.answer(await asked(chat, "slider"), { value: 2 });
    const choice = await asked(chat, "choice");
    assert.equal(choice.multiple, true);
    chat.answer(choice, { options: ["o1", "o3"] });
    const prompt = await asked(chat, "file");
    assert.equal(chat.snapshot.capabilities.files, true);
    const png = Buffer.concat([Buffer.from("89504e470d0a1a0a", "hex"), Buffer.alloc(700_000, 7)]);
    const progress = [];
    const file = await chat.upload(new File([png], "room.png", { type: "image/png" }), {
      onProgress: (sent, size) => progress.push([sent, size]),
    });
    assert.equal(file.ready, true);
    assert.deepEqual(progress.at(-1), [png.length, png.length]);
    assert(progress.length >= 2, "progress is reported as the parts arrive");
    chat.answer(prompt, { files: [file.id] });
    assert.equal(chat.snapshot.outbox[0].text, "room.png");
    const { messages } = await reached(chat, "the end", ({ status }) => status === "ended");
    assert.match(messages.at(-1).text, /We are sorry about: Room, ?Staff/);
    chat.destroy();
    await service.stop();
  });

  test("order status: code that the page runs", async () => {
    const service = await Service.start({ flow: "order-status", site: 'javascript = "sandbox"' });
    const chat = createChat({ gateway: service.url, app: "shop-app" });
    chat.send("Hello");
    await asked(chat, "text");
    chat.send("AB1234");
    const prompt = await asked(chat, "javascript");
    assert.deepEqual(prompt.variables, ["conversation.status"]);
    chat.answer(prompt, { variables: { "conversation.status": "shipped" } });
    const more = await asked(chat, "choice");
    assert(lines(chat.snapshot).includes("bot: Order AB1234 is on its way."));
    chat.answer(more, { option: "o2" });
    await reached(chat, "the end", ({ status }) => status === "ended");
    chat.destroy();
    await service.stop();
  });

  test("a site's greeting begins a conversation without words of the visitor's", async () => {
    const service = await Service.start({ site: 'greeting = "Good day"' });
    const chat = createChat({ gateway: service.url, app: "shop-app" });
    await chat.restart();
    assert.equal(chat.snapshot.capabilities.greeting, true);
    assert.deepEqual(chat.snapshot.outbox, [], "nothing is shown that nobody said");
    await asked(chat, "choice");
    assert.deepEqual(lines(chat.snapshot).slice(0, 2), ["visitor: Good day", "bot: Hi"]);
    chat.destroy();
    await service.stop();
  });

  test("hand-over: a person takes over, and speaks", async () => {
    const service = await Service.start({ flow: "hand-over" });
    const chat = createChat({ gateway: service.url, app: "shop-app" });
    chat.send("Hello");
    chat.answer(await asked(chat, "choice"), { option: "o2" });
    await asked(chat, "text");
    chat.send("+49 30 1234567");
    await reached(chat, "a person", ({ status }) => status === "handover");
    const { conversations } = await service.conversations();
    const [{ conversation }] = conversations;
    await service.put(`conversations/${conversation}/agent`, { text: "Hello, how can I help?" }, "POST");
    const { messages } = await reached(chat, "the person's words", ({ messages }) => messages.at(-1).by === "agent");
    assert.equal(messages.at(-1).text, "Hello, how can I help?");
    chat.destroy();
    await service.stop();
  });
});
