// What the widget announces and reports to its page: each new message once, and none of the history.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Service, until } from "../service.mjs";
import { Browser } from "./chromium.mjs";
import { Site } from "./site.mjs";

let site, service, browser;
before(async () => {
  site = await Site.start();
  service = await Service.start({ site: `origins = ["${site.url}"]` });
  browser = await Browser.start();
});
after(async () => {
  await browser.stop();
  await service.stop();
  await site.stop();
});

const SCRIPT = `import "/wotnot-web/widget/index.js";
window.reported = [];
document.addEventListener("wotnot-message", ({ detail: { message } }) => window.reported.push(message.by + ": " + message.text));`;

test("new messages are announced and reported once, also when a conversation begins again; the history is not", async () => {
  const gateway = service.url;
  const body = `<wotnot-chat gateway="${gateway}" site="shop" mode="inline"></wotnot-chat>`;
  const visitor = await browser.visitor();
  const page = await visitor.newPage();
  await page.goto(site.add("news", SCRIPT, { gateway, body }));
  const chat = page.locator("wotnot-chat");
  const reported = () => page.evaluate(() => window.reported);
  const readOut = () => chat.locator("[aria-live=polite]").innerText();
  const say = async (text) => {
    await chat.locator("textarea").fill(text);
    await chat.locator("[part=send]").click();
  };
  const talk = async (times) => {
    await say("Hello");
    await chat.getByRole("button", { name: "Sales" }).click();
    await chat.locator("[data-kind=slider] [type=submit]").waitFor();
    await chat.locator("[data-kind=slider] input").fill("30");
    await chat.locator("[data-kind=slider] [type=submit]").click();
    await until("the end is reported", async () => (await reported()).filter((text) => text === "bot: Thank you").length === times);
  };
  await talk(1);
  const first = await reported();
  assert.deepEqual(first, ["visitor: Hello", "bot: Hi", "bot: What is it about?", "visitor: Sales", "bot: How old are you?", "visitor: 30", "bot: Thank you"]);
  assert.match(await readOut(), /Assistant: Thank you/);

  await chat.getByRole("button", { name: "Start a new conversation" }).click();
  await talk(2);
  assert.deepEqual(await reported(), [...first, ...first]);
  assert.match(await readOut(), /Assistant: Hi\n[^]*Assistant: Thank you/);

  await page.reload();
  await chat.getByText("Thank you").waitFor();
  assert.deepEqual(await reported(), []);
  assert.equal(await readOut(), "");
  await visitor.close();
  browser.assertContent();
});
