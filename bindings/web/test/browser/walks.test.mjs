// Random walks in Chromium: whatever a visitor with several tabs, a network and a power plug do, each word arrives once.

import { test } from "node:test";
import { said, Service, until } from "../service.mjs";
import { isSettled, judge, numbers, PARROT } from "../walk.mjs";
import { Browser, leave, stands } from "./chromium.mjs";
import { Site } from "./site.mjs";

/** As many as a suite can afford; a release is worth `WOTNOT_WALKS=500`. */
const WALKS = Number(process.env.WOTNOT_WALKS ?? 10);
const FIRST = Number(process.env.WOTNOT_SEED ?? 1);
/** They wait more than they work: for the gateway's evidence, and between tries. */
const SIDE_BY_SIDE = WALKS > 10 ? 8 : 2;
const STEPS = 12;
const MOST_TABS = 4;
const CHOICES = ["send", "send", "send", "answer", "answer", "answer", "reload", "reload", "offline", "online", "online", "kill", "tab", "close"];

async function walk(seed, { service, browser, url }) {
  const random = numbers(seed);
  const pick = (list) => list[Math.floor(random.next().value * list.length)];
  const visitor = await browser.visitor();
  const tabs = [];
  /** What each tab said, in order; a closed one's too. */
  const words = [];
  const trace = [];
  let isOffline = false;
  const open = async () => {
    const page = await visitor.newPage();
    await page.goto(url);
    words.push([]);
    tabs.push({ page, words: words.at(-1) });
  };
  const steps = {
    send: async ({ page, words }) => {
      const text = `${seed}-${trace.length}`;
      words.push(text);
      await page.evaluate((text) => window.chat.send(text), text);
    },
    answer: ({ page }) =>
      page.evaluate((option) => {
        const { prompt } = window.chat.snapshot;
        if (prompt?.kind === "choice") window.chat.answer(prompt, { option });
      }, pick(["o1", "o2"])),
    // The shop's own page does not load without a network either.
    reload: ({ page }) => isOffline || page.reload(),
    tab: () => isOffline || tabs.length === MOST_TABS || open(),
    close: async (tab) => {
      if (tabs.length === 1) return;
      tabs.splice(tabs.indexOf(tab), 1);
      await tab.page.close();
    },
    offline: () => visitor.setOffline((isOffline = true)),
    online: () => visitor.setOffline((isOffline = false)),
    kill: () => service.restartGateway(),
  };
  await open();
  await steps.send(tabs[0]);
  for (let step = 0; step < STEPS; step++) {
    const name = pick(CHOICES);
    const tab = pick(tabs);
    trace.push(`${name}@${words.indexOf(tab.words)}`);
    await steps[name](tab);
  }
  await steps.online();
  const label = `seed ${seed}: ${trace.join(" ")}`;
  // The next visit brings what a closed tab left behind.
  const { page } = tabs[0];
  await page.reload();
  const doubtful = new Set();
  const all = words.flat();
  const stand = () => stands(page, label, (chat) => chat);
  const { messages, outbox } = await until(label, async () => {
    const { messages, outbox } = await stand();
    const own = messages.filter(({ by }) => by === "visitor");
    for (const { client_id, state, text } of own) {
      if (state !== "unconfirmed" || doubtful.has(text)) continue;
      doubtful.add(text);
      // Its fate may come out at this very moment.
      await page.evaluate((id) => window.chat.resolve(id, "resend").catch(() => {}), client_id);
    }
    const isThere = all.every((text) => own.some((message) => message.text === text));
    return isThere && own.every(isSettled) && outbox.every(({ state }) => state === "failed") && { messages, outbox };
  }).catch(async (error) => {
    throw new Error(`words ${JSON.stringify(words)}; ${JSON.stringify(await stand())}; received ${JSON.stringify(await said(service))}`, { cause: error });
  });
  const heard = (await said(service)).find((texts) => texts.includes(words[0][0])) ?? [];
  judge({ words, messages, outbox, heard, doubtful, label });
  await leave(visitor);
}

test(`${WALKS} random walks in Chromium lose nothing and say nothing twice`, async () => {
  const seeds = Array.from({ length: WALKS }, (_, at) => FIRST + at);
  const browser = await Browser.start();
  const one = async () => {
    const site = await Site.start();
    const limits = 'limits = {sessions = {visitor = "off", address = "off"}, starts = {address = "off"}, messages = {address = "off"}}';
    const service = await Service.start({ flow: PARROT, site: `origins = ["${site.url}"]\n${limits}` });
    const url = site.add("chat", `
      import { createChat } from "/wotnot-web/index.js";
      window.chat = createChat({ gateway: "${service.url}" });
      window.chat.subscribe(() => {});
    `, { gateway: service.url });
    try {
      for (let seed; (seed = seeds.shift()) !== undefined; ) await walk(seed, { service, browser, url });
    } finally {
      await Promise.all([site.stop(), service.stop()]);
    }
  };
  try {
    await Promise.all(Array.from({ length: SIDE_BY_SIDE }, one));
  } finally {
    await browser.stop();
  }
});
