// The tools of the emulator's page: the drawn flow, traffic, faults, clock and findings.

import assert from "node:assert/strict";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { begin, close, Emulator, endpoint, EVERY_PROMPT, launch, live, open, says, serve, tool, until } from "./support.mjs";

describe("the tools of the emulator's page", () => {
  let browser, emulator, page;
  before(async () => (browser = await launch()));
  after(() => browser.close());
  afterEach(async () => {
    await close(page);
    await emulator.stop();
  });
  const start = async (...args) => {
    emulator = await Emulator.start(...args);
    page = await open(browser, emulator);
    await live(page);
  };
  const write = async (words) => {
    await page.getByLabel("Message of the visitor").fill(words);
    await page.getByRole("form", { name: "Write as the visitor" }).getByRole("button", { name: "Send" }).click();
  };

  test("the flow is drawn, with where the conversation stands and the ways that it walked", async () => {
    await start();
    const panel = await tool(page, "Flow");
    await begin(page);
    const card = (name) => panel.locator(`[data-block="${name}"]`);
    await panel.locator('[data-block="mail"].current').waitFor();
    assert.equal(await panel.locator("[data-block]").count(), 13);
    assert.equal(await panel.locator("[data-block].walked").count(), 2);
    assert.equal(await panel.locator('[data-from="hello"].walked').count(), 1);
    await write("asha@example.com");
    await panel.locator('[data-block="topic"].current').waitFor();
    assert.equal(await card("mail").getAttribute("aria-current"), null);
    await page.getByRole("button", { name: "Help" }).click();
    await panel.locator('[data-block="human"].current').waitFor();
    const walked = await panel.locator(".arrow.walked").evaluateAll((arrows) => arrows.map((it) => `${it.dataset.from} ${it.dataset.exit}`));
    assert.deepEqual(walked.sort(), ["hello 0", "mail 0", "topic 1"]);
    assert.match(await panel.getByRole("status").textContent(), /every-prompt version 1: at human; walked 4 of 13 blocks, 3 of \d+ ways/);
    assert.match(await card("hello").locator("title").textContent(), /^hello \(message\)/);

    await emulator.begin("other");
    await panel.getByLabel("Show").selectOption({ label: "all of Every prompt" });
    await card("mail").locator(".count").getByText("1 conversation").waitFor();
    await card("human").locator(".count").getByText("1 conversation").waitFor();
    await emulator.begin("third");
    await card("mail").locator(".count").getByText("2 conversations").waitFor();

    const width = () => panel.locator("svg").evaluate((svg) => svg.getBoundingClientRect().width);
    const before = await width();
    await panel.getByRole("button", { name: "Larger" }).click();
    assert.ok((await width()) > before);
    await panel.getByLabel("Direction").selectOption("down");
    await until(async () => assert.equal(await panel.locator("svg").evaluate((svg) => svg.viewBox.baseVal.height > svg.viewBox.baseVal.width), true));
  });

  test("calls and posts are listed with headers and bodies, and no token is in them", async () => {
    const hook = await endpoint("hook-secret");
    try {
      await start("--webhook", hook.url, "--webhook-token", "hook-secret", "--webhook-authorization");
      await emulator.begin("asha", { cookie: "id=cookie-secret", "x-trace": "trace-7" });
      const requests = await tool(page, "Requests");
      await requests.getByText("POST /api/v1/conversations").click();
      await requests.getByRole("row", { name: "authorization Bearer ***" }).waitFor();
      await requests.getByRole("row", { name: "cookie ***" }).waitFor();
      await requests.getByRole("row", { name: "x-trace trace-7" }).waitFor();
      assert.match(await requests.getByLabel("Body", { exact: true }).textContent(), /"user_external_id": "asha"/);
      assert.match(await requests.getByLabel("Answer", { exact: true }).textContent(), /"visitor_key"/);

      const posts = await tool(page, "Webhooks");
      await posts.getByText("test of the endpoint").waitFor();
      await posts.getByText("conversation_create", { exact: false }).click();
      await posts.getByRole("row", { name: "authorization Bearer ***" }).waitFor();
      assert.match(await posts.getByLabel("Body", { exact: true }).textContent(), /"token": "\*\*\*"/);
      assert.match(await posts.getByLabel("Answer", { exact: true }).textContent(), /"token":"\*\*\*"/);
      assert.equal(await posts.locator("#webhook").textContent(), `Webhook: ${hook.url}, with a token`);
      const { entries } = await emulator.newest();
      await posts.locator(".traffic > li").nth(entries.length).waitFor();
      await posts.getByRole("button", { name: "Post event 1 again" }).click();
      await posts.locator(".traffic > li").nth(entries.length + 1).waitFor();

      await page.getByRole("heading", { name: "asha" }).waitFor();
      await write("not an address");
      await says(page, "That is no e-mail address.");
      await tool(page, "Requests");
      await requests.getByText("/messages").click();
      await requests.getByRole("row", { name: "authorization Bearer ***" }).nth(1).waitFor();
      const everything = await page.content();
      const shown = await Promise.all(["/requests", "/deliveries", "/conversations", "/webhook"].map((path) => emulator.control("GET", path)));
      for (const secret of [emulator.ready.token, emulator.ready.control_token, "hook-secret", "cookie-secret"]) {
        assert.equal(everything.includes(secret), false, "a token shows in the page");
        assert.equal(JSON.stringify(shown).includes(secret), false, "the control API shows a token");
      }

      await emulator.begin("other");
      await requests.locator(".traffic > li").nth(2).waitFor();
      await requests.getByLabel("Only of the conversation").check();
      await until(async () => assert.equal(await requests.locator(".traffic > li:visible").count(), 2));
    } finally {
      await hook.stop();
    }
  });

  test("an endpoint that refuses shows with its answer", async () => {
    const hook = await serve((request, response) => request.resume().on("end", () => response.writeHead(418).end("short and stout")));
    try {
      await start("--webhook", hook.url);
      await emulator.begin("asha");
      const posts = await tool(page, "Webhooks");
      await posts.getByText("try 2").first().waitFor();
      await posts.locator("summary").filter({ hasText: "try 2" }).first().click();
      assert.equal(await posts.getByLabel("Answer", { exact: true }).textContent(), "short and stout");
      await posts.getByText("Change the webhook").click();
      await posts.getByRole("form", { name: "Webhook" }).getByRole("button", { name: "Remove" }).click();
      await posts.getByText("Webhook: none").waitFor();
      await posts.getByLabel("URL").fill(hook.url);
      await posts.getByRole("button", { name: "Test and save" }).click();
      await page.getByRole("alert").filter({ hasText: "HTTP 418" }).waitFor();
    } finally {
      await hook.stop();
    }
  });

  test("faults are added, switched off and on, and taken away", async () => {
    await start();
    const panel = await tool(page, "Faults");
    await panel.getByText("No fault rule").waitFor();
    const form = panel.getByRole("form", { name: "Add a fault rule" });
    await form.getByLabel("Fault").selectOption("rate_limited");
    await form.getByLabel("retry_after").fill("soon");
    await form.getByLabel("call").selectOption("send");
    await form.getByRole("button", { name: "Add" }).click();
    const toggle = panel.getByRole("switch", { name: "Rule 1: rate_limited" });
    await toggle.waitFor();
    await begin(page);
    await write("asha@example.com");
    await page.getByRole("alert").filter({ hasText: "429" }).waitFor();
    await panel.getByText("struck 1 of 1").waitFor();
    await page.getByRole("tab", { name: "Faults 1" }).waitFor();

    await toggle.click();
    await page.locator('[role="switch"][aria-checked="false"]').waitFor();
    assert.equal(await toggle.evaluate((element) => element === document.activeElement), true, "the focus stays");
    await write("asha@example.com");
    await says(page, "What is it about?");
    await toggle.click();
    await page.locator('[role="switch"][aria-checked="true"]').waitFor();
    await write("Sales");
    await panel.getByText("struck 2 of 2").waitFor();
    await form.getByLabel("Fault").selectOption("drop_answer");
    await form.getByRole("button", { name: "Add" }).click();
    await panel.getByRole("switch", { name: "Rule 2: drop_answer" }).waitFor();
    await panel.getByRole("button", { name: "Remove rule 1" }).click();
    await panel.getByRole("switch", { name: "Rule 1: drop_answer" }).waitFor();
    await write("Sales");
    await page.getByRole("alert").filter({ hasText: "No whole answer came" }).waitFor();
    await says(page, "Which colours?");
    const heard = (await emulator.newest()).entries.map((entry) => entry.event.event.payload.message?.text);
    assert.equal(heard.filter((text) => text === "Sales").length, 1, "no browser sends it again by itself");
    await form.getByLabel("chance").fill("7");
    await form.getByRole("button", { name: "Add" }).click();
    await page.getByRole("alert").filter({ hasText: "`chance` lies between 0 and 1" }).waitFor();
  });

  test("the clock is frozen, moved on and set, and delays follow it", async () => {
    await start();
    const panel = await tool(page, "Clock");
    await panel.getByRole("button", { name: "Freeze" }).click();
    await panel.getByText("The clock stands still.").waitFor();
    await page.getByRole("tab", { name: "Clock frozen" }).waitFor();
    await panel.getByLabel("Time").fill("2030-02-03 04:05:06");
    await panel.getByRole("button", { name: "Set" }).click();
    await panel.getByText("2030-02-03 04:05:06.000").waitFor();
    for (const [name, shown] of [["+ 1 second", "04:05:07.000"], ["+ 1 minute", "04:06:07.000"], ["+ 1 hour", "05:06:07.000"], ["+ 1 day", "2030-02-04 05:06:07.000"]]) {
      await panel.getByRole("button", { name }).click();
      await panel.getByText(shown).waitFor();
    }
    await panel.getByLabel("Time").fill("soon");
    await panel.getByRole("button", { name: "Set" }).click();
    await page.getByRole("alert").filter({ hasText: "`now` is no time" }).waitFor();
    await panel.getByRole("button", { name: "Let it run" }).click();
    await panel.getByText("The clock runs.").waitFor();
    await until(async () => assert.match(await panel.locator("#clock").textContent(), /^2030-02-04 05:06/));
  });

  test("a file that changes is deployed, and one that is broken shows its findings", async () => {
    const folder = mkdtempSync(join(tmpdir(), "wotnot-ui-"));
    const file = join(folder, "flow.yaml");
    copyFileSync(EVERY_PROMPT, file);
    try {
      await start("--flow", file);
      const panel = await tool(page, "Findings");
      await panel.getByText("deployed as every-prompt").waitFor();
      const good = readFileSync(file, "utf8");
      writeFileSync(file, good.replace("next: house}", "next: hause}"));
      await panel.getByText("the version before it keeps running").waitFor();
      await panel.getByText(/flow\.yaml:18:\d+/).waitFor();
      await panel.getByText(/error \(unknown_target\): .*hause/).waitFor();
      await page.getByRole("tab", { name: "Findings 1" }).waitFor();
      assert.match(await page.locator("#about").textContent(), /every-prompt v1$/);
      writeFileSync(file, `${good}\n  lost: {type: end, text: Nobody comes here}\n`);
      await panel.getByText(/warning \(unreachable\): .*`lost`/).waitFor();
      await page.getByText("every-prompt v2").first().waitFor();
      await page.getByRole("tab", { name: "Findings", exact: true }).waitFor();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test("a reset empties every list", async () => {
    await start();
    await begin(page);
    await says(page, "Your e-mail?");
    page.once("dialog", (dialog) => dialog.accept());
    await page.getByRole("button", { name: "Reset" }).click();
    await page.getByText("No conversation yet.").waitFor();
    await page.getByText("Pick or start a conversation.").waitFor();
    const requests = await tool(page, "Requests");
    await requests.getByText("No call has come yet.").waitFor();
    await begin(page, { visitor: "again" });
    await requests.getByText("POST /api/v1/conversations").waitFor();
  });
});
