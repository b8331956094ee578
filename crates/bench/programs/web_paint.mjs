// What the widget costs a page's main thread, in Chromium: its first paint beside others', a long conversation, and the way of
// a frame to the screen. node web_paint.mjs ROUNDS WEB-FOLDER; the packages are in the working folder. Lines of a name and numbers.

import { createServer } from "node:http";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import { chromium } from "playwright-core";

const [rounds, web] = [Number(process.argv[2]), process.argv[3]];
const { Service, until } = await import(`${web}/test/service.mjs`);

/** Slower than this machine by so much, as a cheap phone is. */
const SLOWER = 4;
const MESSAGES = 1_000;
const FRAME_MS = 1_000 / 60;

const widget = 'import "wotnot-web/widget";';
/** The open window of each, as its documentation puts it on a page that has nothing else. */
const SUBJECTS = {
  "wotnot-web/widget": { script: widget, html: '<wotnot-chat gateway="http://127.0.0.1:9" open mode="full"></wotnot-chat>' },
  "deep-chat": { script: 'import "deep-chat";', html: '<deep-chat style="width: 100vw; height: 100vh" connect=\'{"url": "/none"}\'></deep-chat>' },
  "@n8n/chat": {
    script: `import { createChat } from ${JSON.stringify(resolve("package/dist/chat.bundle.es.js"))}; createChat({ webhookUrl: "/none", mode: "fullscreen", loadPreviousSession: false });`,
    html: '<div id="n8n-chat" style="height: 100vh"></div>', sheet: "package/dist/style.css",
  },
};

const files = new Map();
for (const [name, { script, html, sheet }] of Object.entries(SUBJECTS)) {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: process.cwd() }, bundle: true, minify: true, format: "esm", target: "es2022", write: false, charset: "utf8",
    define: { "process.env.NODE_ENV": '"production"', global: "globalThis" }, legalComments: "none", logLevel: "error",
  });
  files.set(`/${name}.js`, ["text/javascript", outputFiles[0].text]);
  if (sheet) files.set(`/${name}.css`, ["text/css", readFileSync(sheet)]);
  const head = sheet ? `<link rel="stylesheet" href="/${name}.css">` : "";
  files.set(`/${name}`, ["text/html", `<!doctype html><html lang="en"><title>A shop</title>${head}${html}<script type="module" src="/${name}.js"></script></html>`]);
}
const server = createServer(({ url }, response) => {
  const [type, body] = files.get(url) ?? ["application/json", "{}"];
  response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
}).listen(0, "127.0.0.1");
await once(server, "listening");
const origin = `http://127.0.0.1:${server.address().port}`;

