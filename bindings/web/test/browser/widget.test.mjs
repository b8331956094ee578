// The widget in Chromium: what every visitor needs of it, whatever they see with, type with or set up.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { Proxy, said, Service, until } from "../service.mjs";
import { violations } from "./axe.mjs";
import { asked, Browser, ended, leave, stands } from "./chromium.mjs";
import { Site } from "./site.mjs";
import { EVERY_KIND, part, prompt, throughEveryKind, widgetScript, write } from "./widget.mjs";

describe("the widget in Chromium", () => {
  let service, proxy, site, browser, visitor;
  before(async () => {
    site = await Site.start();
    const limits = 'limits = {sessions = {address = "off"}, starts = {address = "off"}}';
    service = await Service.start({ flow: EVERY_KIND, site: `origins = ["${site.url}"]\n${limits}`, section: '[files]\nurl = "http://127.0.0.1:1"\n' });
    proxy = await Proxy.start(service.url);
    browser = await Browser.start();
  });
  after(async () => {
    await browser?.stop();
    await Promise.all([proxy, site, service].map((it) => it?.stop()));
  });
  beforeEach(async () => {
    await service.put("reset", {}, "POST");
    proxy.fault = () => undefined;
  });
  afterEach(() => leave(visitor));

  /** A page with the widget in it. */
  const open = async ({ attributes = "", lang = "en", ...options } = {}) => {
    visitor = await browser.visitor(options);
    const page = await visitor.newPage();
    const body = `<main><h1>A shop</h1><p>Tea and coffee. <a href="#top">To the top</a></p></main><wotnot-chat gateway="${proxy.url}" ${attributes}></wotnot-chat>`;
    await page.goto(site.add("widget", widgetScript(), { gateway: proxy.url, body, lang }));
    await page.locator("wotnot-chat").locator("[part=panel]").waitFor({ state: "attached" });
    return page;
  };
  const isClean = async (page, state) => {
    // Half-way through its opening everything is pale.
    await page.evaluate(() => Promise.all(document.getAnimations().filter(({ effect }) => effect.getTiming().iterations < Infinity).map(({ finished }) => finished)));
    assert.deepEqual(await violations(page), [], state);
  };

  test("axe-core finds nothing, in every question and state, light and dark", async () => {
    const page = await open();
    await isClean(page, "closed");
    await part(page, "launcher").click();
    await isClean(page, "open, before the first words");
    await write(page, "Hello");
    await throughEveryKind(page, (kind) => isClean(page, kind));
    await stands(page, "a person", ({ status }) => status === "handover");
    await isClean(page, "a person");
    await page.emulateMedia({ colorScheme: "dark" });
    await isClean(page, "dark");
    await visitor.setOffline(true);
    await stands(page, "the news", ({ connection }) => connection === "offline");
    await write(page, "Is anybody there?");
    await isClean(page, "offline, with words that wait");
    await visitor.setOffline(false);
  });

  test("a question whose part does not load is drawn when it does", async () => {
    const page = await open({ attributes: "open" });
    const fault = site.break("/wotnot-web/widget/prompts/more.js", 3);
    await write(page, "Hello");
    await prompt(page).getByRole("button", { name: "First", exact: true }).click();
    await prompt(page).getByRole("checkbox", { name: "Room" }).waitFor();
    assert(fault.isOver());
  });

  test("a message that was refused says why, is read out, and is removed or sent again", async () => {
    const page = await open({ attributes: "open" });
    await write(page, "Hello");
    const first = await stands(page, "a question", ({ prompt }) => prompt?.kind === "choice" && prompt);
    await prompt(page).getByRole("button", { name: "First", exact: true }).click();
    await stands(page, "the next question", ({ prompt }, seq) => prompt?.kind === "choice" && prompt.seq > seq, first.seq);
    const row = page.locator("wotnot-chat li[data-state=failed]");
    const pressLate = async () => {
      await page.evaluate((first) => window.chat.answer(first, { option: "o2" }), first);
      await row.getByText("Not sent. The question has changed meanwhile.").waitFor();
    };
    await pressLate();
    await page.locator("wotnot-chat [aria-live=polite]").getByText("Not sent. The question has changed meanwhile.").waitFor({ state: "attached" });
    await isClean(page, "a message that was refused");
    await row.getByRole("button", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    await pressLate();
    await row.getByRole("button", { name: "Send again" }).click();
    await stands(page, "the words", ({ messages, outbox }) => !outbox.length && messages.some(({ text, by }) => by === "visitor" && text === "Second"));
  });

  test("a window that is opened again at once stays open", async () => {
    const page = await open();
    const isOpen = await page.evaluate(async () => {
      const widget = document.querySelector("wotnot-chat");
      const closed = new Promise((done) => widget.shadowRoot.querySelector("dialog").addEventListener("close", done, { once: true }));
      widget.open();
      widget.close();
      widget.open();
      // The event of the dialog that was closed.
      await closed;
      return widget.hasAttribute("open");
    });
    assert.ok(isOpen);
  });

  test("everything goes by the keyboard alone", async () => {
    const page = await open();
    const focused = () => page.evaluate(() => {
      let at = document.activeElement;
      while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
      return at ? `${at.localName} ${at.getAttribute("part") ?? at.type ?? ""}`.trim() : "";
    });
    /** Tab, until what has the focus fits. */
    const tabTo = async (what, back = false) => {
      for (let presses = 0; presses < 40; presses++) {
        if (what.test(await focused())) return;
        await page.keyboard.press(back ? "Shift+Tab" : "Tab");
      }
      assert.fail(`Tab does not reach ${what}; the focus is at ${await focused()}`);
    };
    await tabTo(/launcher/);
    await page.keyboard.press("Enter");
    assert.match(await focused(), /textarea/, "an open window is ready to be written in");
    await page.keyboard.press("Escape");
    assert.match(await focused(), /launcher/, "Escape closes it, and the focus is back");
    await page.keyboard.press("Enter");
    await page.keyboard.type("Hello");
    await page.keyboard.press("Enter");
    await asked(page, "choice");
    assert.match(await focused(), /textarea/, "what comes in does not move the focus");
    await tabTo(/^button button/, true);
    // Backwards from the composer: the last of the options is the link, then the second, then the first.
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Space");
    await stands(page, "several options", ({ prompt }) => prompt?.multiple);
    await tabTo(/input checkbox/);
    await page.keyboard.press("Space");
    await tabTo(/button submit/);
    await page.keyboard.press("Enter");
    await stands(page, "a list", ({ prompt }) => prompt?.options?.length === 6);
    await tabTo(/input radio/);
    await page.keyboard.press("ArrowDown");
    await tabTo(/button submit/);
    await page.keyboard.press("Enter");
    await stands(page, "cards", ({ prompt }) => prompt?.options?.[0].card);
    await prompt(page).getByRole("button", { name: "Order tea" }).waitFor();
    await tabTo(/^button button/);
    await page.keyboard.press("Enter");
    await asked(page, "slider");
    await prompt(page).getByRole("slider").waitFor();
    await tabTo(/input range/);
    await page.keyboard.press("Home");
    for (let number = 1; number < 4; number++) await page.keyboard.press("ArrowRight");
    await tabTo(/button submit/);
    await page.keyboard.press("Enter");
    await asked(page, "text");
    const [texts] = await said(service);
    assert.deepEqual(texts.slice(0, 1), ["Hello"]);
    assert.equal(texts.at(-1), "4");
  });

  test("the question that is asked is in view", async () => {
    const page = await open({ attributes: "open", viewport: { width: 320, height: 480 } });
    await write(page, "Hello");
    await throughEveryKind(page, (kind) =>
      until(`the question in view, ${kind}`, () =>
        page.evaluate(() => {
          const log = document.querySelector("wotnot-chat").shadowRoot.querySelector("[part=log]");
          return log.scrollHeight - log.scrollTop - log.clientHeight < 2;
        }),
      ),
    );
  });

  test("what is said is read out once, and no history is", async () => {
    const page = await open({ attributes: "open" });
    await write(page, "Hello");
    await asked(page, "choice");
    const live = page.locator("wotnot-chat").locator("[aria-live=polite]");
    await until("the question to be read out", async () => (await live.allTextContents()).join("|").includes("Which one?"));
    assert.equal((await live.allTextContents()).join("|").split("Which one?").length, 2);
    await page.reload();
    await asked(page, "choice");
    await part(page, "log").getByText("Which one?").waitFor();
    assert.equal((await live.allTextContents()).join(""), "", "what was there before is not read out again");
  });

  test("Arabic is right-to-left, and names everything in Arabic", async () => {
    const page = await open({ lang: "ar", attributes: "open" });
    const widget = page.locator("wotnot-chat");
    assert.equal(await widget.locator(".root").getAttribute("dir"), "rtl");
    await write(page, "Hello");
    await asked(page, "choice");
    const [panel, row] = [await part(page, "panel").boundingBox(), await widget.locator("li[data-from=visitor] .bubble").first().boundingBox()];
    assert(row.x - panel.x < panel.width / 2, "the visitor's words are on the left");
    const { x } = await part(page, "launcher").boundingBox();
    assert(x < 640, "and so is the launcher");
    assert.match(await part(page, "launcher").getAttribute("aria-label"), /\p{Script=Arabic}/u);
    await isClean(page, "Arabic");
  });

  test("at 400 % zoom nothing is cut off, and nothing scrolls sideways", async () => {
    // 1280 by 1024 pixels at 400 %.
    const page = await open({ viewport: { width: 320, height: 256 } });
    await part(page, "launcher").click();
    await write(page, "Hello");
    await throughEveryKind(page, async (kind) => {
      const sizes = await page.evaluate(() => {
        const root = document.querySelector("wotnot-chat").shadowRoot;
        const panel = root.querySelector("[part=panel]");
        const wide = [...panel.querySelectorAll("*")].filter((element) => element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX === "auto" && !element.closest(".cards"));
        return { panel: panel.scrollWidth - panel.clientWidth, height: panel.getBoundingClientRect().height - innerHeight, wide: wide.map(({ outerHTML }) => outerHTML.slice(0, 80)) };
      });
      assert(sizes.panel <= 0 && sizes.height <= 0, `${kind}: ${JSON.stringify(sizes)}`);
      assert.deepEqual(sizes.wide, [], kind);
      await part(page, "send").click({ trial: true });
    });
  });

  test("who wants no motion gets none", async () => {
    const page = await open({ reducedMotion: "reduce" });
    await part(page, "launcher").click();
    const moving = () => page.evaluate(() => {
      const elements = [...document.querySelector("wotnot-chat").shadowRoot.querySelectorAll("*")];
      return elements.filter((element) => {
        const { animationName, transitionDuration, scrollBehavior } = getComputedStyle(element);
        return animationName !== "none" || parseFloat(transitionDuration) > 0 || scrollBehavior === "smooth";
      }).length;
    });
    assert.equal(await moving(), 0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    assert(await moving() >= 4, "the panel and the dots move for others");
  });

  test("forced colours leave borders and focus to be seen", async () => {
    const page = await open({ forcedColors: "active", attributes: "open" });
    await write(page, "Hello");
    await asked(page, "choice");
    const borders = await page.evaluate(() => {
      const root = document.querySelector("wotnot-chat").shadowRoot;
      return ["[part=launcher]", "[part=panel]", ".option", "textarea", "[part=send]", "li[data-from=bot] .bubble"].map((selector) => {
        const { borderTopStyle, borderTopWidth } = getComputedStyle(root.querySelector(selector));
        return [selector, borderTopStyle === "solid" && parseFloat(borderTopWidth) >= 1];
      });
    });
    assert.deepEqual(borders.filter(([, seen]) => !seen), []);
    await page.keyboard.press("Tab");
    await isClean(page, "forced colours");
  });

  test("targets are 44 pixels or more", async () => {
    const page = await open({ attributes: "open" });
    await write(page, "Hello");
    await throughEveryKind(page, async (kind) => {
      const small = await page.evaluate(() => {
        const root = document.querySelector("wotnot-chat").shadowRoot;
        const targets = [...root.querySelectorAll("button, .option, textarea, select, .list label, input:not([type=checkbox], [type=radio], [type=file])")];
        return targets.filter((target) => target.checkVisibility()).map((target) => [target.outerHTML.slice(0, 80), target.getBoundingClientRect()])
          .filter(([, { width, height }]) => width < 44 || height < 44).map(([html, { width, height }]) => `${html} ${width} by ${height}`);
      });
      assert.deepEqual(small, [], kind);
    });
  });

  test("who reads further up stays there, and a button leads to what came meanwhile", async () => {
    const page = await open({ attributes: 'mode="full"', viewport: { width: 360, height: 500 } });
    for (let at = 0; at < 12; at++) await write(page, `Word ${at}`);
    await asked(page, "choice");
    const log = part(page, "log");
    const below = log.locator(".below");
    await until("all is settled", async () => (await page.evaluate(() => window.chat.snapshot.messages.at(-1).by)) === "bot");
    assert.equal(await below.isVisible(), false);
    // As a wheel does: up, and not to the end again.
    await log.hover();
    await page.mouse.wheel(0, -400);
    await until("it is scrolled up", () => log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight > 200));
    const place = await log.evaluate((log) => log.scrollTop);
    const [conversation] = (await service.conversations()).conversations;
    await service.put(`conversations/${conversation.conversation}/agent`, { text: "Are you there?" }, "POST");
    await below.getByText("New messages: 1").waitFor();
    assert.equal(await log.evaluate((log) => log.scrollTop), place);
    await below.click();
    await until("the end", () => log.evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight < 2));
    assert.equal(await below.isVisible(), false);
    assert.equal(await page.evaluate(() => document.querySelector("wotnot-chat").shadowRoot.activeElement.role), "log", "the focus is not lost with the button");
  });

  test("what is typed and not sent outlives a reload, in its tab and its conversation", async () => {
    const page = await open({ attributes: "open" });
    await write(page, "Hello");
    await asked(page, "choice");
    const typed = page.locator("wotnot-chat").getByRole("textbox");
    await typed.fill("I wanted to say\nthat");
    await page.reload();
    await until("the draft", async () => (await typed.inputValue()) === "I wanted to say\nthat");
    const other = await visitor.newPage();
    await other.goto(page.url());
    await asked(other, "choice");
    assert.equal(await other.locator("wotnot-chat").getByRole("textbox").inputValue(), "", "another tab has its own");
    await part(page, "send").click();
    await page.locator("wotnot-chat").getByText("that").waitFor();
    await page.reload();
    await asked(page, "choice");
    assert.equal(await typed.inputValue(), "");
    // Somebody else's words are not shown to who comes next.
    await typed.fill("A secret");
    await page.evaluate(() => window.chat.erase());
    await page.reload();
    await part(page, "composer").waitFor();
    assert.equal(await typed.inputValue(), "");
  });

  test("unread messages are counted while the window is closed", async () => {
    const page = await open({ attributes: "open" });
    await write(page, "Hello");
    await asked(page, "choice");
    await part(page, "header").getByRole("button").click();
    await page.evaluate(() => window.chat.answer(window.chat.snapshot.prompt, { option: "o1" }));
    await until("the count", async () => (await part(page, "launcher").getAttribute("aria-label")).includes("1"));
    await part(page, "launcher").click();
    await until("no count", async () => !/\d/.test(await part(page, "launcher").getAttribute("aria-label")));
  });

  test("the page hears what happens", async () => {
    const page = await open();
    await page.evaluate(() => {
      window.heard = [];
      for (const name of ["open", "close", "message", "error"]) {
        document.addEventListener(`wotnot-${name}`, ({ detail }) => window.heard.push(detail?.message ? `${name}: ${detail.message.text}` : name));
      }
      document.querySelector("wotnot-chat").open();
    });
    await write(page, "Hello");
    await asked(page, "choice");
    await page.evaluate(() => document.querySelector("wotnot-chat").close());
    const heard = await page.evaluate(() => window.heard);
    assert.deepEqual(heard, ["open", "message: Hello", "message: Which one?", "close"]);
  });
});
