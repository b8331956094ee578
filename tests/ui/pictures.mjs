// Makes the pictures of docs/emulator.md again: `node tests/ui/pictures.mjs`, with WOTNOT_BIN set as for the tests.

import { join } from "node:path";
import { begin, close, Emulator, endpoint, launch, live, open, ROOT, says, tool } from "./support.mjs";

const hook = await endpoint("hook-token");
const emulator = await Emulator.start("--flow", join(ROOT, "flows/lead-capture.yaml"), "--seed", "7", "--webhook", hook.url, "--webhook-token", "hook-token");
const browser = await launch();
const take = async (name, options, act) => {
  const page = await open(browser, emulator, { viewport: { width: 1280, height: 760 }, ...options });
  await live(page);
  await act(page);
  await page.screenshot({ path: join(ROOT, "docs/pictures", name) });
  await close(page);
};
try {
  await take("emulator-flow.png", {}, async (page) => {
    await begin(page, { visitor: "visitor-1" });
    for (const [question, words] of [["What is your name?", "Asha"], ["Which e-mail address", "asha@example.com"]]) {
      await says(page, question);
      await page.getByLabel("Message of the visitor").fill(words);
      await page.keyboard.press("Enter");
    }
    await page.locator('.prompt [data-kind="button"]').waitFor();
    const panel = await tool(page, "Flow");
    await panel.getByRole("button", { name: "Smaller" }).click();
    await panel.locator('[data-block="topic"].current').waitFor();
  });
  await take("emulator-requests.png", { colorScheme: "dark" }, async (page) => {
    const panel = await tool(page, "Requests");
    await panel.locator("summary").first().click();
    await panel.getByLabel("Answer", { exact: true }).waitFor();
  });
} finally {
  await browser.close();
  await emulator.stop();
  await hook.stop();
}
