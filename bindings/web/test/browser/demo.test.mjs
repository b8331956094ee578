// The page of `wotnot demo --web` and of `wotnot gateway --dev`: a shop with the widget, and beside it the bot that answers.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { DevService, until } from "../service.mjs";
import { violations } from "./axe.mjs";
import { Browser, leave } from "./chromium.mjs";

for (const command of [["demo", "--web", "--name", "Asha"], ["gateway", "--dev"]]) {
  describe(`the page of wotnot ${command.slice(0, 2).join(" ")}`, () => {
    let service, browser;
    before(async () => {
      service = await DevService.start(command);
      browser = await Browser.start();
    });
    after(async () => {
      await browser.stop();
      await service.stop();
    });

    const open = async (options = {}) => {
      const visitor = await browser.visitor(options);
      const page = await visitor.newPage();
      await page.goto(service.url);
      const chat = page.locator("wotnot-chat");
      const bot = page.frameLocator("iframe");
      return { visitor, page, chat, bot };
    };
    const say = async (chat, text) => {
      await chat.locator("textarea").fill(text);
      await chat.locator("[part=send]").click();
    };
    const lit = (bot, block) => bot.locator(`[data-block="${block}"].current`).waitFor();

    test("a newcomer chats, and sees where the bot stands and what happens", async () => {
      const { visitor, page, chat, bot } = await open();
      // Before anybody says anything the flow is there, and nothing of it is lit.
      await bot.locator('[data-block="welcome"]').waitFor();
      assert.equal(await bot.locator(".current").count(), 0);
      await say(chat, "Hello");
      await chat.getByRole("button", { name: "Sales" }).waitFor();
      await lit(bot, "topic");
      await chat.getByRole("button", { name: "Sales" }).click();
      await chat.getByRole("slider").fill("70");
      await lit(bot, "age");
      assert.equal(await bot.locator(".current").count(), 1);
      await chat.locator("[data-kind=slider] [type=submit]").click();
      await lit(bot, "human");
      await chat.getByText("A person answers you.").first().waitFor();
      const log = bot.getByRole("log");
      for (const text of ["Hello", "What is it about?", "Sales", "How old are you?", "70"]) await log.getByText(text, { exact: true }).first().waitFor();
      if (command[0] === "demo") await log.getByText("Hi Asha", { exact: true }).waitFor();
      await bot.getByRole("tab", { name: "Webhooks" }).click();
      await bot.getByRole("tabpanel", { name: "Webhooks" }).getByText("message").first().waitFor();
      await bot.getByRole("tab", { name: "Calls" }).click();
      await bot.getByRole("tabpanel", { name: "Calls" }).getByText("POST /api/v1/conversation/").first().waitFor();
      // The whole chat stands in the shop's pane, and covers nothing of the bot's.
      const [panel, frame] = await Promise.all([chat.locator("[part=panel]").boundingBox(), page.locator("iframe").boundingBox()]);
      assert(panel.x + panel.width <= frame.x && panel.y >= 0, JSON.stringify({ panel, frame }));
      await leave(visitor);
    });

    test("the newest conversation is shown, and what is shown changes nothing", async () => {
      const { visitor, chat, bot } = await open();
      await say(chat, "It is me");
      await bot.getByRole("log").getByText("It is me", { exact: true }).waitFor();
      for (const tab of ["Events", "Calls"]) {
        await bot.getByRole("tab", { name: tab }).click();
        assert.equal(await bot.locator("input:visible:not([type=checkbox]), form:visible").count(), 0);
      }
      await leave(visitor);
    });

    for (const [what, options] of [["light", {}], ["dark", { colorScheme: "dark" }], ["narrow", { viewport: { width: 360, height: 740 } }]]) {
      test(`it is accessible and whole: ${what}`, async () => {
        const { visitor, page, chat, bot } = await open({ reducedMotion: "reduce", ...options });
        await say(chat, "Hello");
        await lit(bot, "topic");
        await bot.locator("#connection[data-state=live]").waitFor();
        assert.deepEqual(await violations(page), []);
        for (const frame of page.frames()) assert(await frame.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "nothing is cut off");
        await leave(visitor);
      });
    }
  });
}

test("a name that was made to point to this machine does not get the page", async () => {
  const service = await DevService.start();
  const { port } = new URL(service.url);
  const browser = await Browser.start([`--host-resolver-rules=MAP rebind.example 127.0.0.1`]);
  const visitor = await browser.visitor();
  await visitor.unrouteAll();
  const page = await visitor.newPage();
  const answer = await page.goto(`http://rebind.example:${port}/`);
  assert.equal(answer.status(), 421);
  assert.doesNotMatch(await answer.text(), /token/);
  await until("the same by its address", async () => (await page.goto(service.url)).status() === 200);
  await browser.stop();
  await service.stop();
});
