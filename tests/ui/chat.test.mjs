// Chatting on the emulator's page: as a visitor with every kind of prompt, as an agent, and by the keyboard alone.

import assert from "node:assert/strict";
import { after, before, beforeEach, afterEach, describe, test } from "node:test";
import { begin, close, Emulator, launch, live, open, says, until } from "./support.mjs";

describe("the chat of the emulator's page", () => {
  let browser, emulator, page;
  before(async () => (browser = await launch()));
  after(() => browser.close());
  beforeEach(async () => {
    emulator = await Emulator.start();
    page = await open(browser, emulator);
    await live(page);
  });
  afterEach(async () => {
    await close(page);
    await emulator.stop();
  });
  const prompt = (kind) => page.locator(`.prompt [data-kind="${kind}"]`);
  const write = async (words) => {
    await page.getByLabel("Message of the visitor").fill(words);
    await page.getByRole("form", { name: "Write as the visitor" }).getByRole("button", { name: "Send" }).click();
  };

  test("a visitor is led through every kind of prompt", async () => {
    await begin(page);
    await says(page, "We answer within a minute");
    const hello = page.locator(".entry.bot").first();
    assert.equal(await hello.locator("b").textContent(), "Asha");
    assert.match(await hello.textContent(), /Hi Asha\s+& welcome/);
    assert.equal(await page.locator(".log img, .log script").count(), 0, "no markup of a bot gets in");
    await write("nonsense");
    await says(page, "That is no e-mail address.");
    await write("asha@example.com");
    assert.equal(await prompt("button").getByRole("link").getAttribute("href"), "https://example.com/");
    await prompt("button").getByRole("button", { name: "Sales" }).click();

    await prompt("button").getByRole("group", { name: /Several may be picked: at least 2/ }).waitFor();
    await prompt("button").getByLabel("Red").check();
    await prompt("button").getByLabel("Blue").check();
    await prompt("button").getByRole("button", { name: "Send answer" }).click();

    await prompt("carousel").getByText("Small and cosy").waitFor();
    await prompt("carousel").getByRole("button", { name: "Take the villa" }).click();

    await prompt("slider").getByRole("slider").fill("42");
    assert.equal(await prompt("slider").locator("output").textContent(), "42 years");
    await prompt("slider").getByRole("button", { name: "Send answer" }).click();

    await prompt("file_upload").getByLabel("Files, for their names").setInputFiles({ name: "pass port.pdf", mimeType: "application/pdf", buffer: Buffer.from("x") });
    await prompt("file_upload").getByRole("button", { name: "Send answer" }).click();

    await prompt("form").getByLabel("Name (required)").fill("Asha Rao");
    await prompt("form").getByLabel("Seats (required)").fill("3");
    await prompt("form").getByLabel("Meal (required)").selectOption("Plants");
    await prompt("form").getByRole("button", { name: "Send answer" }).click();

    await prompt("calendar").getByLabel("Day").fill("2099-12-31");
    await prompt("calendar").getByRole("button", { name: "Send answer" }).click();

    await prompt("javascript").getByText("return {score: 7};").waitFor();
    await prompt("javascript").getByLabel("conversation.score").fill("7");
    await prompt("javascript").getByRole("button", { name: "Send answer" }).click();

    await says(page, "waits 3600 s");
    assert.equal(await page.locator(".prompt").textContent(), "");
    await emulator.control("POST", "/clock", { advance_ms: 3_600_000 });
    await says(page, "Goodbye Asha Rao");
    await page.getByText("This conversation has ended.").waitFor();
    const { contact, variables, place } = await emulator.newest();
    assert.equal(place, "ended");
    assert.deepEqual(contact, { name: "Asha Rao", email: "asha@example.com", age: 42 });
    assert.deepEqual(variables, {
      topic: "Sales", colours: "Red, Blue", house: "Take the villa", papers: "https://files.example.com/pass%20port.pdf",
      seats: "3", meal: "Plants", day: "31/12/2099", score: "7",
    });
  });

  test("an agent takes over, writes, gives back and closes", async () => {
    await begin(page);
    await write("asha@example.com");
    await prompt("button").waitFor();
    await page.getByLabel("Agent", { exact: true }).check();
    const take = page.getByRole("button", { name: "Take over" });
    await take.click();
    await says(page, "now with agent");
    assert.equal(await take.isDisabled(), true);
    await page.getByLabel("Message of the agent").fill("Hello <b>there</b>");
    await page.keyboard.press("Enter");
    await says(page, "Hello <b>there</b>");
    await page.getByLabel("Visitor", { exact: true }).check();
    assert.equal(await prompt("button").count(), 0, "the bot does not wait for an answer");
    await write("A question");
    await says(page, "A question");
    await page.getByLabel("Agent", { exact: true }).check();
    await page.getByRole("button", { name: "Give back to the bot" }).click();
    await says(page, "now with bot");
    await page.getByRole("form", { name: "Raise an event" }).getByLabel("Event").selectOption("note");
    await page.getByRole("button", { name: "Raise" }).click();
    await page.locator('.entry[data-kind="note"]').waitFor();
    await page.getByLabel("Visitor", { exact: true }).check();
    await prompt("button").getByRole("button", { name: "Sales" }).waitFor();
    await page.getByLabel("Agent", { exact: true }).check();
    await page.getByRole("button", { name: "Close" }).click();
    await says(page, "conversation closed");
    assert.equal((await emulator.newest()).place, "ended");
    assert.equal(await take.isDisabled(), true);
  });

  test("what a program says and hears shows at once, and a call that is refused says why", async () => {
    const { conversation } = await emulator.begin("program");
    await page.getByRole("heading", { name: "program" }).waitFor();
    await says(page, "Your e-mail?");
    await emulator.control("POST", `/conversations/${conversation.id}/close`);
    await page.getByText("This conversation has ended.").waitFor();
    await page.getByLabel("Show the events as JSON").check();
    assert.match(await page.locator(".entry.bot .json").first().textContent(), /"message_by"/);
    const form = page.getByRole("form", { name: "New conversation" });
    await form.getByLabel("Variables").fill("{");
    await form.getByRole("button", { name: "Start" }).click();
    assert.match(await page.getByRole("alert").textContent(), /no JSON/);
    await form.getByLabel("Variables").fill("[]");
    await form.getByRole("button", { name: "Start" }).click();
    await page.getByRole("alert").filter({ hasText: "400: `variables` must be an object" }).waitFor();
  });

  test("all of it works by the keyboard alone", async () => {
    const focused = () => page.evaluate(() => document.activeElement?.closest("a, label, button, input, [role], [tabindex]")?.textContent?.trim() || document.activeElement?.id);
    const tabTo = async (target) => {
      for (let presses = 0; presses < 80; presses++) {
        if (await target.evaluate((element) => element === document.activeElement)) return;
        await page.keyboard.press("Tab");
      }
      assert.fail(`Tab does not lead to ${target}; it is at ${await focused()}`);
    };
    await page.keyboard.press("Tab");
    assert.equal(await focused(), "Skip to the chat");
    const visitor = page.getByLabel("Visitor's id");
    await tabTo(visitor);
    await page.keyboard.press("Control+A");
    await page.keyboard.type("keys");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "keys" }).waitFor();
    await tabTo(page.getByLabel("Message of the visitor"));
    await page.keyboard.type("keys@example.com");
    await page.keyboard.press("Enter");
    const sales = prompt("button").getByRole("button", { name: "Sales" });
    await sales.waitFor();
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    await tabTo(sales);
    await page.keyboard.press("Enter");
    const red = prompt("button").getByLabel("Red");
    await red.waitFor();
    await until(async () => assert.equal(await red.evaluate((element) => element === document.activeElement), true, "the focus goes on with the next prompt"));
    await page.keyboard.press("Space");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("Enter");
    await prompt("carousel").waitFor();
    const tab = page.getByRole("tab", { name: "Flow" });
    await tabTo(tab);
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tabpanel", { name: "Requests" }).waitFor();
    await page.keyboard.press("End");
    await page.getByRole("tabpanel", { name: "Findings" }).waitFor();
    assert.equal(await page.getByRole("tab", { name: "Findings" }).evaluate((element) => element === document.activeElement), true);
    await emulator.begin("second");
    const list = page.getByRole("listbox");
    await list.getByRole("option", { name: /second/ }).waitFor();
    await list.focus();
    await page.keyboard.press("Home");
    await page.getByRole("heading", { name: "second" }).waitFor();
    await page.keyboard.press("ArrowDown");
    await page.getByRole("heading", { name: "keys" }).waitFor();
  });
});