const browser = await chromium.launch({ executablePath: process.env.WOTNOT_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const median = (list) => list.sort((one, other) => one - other)[Math.floor(list.length / 2)];
const at = (list, share) => list.sort((one, other) => one - other)[Math.min(list.length - 1, Math.floor(list.length * share))];

/** From the start of its navigation to the first paint of a page with nothing but the widget, and the main thread's time by then. */
async function firstPaint(name) {
  const page = await browser.newPage();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Performance.enable");
  await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
  const busy = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find((it) => it.name === "TaskDuration").value * 1_000;
  };
  const before = await busy();
  await page.goto(`${origin}/${name}`, { waitUntil: "commit" });
  const paint = await page.evaluate(() => new Promise((done) => {
    const look = (list) => {
      const [first] = list.getEntriesByName("first-contentful-paint");
      if (first) done(first.startTime);
    };
    new PerformanceObserver(look).observe({ type: "paint", buffered: true });
  }));
  const thread = (await busy()) - before;
  await page.close();
  return { paint, thread };
}

const paints = Object.fromEntries(Object.keys(SUBJECTS).map((name) => [name, []]));
// The first load of each warms the browser up.
for (let round = 0; round <= rounds; round++) {
  for (const name of Object.keys(SUBJECTS)) {
    const load = await firstPaint(name);
    if (round) paints[name].push(load);
  }
}
for (const [name, list] of Object.entries(paints)) {
  console.log("paint", name, median(list.map(({ paint }) => paint)).toFixed(1), median(list.map(({ thread }) => thread)).toFixed(1));
}

/** A window with a long conversation: frames while it is scrolled and messages come, and the thread's time for one that comes. */
const page = await browser.newPage();
await page.goto(`${origin}/wotnot-web/widget`);
const { frames, adding } = await page.evaluate(async (count) => {
  const element = document.querySelector("wotnot-chat");
  const message = (seq) => ({
    type: "message", seq, at: new Date(seq * 1_000).toISOString(), by: seq % 3 ? "bot" : "visitor", client_id: seq % 3 ? null : `c${seq}`, state: seq % 3 ? null : "accepted",
    text: `Message ${seq}: ${"some words that are more than a line ".repeat(seq % 4)}`, answer_to: null, prompt: null,
  });
  let snapshot = {
    connection: "live", status: "open", conversation: "c", messages: Array.from({ length: count }, (_, at) => message(at + 1)), outbox: [], prompt: null, hasOlder: false,
    capabilities: null, error: null,
  };
  const listeners = new Set();
  element.client = { get snapshot() { return snapshot; }, subscribe: (listener) => (listeners.add(listener), () => listeners.delete(listener)), connect() {}, destroy() {} };
  const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  const log = () => element.shadowRoot.querySelector("[part=log]");
  while (!log() || log().querySelectorAll("li").length < count) await drawn();
  const add = () => {
    snapshot = { ...snapshot, messages: [...snapshot.messages, message(snapshot.messages.length + 1)] };
    for (const listener of listeners) listener();
  };
  const adding = [];
  for (let at = 0; at < 50; at++) {
    const before = performance.now();
    add();
    // It is drawn in a microtask; asking for a size lays it out.
    await null;
    await null;
    void log().scrollHeight;
    adding.push(performance.now() - before);
    await drawn();
  }
  const frames = [];
  let last = await new Promise(requestAnimationFrame);
  const end = last + 5_000;
  for (let at = 0; last < end; at++) {
    log().scrollTop -= 40;
    if (log().scrollTop <= 0) log().scrollTop = log().scrollHeight;
    if (at % 10 === 0) add();
    const now = await new Promise(requestAnimationFrame);
    frames.push(now - last);
    last = now;
  }
  return { frames, adding };
}, MESSAGES);
await page.close();
// One that came a display's frame late or more.
const late = frames.filter((ms) => ms > FRAME_MS * 1.5).length;
console.log("list", (1_000 / (frames.reduce((sum, ms) => sum + ms, 0) / frames.length)).toFixed(1), ((100 * late) / frames.length).toFixed(1), median(adding).toFixed(2), at(adding, 0.99).toFixed(2));

/** From the bytes of a frame to the paint of its row, through a real gateway. */
const service = await Service.start({ site: `origins = ["${origin}"]` });
const live = await browser.newPage();
await live.addInitScript(() => {
  const { read } = ReadableStreamDefaultReader.prototype;
  globalThis.came = [];
  ReadableStreamDefaultReader.prototype.read = async function () {
    const part = await read.call(this);
    // The client reads text; a reader of bytes, which may be below it, would count each frame twice.
    if (typeof part.value === "string" && part.value.includes("News ")) globalThis.came.push(performance.now());
    return part;
  };
});
files.set("/live", ["text/html", `<!doctype html><html lang="en"><title>A shop</title><wotnot-chat gateway="${service.url}" open></wotnot-chat><script type="module" src="/wotnot-web/widget.js"></script></html>`]);
await live.goto(`${origin}/live`);
const chat = live.locator("wotnot-chat");
await chat.locator("textarea").fill("Hello");
await chat.locator("[part=send]").click();
await chat.getByRole("button", { name: "Sales" }).waitFor();
await live.evaluate(() => {
  globalThis.shown = [];
  const list = document.querySelector("wotnot-chat").shadowRoot.querySelector("[part=log] ol");
  // A task after the next frame: its row is painted.
  new MutationObserver((changes) => {
    if (changes.some(({ addedNodes }) => [...addedNodes].some((node) => node.textContent.includes("News ")))) requestAnimationFrame(() => setTimeout(() => globalThis.shown.push(performance.now())));
  }).observe(list, { childList: true });
});
const [{ conversation }] = (await service.conversations()).conversations;
for (let round = 0; round < rounds * 5; round++) {
  await service.put(`conversations/${conversation}/agent`, { text: `News ${round}` }, "POST");
  await until("the news", () => live.evaluate((count) => globalThis.shown.length > count, round));
}
const pixels = await live.evaluate(() => globalThis.shown.map((ms, at) => ms - globalThis.came[at]));
console.log("pixels", median(pixels).toFixed(1), at(pixels, 0.99).toFixed(1));

await browser.close();
await service.stop();
server.closeAllConnections();
server.close();
