// Makes the pictures of docs/widget.md and of the README: `node test/browser/pictures.mjs` beside a build, with WOTNOT_BIN.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { DevService, ROOT, Service } from "../service.mjs";
import { Browser } from "./chromium.mjs";
import { Site } from "./site.mjs";
import { EVERY_KIND, part, prompt, throughEveryKind, widgetScript, write } from "./widget.mjs";

/** Typing is asked for in the composer, which every picture shows. */
const LEFT_OUT = "6-text";
const [COLUMNS, WIDTH, HEIGHT, GAP] = [4, 300, 460, 12];

const site = await Site.start();
const service = await Service.start({ flow: EVERY_KIND, site: `origins = ["${site.url}"]`, section: '[files]\nurl = "http://127.0.0.1:1"\n' });
const browser = await Browser.start();

/** Several pictures as one. */
async function sheet(pictures, { columns = COLUMNS, width = WIDTH, height = HEIGHT } = {}) {
  const page = await browser.chromium.newPage();
  const url = await page.evaluate(async ({ pictures, columns, width, height, gap }) => {
    const canvas = document.createElement("canvas");
    canvas.width = columns * (width + gap) - gap;
    canvas.height = Math.ceil(pictures.length / columns) * (height + gap) - gap;
    const context = canvas.getContext("2d");
    for (const [at, picture] of pictures.entries()) {
      const image = new Image();
      image.src = `data:image/png;base64,${picture}`;
      await image.decode();
      context.drawImage(image, (at % columns) * (width + gap), Math.floor(at / columns) * (height + gap));
    }
    return canvas.toDataURL("image/webp", 0.8);
  }, { pictures, columns, width, height, gap: GAP });
  return Buffer.from(url.split(",")[1], "base64");
}

for (const colorScheme of ["light", "dark"]) {
  await service.put("reset", {}, "POST");
  const visitor = await browser.visitor({ colorScheme, viewport: { width: WIDTH, height: HEIGHT }, reducedMotion: "reduce" });
  const page = await visitor.newPage();
  const body = `<wotnot-chat gateway="${service.url}" mode="full"></wotnot-chat>`;
  await page.goto(site.add(colorScheme, widgetScript(), { gateway: service.url, body }));
  await part(page, "composer").waitFor();
  await write(page, "Hello");
  const pictures = [];
  await throughEveryKind(page, async (kind) => {
    if (kind !== LEFT_OUT) pictures.push((await page.screenshot()).toString("base64"));
  });
  writeFileSync(join(ROOT, `docs/pictures/widget-${colorScheme}.webp`), await sheet(pictures));
  await visitor.close();
}

{
  const demo = await DevService.start(["demo", "--web", "--name", "Asha"]);
  const [width, height] = [1280, 760];
  const visitor = await browser.visitor({ viewport: { width, height }, reducedMotion: "reduce" });
  const page = await visitor.newPage();
  await page.goto(demo.url);
  await write(page, "Hello");
  await prompt(page).getByRole("button", { name: "Sales" }).click();
  await prompt(page).getByRole("slider").waitFor();
  await page.frameLocator("iframe").locator('[data-block="age"].current').waitFor();
  await page.frameLocator("iframe").getByRole("log").getByText("How old are you?", { exact: true }).waitFor();
  writeFileSync(join(ROOT, "docs/pictures/demo-web.webp"), await sheet([(await page.screenshot()).toString("base64")], { columns: 1, width, height }));
  await visitor.close();
  await demo.stop();
}
await browser.stop();
await Promise.all([site.stop(), service.stop()]);
