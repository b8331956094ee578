// The examples of docs/widget.md, as they stand, in Chromium.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { compile } from "svelte/compiler";
import { compileScript, parse } from "vue/compiler-sfc";
import { ROOT, Service, until } from "../service.mjs";
import { Browser } from "./chromium.mjs";
import { bundle, Site } from "./site.mjs";

const PAGE = readFileSync(join(ROOT, "docs/widget.md"), "utf8");

/** The page's block of a kind that holds a text. */
function block(kind, text) {
  const blocks = PAGE.split(`\`\`\`${kind}\n`).slice(1).map((part) => part.split("```")[0]);
  return blocks.find((block) => block.includes(text)) ?? assert.fail(`docs/widget.md has no ${kind} with ${text}`);
}

describe("docs/widget.md", () => {
  let site, service, browser, visitor;
  before(async () => {
    site = await Site.start();
    service = await Service.start({ site: `origins = ["${site.url}"]\nvariables_from_page = ["contact.name"]` });
    browser = await Browser.start();
  });
  after(async () => {
    await browser.stop();
    await service.stop();
    await site.stop();
  });
  afterEach(async () => {
    await visitor.close();
    browser.assertContent();
  });

  const here = (text) => text.replaceAll("https://chat.example.com", service.url);
  /** A page under the policy that the documentation gives, and nothing more. */
  const open = async (name, { body = "", script = "", prepare, types = "; require-trusted-types-for 'script'; trusted-types 'none'" } = {}) => {
    const policy = `default-src 'none'; style-src 'unsafe-inline'; ${here(block("", "script-src https").trim()).replace("script-src", "script-src 'self'")}${types}`;
    const url = site.add(name, here(script), { gateway: service.url, body: here(body), policy });
    visitor = await browser.visitor();
    const page = await visitor.newPage();
    const asked = [];
    await prepare?.(page);
    page.on("request", (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(url);
    return { page, asked };
  };
  const chats = async (page) => {
    const chat = page.locator("wotnot-chat");
    await chat.locator("textarea").fill("Hello");
    await chat.locator("[part=send]").click();
    await chat.getByText("What is it about?").first().waitFor();
    await chat.getByRole("button", { name: "Sales" }).waitFor();
  };

  /** The same after a click on the launcher, which the example listens for. */
  const opens = async (page) => {
    const opened = page.waitForEvent("console", (message) => message.text() === "opened");
    await page.locator("wotnot-chat [part=launcher]").click();
    await opened;
    await chats(page);
  };

  test("one tag: the launcher is there at once, and the widget comes when it is reached for", async () => {
    const { page, asked } = await open("tag", { body: block("html", "loader.js\" data-site") });
    const launcher = page.locator("wotnot-chat button");
    await launcher.waitFor();
    assert.deepEqual(asked.filter((path) => path.startsWith("/widget/")), ["/widget/loader.js"]);
    await launcher.click();
    await chats(page);
    assert(asked.some((path) => /^\/widget\/widget-\w+\.js$/.test(path)), asked.join());
    // A conversation that goes on is counted without a click.
    await page.locator("wotnot-chat [part=launcher]").click();
    await page.reload();
    await page.locator("wotnot-chat [part=launcher][aria-expanded=false]").waitFor();
  });

  test("a page that stays open over an upgrade of the gateway loads what it still needs from the new one", async () => {
    // As a page has it that came before: its parts have other names and hashes.
    const older = (page) =>
      page.route("**/widget/*.js", async (route) => {
        const response = await route.fetch();
        const text = await response.text();
        const names = text.replace(/\b(widget|more)-[A-Z0-9]{8}\.js/g, "$1-OLD45678.js").replace(/sha384-[\w+/=]{64}/, `sha384-${"A".repeat(64)}`);
        await route.fulfill({ response, body: /\/(loader|widget)\.js$/.test(route.request().url()) ? names : text });
      });
    const { page, asked } = await open("upgrade", { body: block("html", "loader.js\" data-site"), prepare: older });
    await page.locator("wotnot-chat button").click();
    await chats(page);
    await page.locator("wotnot-chat").getByRole("button", { name: "Sales" }).click();
    await page.locator("wotnot-chat").getByRole("slider").waitFor();
    const parts = asked.filter((path) => path.startsWith("/widget/"));
    assert.deepEqual(parts, ["/widget/loader.js", "/widget/widget-OLD45678.js", "/widget/widget.js", "/widget/more-OLD45678.js"]);
  });

  test("a page that pins the script takes nothing else", async () => {
    const listed = await (await fetch(`${service.url}/widget/loader.js`)).arrayBuffer();
    const hash = createHash("sha384").update(Buffer.from(listed)).digest("base64");
    const tag = block("html", "sha384-…").replace("loader-….js", "loader.js").replace("sha384-…", `sha384-${hash}`);
    const { page, asked } = await open("pinned", { body: tag, prepare: (page) => page.route("**/widget/widget-*.js", (route) => route.fulfill({ contentType: "text/javascript", headers: { "access-control-allow-origin": "*" }, body: "document.title = 'taken over';" })) });
    const refused = page.waitForEvent("console", (message) => message.text().includes("integrity"));
    await page.locator("wotnot-chat button").click();
    await refused;
    assert.notEqual(await page.title(), "taken over");
    assert(!asked.includes("/widget/widget.js"), asked.join());
  });

  test("the element in its place", async () => {
    const { page } = await open("inline", { body: block("html", 'mode="inline"') });
    await chats(page);
  });

  test("options, words and events", async () => {
    const body = block("html", 'mode="inline"');
    const { page } = await open("options", { body, script: block("js", "chat.strings") });
    const logged = page.waitForEvent("console", (message) => message.text() === "bot");
    await page.getByText("Ask us anything about tea.").waitFor();
    await chats(page);
    await page.locator("wotnot-chat").getByText("Hi Asha").first().waitFor();
    await logged;
  });

  test("custom properties and parts", async () => {
    const style = `<style>${block("css", "--wotnot-accent")}</style>`;
    const { page } = await open("style", { body: style + block("html", "loader.js\" data-site") });
    await page.locator("wotnot-chat button").click();
    const look = (part, property) => page.locator(`wotnot-chat [part=${part}]`).evaluate((part, property) => getComputedStyle(part)[property], property);
    assert.equal(await look("launcher", "backgroundColor"), "rgb(20, 83, 45)");
    assert.equal(await look("launcher", "right"), "32px");
    assert.equal(await look("header", "textTransform"), "uppercase");
  });

  test("React", async () => {
    const source = `import { createRoot } from "react-dom/client";\n${block("jsx", "wotnot-chat")}\ncreateRoot(document.querySelector("#root")).render(<Chat name="Asha" />);`;
    const { page } = await open("react", { body: '<main id="root"></main>', script: await bundle(source) });
    await opens(page);
    await page.locator("wotnot-chat").getByText("Hi Asha").first().waitFor();
  });

  /** These make elements out of text themselves. */
  const types = "";

  test("Vue", async () => {
    const { descriptor } = parse(block("vue", "wotnot-chat"));
    const compilerOptions = { isCustomElement: (tag) => tag === "wotnot-chat" };
    const { content } = compileScript(descriptor, { id: "chat", inlineTemplate: true, templateOptions: { compilerOptions } });
    const source = `import { createApp } from "vue";\nimport Chat from "./Chat.vue";\ncreateApp(Chat).mount("#root");`;
    const { page } = await open("vue", { body: '<main id="root"></main>', script: await bundle(source, { "./Chat.vue": content }), types });
    await opens(page);
  });

  test("Svelte", async () => {
    const { js } = compile(block("svelte", "wotnot-chat"), { generate: "client", dev: false });
    const source = `import { mount } from "svelte";\nimport Chat from "./Chat.svelte";\nmount(Chat, { target: document.querySelector("#root") });`;
    const { page } = await open("svelte", { body: '<main id="root"></main>', script: await bundle(source, { "./Chat.svelte": js.code }), types });
    await opens(page);
  });

  test("the loader as a function", async () => {
    const { page } = await open("load", { script: await bundle(block("js", "load({")) });
    await page.locator("wotnot-chat button").click();
    await chats(page);
  });

  test("a widget of one's own", async () => {
    const [client, ...rest] = block("html", "client.js").split("\n");
    const body = [client, ...rest.filter((line) => !line.includes("own-widget.js"))].join("\n");
    const { page } = await open("own", { body, script: block("js", "// own-widget.js") });
    await page.getByLabel("Message").fill("Hello");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByRole("button", { name: "Sales" }).click();
    await page.locator("#log").getByText("How old are you?").waitFor();
    await page.getByLabel("Message").fill("30");
    await page.getByRole("button", { name: "Send" }).click();
    await page.locator("#log").getByText("Thank you").waitFor();
  });
});

describe("the bot's JavaScript blocks", () => {
  const FLOW = `bot: {name: Code, key: code}
start: ask
blocks:
  ask: {type: javascript, code: "CODE", variables: [conversation.status], next: bye}
  bye: {type: end, text: "It is {{conversation.status}}."}
`;
  let site, browser, service, visitor;
  before(async () => {
    site = await Site.start();
    browser = await Browser.start();
  });
  after(async () => {
    await browser.stop();
    await site.stop();
  });
  afterEach(async () => {
    await visitor.close();
    await service.stop();
    browser.assertContent();
  });

  const says = async (code, script, expected) => {
    service = await Service.start({ flow: FLOW.replace("CODE", code), site: `origins = ["${site.url}"]\njavascript = "sandbox"` });
    const gateway = service.url;
    const policy = `default-src 'none'; script-src 'self' ${gateway}; connect-src ${gateway}; frame-src ${gateway}; require-trusted-types-for 'script'; trusted-types 'none'`;
    const body = `<script type="module" src="${gateway}/widget/widget.js"></script><wotnot-chat gateway="${gateway}" site="shop" mode="inline"></wotnot-chat>`;
    visitor = await browser.visitor();
    const page = await visitor.newPage();
    await page.goto(site.add(`code-${Math.random()}`, script, { gateway, body, policy }));
    await page.locator("wotnot-chat textarea").fill("Hello");
    await page.locator("wotnot-chat [part=send]").click();
    await expected(page);
  };

  test("run in the gateway's sandbox", () =>
    says("return { status: 'shipped ' + (6 * 7) };", "", (page) => page.locator("wotnot-chat").getByText("It is shipped 42.").first().waitFor()));

  test("have no network, no storage and no page there", () =>
    says(
      "const tries = { page: () => parent.document, storage: () => localStorage, network: () => fetch('/v1/sessions') }; const open = []; for (const [name, run] of Object.entries(tries)) { try { await run(); open.push(name); } catch {} } return { status: open.join() || 'closed' };",
      "",
      (page) => page.locator("wotnot-chat").getByText("It is closed.").first().waitFor(),
    ));

  test("are the page's to answer where it has a function for it", () =>
    says("throw new Error('never run')", block("js", "chat.compute"), (page) => page.locator("wotnot-chat").getByText("It is shipped.").first().waitFor()));

  test("that never end are given up, and say so", () =>
    says("for (;;) {}", "document.addEventListener('wotnot-error', ({ detail }) => console.log(String(detail.error)));", async (page) => {
      const texts = [];
      page.on("console", (message) => texts.push(message.text()));
      await until("the error", () => texts.some((text) => text.includes("took too long")));
    }));
});
