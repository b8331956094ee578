// The emulator's page keeps to itself: no other page can drive it, nothing leaves it, and it is read in dark and light.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { begin, close, Emulator, launch, live, open, says, serve, tool, until } from "./support.mjs";

describe("the safety of the emulator's page", () => {
  let browser, emulator;
  before(async () => (browser = await launch()));
  after(() => browser.close());
  beforeEach(async () => (emulator = await Emulator.start()));
  afterEach(() => emulator.stop());

  test("a page of another origin can neither read nor drive it, nor frame it", async () => {
    await emulator.begin("asha");
    const before = JSON.stringify(await emulator.newest());
    const other = await serve((_request, response) => response.setHeader("content-type", "text/html").end("<!doctype html><title>other</title>"));
    const page = await (await browser.newContext()).newPage();
    try {
      await page.goto(other.url);
      const tried = await page.evaluate(async ({ control_url: control, control_token: token, ui_url: ui }) => {
        const answers = [];
        const attempt = async (path, options) => {
          const answer = await fetch(control + path, options).then((it) => it.text(), () => "refused");
          answers.push(`${path}: ${answer}`);
        };
        for (const headers of [{}, { authorization: `Bearer ${token}` }]) {
          for (const path of ["/conversations", "/state", "/changes", "/ui", "/ui/main.js"]) await attempt(path, { headers });
          for (const path of ["/reset", "/conversations", "/faults", "/clock"]) await attempt(path, { method: "POST", headers, body: "{}" });
        }
        // Answers that a page may not read can still do something.
        await fetch(`${control}/reset`, { method: "POST", mode: "no-cors", body: "" }).catch(() => {});
        const form = Object.assign(document.createElement("form"), { method: "POST", action: `${control}/reset`, target: "nowhere" });
        const frame = Object.assign(document.createElement("iframe"), { name: "nowhere" });
        const framed = Object.assign(document.createElement("iframe"), { src: ui });
        document.body.append(frame, framed, form);
        const loaded = Promise.all([frame, framed].map((it) => new Promise((done) => it.addEventListener("load", done))));
        form.submit();
        await loaded;
        const script = Object.assign(document.createElement("script"), { src: `${control}/ui/main.js` });
        const ran = new Promise((done) => ((script.onload = () => done("loaded")), (script.onerror = () => done("refused"))));
        document.body.append(script);
        const opened = window.open(ui);
        // Its first, empty document is this page's own; the emulator's is out of reach, and the window counts as closed.
        const reach = () => {
          try {
            return !opened.closed && opened.document.title;
          } catch {
            return false;
          }
        };
        while (reach() === "") await new Promise((done) => setTimeout(done, 20));
        const inside = reach() || "nothing";
        return { answers, script: await ran, inside };
      }, emulator.ready);
      assert.ok(tried.answers.length > 10);
      for (const answer of tried.answers) assert.match(answer, /: refused$/);
      assert.equal(tried.script, "refused");
      assert.equal(tried.inside, "nothing");
      const frames = page.frames().filter((frame) => frame.url().includes("_emulator/ui"));
      for (const frame of frames) assert.equal(await frame.locator("h1").count(), 0, "it is in no frame");
      assert.equal(JSON.stringify(await emulator.newest()), before, "nothing was reset");
    } finally {
      await page.context().close();
      await other.stop();
    }
  });

  test("the policy is strict, and the browser holds the page to it", async () => {
    const answer = await fetch(`${emulator.ready.control_url}/ui`);
    const policy = new Set(answer.headers.get("content-security-policy").split("; "));
    for (const directive of [
      "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' data:", "base-uri 'none'",
      "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'",
    ]) assert.ok(policy.delete(directive), directive);
    assert.equal(policy.size, 0);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    const page = await open(browser, emulator);
    await live(page);
    const refused = await page.evaluate(() => {
      try {
        document.body.innerHTML = "<p>markup</p>";
        return "written";
      } catch (error) {
        return error.name;
      }
    });
    assert.equal(refused, "TypeError");
    await until(() => assert.equal(page.seen.violations.length, 1));
    page.seen.violations.length = 0;
    await close(page);
  });

  test("the token leaves the address, stays in the tab, and is asked for without it", async () => {
    const page = await open(browser, emulator);
    await live(page);
    assert.equal(page.url().includes(emulator.ready.control_token), false);
    await begin(page);
    await tool(page, "Clock");
    await page.reload();
    await live(page);
    await page.getByRole("heading", { name: "asha" }).waitFor();
    await page.getByRole("tabpanel", { name: "Clock" }).waitFor();
    await close(page);

    const bare = await open(browser, emulator, { url: `${emulator.ready.control_url}/ui` });
    await bare.getByRole("textbox", { name: "Token" }).fill("wrong");
    await bare.getByRole("button", { name: "Open" }).click();
    await bare.getByText("the control token is missing or wrong").waitFor();
    await bare.getByRole("textbox", { name: "Token" }).fill(emulator.ready.control_token);
    await bare.getByRole("button", { name: "Open" }).click();
    await live(bare);
    await bare.getByRole("option", { name: /asha/ }).waitFor();
    await close(bare);
  });

  test("it says when the emulator is gone, and goes on with the next one when it has the token", async () => {
    const page = await open(browser, emulator);
    await live(page);
    await emulator.stop();
    await page.getByText("no connection: trying again").waitFor();
    emulator = await Emulator.start("--port", new URL(emulator.ready.base_url).port);
    await page.getByText("the control token is missing or wrong").waitFor();
    await page.goto(emulator.ready.ui_url);
    await live(page);
    await begin(page);
    await says(page, "Your e-mail?");
    await close(page);
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`every text can be read in the ${colorScheme}`, async () => {
      const page = await open(browser, emulator, { colorScheme });
      await live(page);
      await begin(page);
      await page.getByLabel("Message of the visitor").fill("asha@example.com");
      await page.keyboard.press("Enter");
      await page.locator('.prompt [data-kind="button"]').waitFor();
      await page.getByLabel("Agent", { exact: true }).check();
      await page.getByLabel("Message of the agent").fill("Hello");
      await page.keyboard.press("Enter");
      await says(page, "now with agent");
      const poor = [];
      for (const name of ["Flow", "Requests", "Webhooks", "Faults", "Clock", "Findings"]) {
        await tool(page, name);
        poor.push(...(await page.evaluate(poorlyReadable)));
      }
      assert.deepEqual(poor, []);
      const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      assert.equal(dark, colorScheme === "dark" ? "rgb(20, 23, 28)" : "rgb(244, 245, 247)");
      await close(page);
    });
  }

  test("on a narrow screen nothing is cut off", async () => {
    const page = await open(browser, emulator, { viewport: { width: 360, height: 740 } });
    await live(page);
    await begin(page);
    for (const name of ["Flow", "Requests", "Webhooks", "Faults", "Clock", "Findings"]) {
      await tool(page, name);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, `${name} is wider than the screen`);
    }
    await close(page);
  });
});

/** Visible texts with less contrast than 4.5 to 1 (WCAG 2.2, AA); runs in the page. */
function poorlyReadable() {
  const numbers = (colour) => colour.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = numbers(colour).slice(0, 3).map((value) => value / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if ((numbers(colour)[3] ?? 1) === 1) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  const poor = [];
  for (const element of document.querySelectorAll("body *:not(script):not(svg *)")) {
    const words = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!words || !element.checkVisibility() || element.closest(":disabled")) continue;
    const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) poor.push(`${element.tagName} ${element.className} "${element.textContent.trim().slice(0, 30)}" ${contrast.toFixed(2)}`);
  }
  return poor;
}
