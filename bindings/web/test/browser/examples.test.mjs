// Integrations as they are written: two companies with one gateway, React, and an app's web view.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { said, Service, until } from "../service.mjs";
import { asked, Browser, leave, stands } from "./chromium.mjs";
import { bundle, Site } from "./site.mjs";
import { widgetScript } from "./widget.mjs";

const widget = (page) => page.locator("wotnot-chat");
const element = (gateway, attributes = "") => `<main><h1>Welcome</h1></main><wotnot-chat gateway="${gateway}" ${attributes}></wotnot-chat>`;
const log = (page) => widget(page).locator("[part=log]");
const write = async (page, text) => {
  await widget(page).getByRole("textbox").last().fill(text);
  await widget(page).locator("[part=send]").click();
};

describe("integrations", () => {
  const site = {};
  let service, browser;
  before(async () => {
    for (const name of ["shop", "bank", "stranger"]) site[name] = await Site.start();
    service = await Service.start({
      flows: ["shop", "appointment"],
      sites: ([shop, bank]) => `
[[site]]
name = "shop"
origins = ["${site.shop.url}"]
bot_key = "${shop.key}"
[[site]]
name = "bank"
origins = ["${site.bank.url}"]
bot_key = "${bank.key}"
`,
    });
    browser = await Browser.start();
  });
  after(async () => {
    await browser?.stop();
    await Promise.all([...Object.values(site), service].map((it) => it?.stop()));
  });

  test("a shop and a bank have a bot each and one gateway, and know nothing of one another", async () => {
    await service.put("reset", {}, "POST");
    const visitor = await browser.visitor();
    const open = async (name, attributes = "open") => {
      const page = await visitor.newPage();
      await page.goto(site[name].add("home", widgetScript(), { gateway: service.url, body: element(service.url, attributes) }));
      return page;
    };
    const [shop, bank] = [await open("shop"), await open("bank")];
    await write(shop, "I want tea");
    await write(bank, "I want an appointment");
    await log(shop).getByText("Welcome to our shop!").waitFor();
    await log(bank).getByText("Who shall we expect?").waitFor();
    await widget(shop).getByRole("button", { name: "Order tea" }).click();
    await asked(shop, "slider");
    assert.equal(await widget(bank).getByText("Order tea").count(), 0);
    const ids = await Promise.all([shop, bank].map((page) => page.evaluate(() => JSON.parse(localStorage[Object.keys(localStorage).find((key) => key.endsWith(":session"))]).visitor.id)));
    assert.notEqual(ids[0], ids[1], "one browser is another visitor to each");
    assert.deepEqual((await said(service)).map((texts) => texts.join("|")).sort(), ["I want an appointment", "I want tea|Order tea"]);
    // The bank's page cannot speak for the shop, and a stranger's for nobody; both get an error that says so.
    const posing = await open("bank", 'open site="shop"');
    const { code } = await stands(posing, "the refusal", ({ error }) => error && { code: error.code });
    assert.equal(code, "origin_not_allowed");
    await widget(posing).locator("[part=status]").getByText("The chat is not available here.").waitFor();
    const stranger = await open("stranger");
    const refused = await stands(stranger, "the refusal", ({ error, capabilities }) => error && { code: error.code, capabilities });
    assert.deepEqual(refused, { code: "origin_not_allowed", capabilities: null });
    await widget(stranger).locator("[part=status]").getByText("The chat is not available here.").waitFor();
    await leave(visitor);
  });

  test("React draws each change with the hook, in strict mode as well", async () => {
    await service.put("reset", {}, "POST");
    const visitor = await browser.visitor();
    const page = await visitor.newPage();
    await page.goto(site.shop.add("react", await bundle(`
      import { StrictMode, useEffect, useState } from "react";
      import { createRoot } from "react-dom/client";
      import { createChat } from "wotnot-web";
      import { useChat } from "wotnot-web/react";

      function Chat({ chat }) {
        const { messages, outbox, prompt } = useChat(chat);
        return (
          <>
            <ol>{[...messages, ...outbox].map((message) => <li key={message.client_id ?? message.seq}>{message.text}</li>)}</ol>
            {prompt?.options?.map(({ id, label }) => <button key={id} onClick={() => chat.answer(prompt, { option: id })}>{label}</button>)}
            <button onClick={() => chat.send("Hello")}>Begin</button>
          </>
        );
      }

      function App() {
        const [chat, setChat] = useState(null);
        useEffect(() => {
          const made = createChat({ gateway: "${service.url}" });
          made.connect();
          setChat(made);
          return () => made.destroy();
        }, []);
        return chat && <Chat chat={chat} />;
      }

      createRoot(document.getElementById("root")).render(<StrictMode><App /></StrictMode>);
    `), { gateway: service.url }));
    await page.getByRole("button", { name: "Begin" }).click();
    await page.getByRole("button", { name: "Order tea" }).click();
    await page.getByText("How many packs?").waitFor();
    const texts = await page.getByRole("listitem").allTextContents();
    assert.deepEqual(texts, ["Hello", "Welcome to our shop!", "What may it be?", "Order tea", "How many packs?"]);
    await leave(visitor);
  });

  test("an app's web view without a storage shows the widget over the whole screen, and forgets it with its page", async () => {
    await service.put("reset", {}, "POST");
    // As Android's WebView is until somebody turns its storage on.
    const visitor = await browser.visitor({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
    await visitor.addInitScript(() => {
      for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, { value: null });
    });
    const page = await visitor.newPage();
    await page.goto(site.shop.add("view", widgetScript(), { gateway: service.url, body: element(service.url) }));
    await widget(page).locator("[part=launcher]").tap();
    // It rises into its place.
    await until("the whole screen", async () => {
      const { x, y, width, height } = await widget(page).locator("[part=panel]").boundingBox();
      return [x, y, width, height].map(Math.round).join() === "0,0,360,740";
    });
    await write(page, "Hello");
    await widget(page).getByRole("button", { name: "Order tea" }).tap();
    await asked(page, "slider");
    await service.restartGateway();
    await widget(page).getByRole("slider").fill("2");
    await widget(page).locator("[part=prompt]").getByRole("button", { name: "Send" }).tap();
    await asked(page, "text");
    await page.reload();
    await widget(page).locator("[part=launcher]").tap();
    await stands(page, "a session", ({ capabilities }) => capabilities);
    assert.equal(await widget(page).locator("li").count(), 0, "the next one sees nothing of it");
    await leave(visitor);
  });
});
