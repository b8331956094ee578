// Every script of every sample flow, played in Chromium: by the client, with a reload after each turn, and by the widget.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Service } from "../service.mjs";
import { answer, Browser, leave, say, stands } from "./chromium.mjs";
import { flows, isoDate, onScale, play, sampleFile, scriptsOf } from "./script.mjs";
import { Site } from "./site.mjs";
import { widgetActor, widgetScript } from "./widget.mjs";

/** Has a person write in the page's conversation, once one has it. */
const agentOf = (page, service) => async (text) => {
  await stands(page, "a person", ({ status }) => status === "handover");
  const id = await page.evaluate(() => JSON.parse(localStorage[Object.keys(localStorage).find((key) => key.endsWith(":session"))]).visitor.id);
  const { conversation } = (await service.conversations()).conversations.find(({ visitor_id }) => visitor_id === id);
  await service.put(`conversations/${conversation}/agent`, { text }, "POST");
};

/** Plays the visitor by the calls of `window.chat`. */
function clientActor(page, service) {
  // After a reload the page knows nothing until it has read the conversation again.
  let known = 0;
  const heard = async () => {
    const messages = await stands(page, `${known} messages`, (chat, known) => {
      const shown = chat.messages.filter(({ by, prompt }) => by !== "visitor" && prompt?.kind !== "javascript");
      const choices = (prompt) => (prompt?.kind === "choice" ? prompt.options.map(({ label }) => label) : []);
      return shown.length >= known && shown.map(({ text, prompt }) => ({ text, choices: choices(prompt) }));
    }, known);
    known = messages.length;
    return messages;
  };
  const prompt = (kind) => stands(page, `a question of the kind ${kind}`, ({ prompt }, kind) => (!kind || prompt?.kind === kind) && { prompt }, kind);
  const upload = (file) =>
    page.evaluate(async ({ name, type, base64 }) => {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      return (await window.chat.upload(new File([bytes], name, { type }))).id;
    }, file);
  /** What does not fit is refused, and the page's to show; its visitor insists in words. */
  const answerOrSay = async (given, text) => {
    const id = await answer(page, given);
    const { refused } = await stands(page, "its being taken or refused", ({ outbox }, id) => {
      const waits = outbox.find(({ client_id }) => client_id === id);
      return waits?.state !== "waiting" && { refused: waits?.error ?? null };
    }, id);
    if (!refused) return;
    assert.equal(refused.code, "invalid_answer");
    await page.evaluate((id) => window.chat.resolve(id, "discard"), id);
    await say(page, text);
  };
  const write = async (text) => {
    const { prompt: asked } = await prompt();
    const value = asked?.kind === "slider" ? onScale(asked, text) : null;
    const date = asked?.kind === "date" ? isoDate(text) : null;
    if (value !== null) await answer(page, { value });
    else if (date !== null) await answerOrSay({ date }, text);
    else await say(page, text);
  };
  const speak = {
    text: ({ text }) => write(text),
    choice: async ({ labels }) => {
      const { prompt: asked } = await prompt("choice");
      const ids = labels.map((label) => asked.options.find((option) => option.label === label).id);
      await answer(page, asked.multiple ? { options: ids } : { option: ids[0] });
    },
    file: async ({ names }) => {
      await prompt("file");
      const files = [];
      for (const name of names) files.push(await upload(sampleFile(name)));
      await answer(page, { files });
    },
    form: async ({ fields }) => {
      await prompt("form");
      await answerOrSay({ fields: fields.map(([label, value]) => ({ label, value })) }, fields.map((field) => field.join(": ")).join("\n"));
    },
    javascript: async ({ variables }) => {
      await prompt("javascript");
      await answer(page, { variables });
    },
  };
  return {
    heard,
    agent: agentOf(page, service),
    speak: async (spoken) => {
      await speak[spoken.kind](spoken);
      await page.reload();
    },
  };
}

describe("the sample flows in Chromium", { concurrency: 3 }, () => {
  // Each bot has a site of its own: one gateway serves them all.
  const sites = new Map();
  let service, browser;
  before(async () => {
    for (const flow of flows()) sites.set(flow, await Site.start());
    const limits = 'limits = {sessions = {visitor = "off", address = "off"}, starts = {address = "off"}}';
    const more = `variables_from_page = ["contact.name", "contact.phone"]\njavascript = "sandbox"\n${limits}`;
    service = await Service.start({
      flows: flows(),
      sites: (bots) =>
        flows().map((flow, at) => `[[site]]\nname = "${flow}"\norigins = ["${sites.get(flow).url}"]\nbot_key = "${bots[at].key}"\n${more}`).join("\n"),
      section: '[files]\nurl = "http://127.0.0.1:1"\n',
    });
    browser = await Browser.start();
  });
  after(async () => {
    await browser?.stop();
    await Promise.all([...sites.values(), service].map((it) => it?.stop()));
  });

  for (const flow of flows()) {
    for (const script of scriptsOf(flow)) {
      const visit = async (url, steps) => {
        const visitor = await browser.visitor();
        const page = await visitor.newPage();
        await page.goto(url);
        await steps(page);
        await stands(page, "nothing that waits", ({ outbox }) => outbox.length === 0);
        await leave(visitor);
      };

      test(`the client: ${script.name}`, () => {
        const url = sites.get(flow).add(`client-${script.name}`, `
          import { createChat } from "/wotnot-web/index.js";
          window.chat = createChat({ gateway: "${service.url}", variables: ${JSON.stringify(script.variables)} });
          window.chat.subscribe(() => {});
        `, { gateway: service.url });
        return visit(url, (page) => play(script, clientActor(page, service)));
      });

      test(`the widget: ${script.name}`, () => {
        const body = `<main><h1>A shop</h1></main><wotnot-chat gateway="${service.url}" open></wotnot-chat>`;
        const url = sites.get(flow).add(`widget-${script.name}`, widgetScript({ variables: script.variables }), { gateway: service.url, body });
        return visit(url, (page) => play(script, widgetActor(page, { agent: agentOf(page, service) })));
      });
    }
  }

  test("no flow is without a script", () => assert.deepEqual(flows().filter((flow) => !scriptsOf(flow).length), []));
});
