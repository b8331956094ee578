// The widget on a page, used as a visitor uses it: by what is seen, with clicks and keys.

import { until } from "../service.mjs";
import { stands } from "./chromium.mjs";
import { isoDate, onScale, sampleFile } from "./script.mjs";

/** A page's module: the element of its HTML, with `options`; its client is `window.chat`, and `window.give` the values that it waits for. */
export const widgetScript = (options = {}) => `
  import "/wotnot-web/widget/index.js";
  const element = document.querySelector("wotnot-chat");
  element.options = ${JSON.stringify(options)};
  element.compute = () => new Promise((give) => (window.give = give));
  Object.defineProperty(window, "chat", { get: () => element.client });
`;

/** What is seen: messages of bot and agents with their choices, and the kind of the question; null while it is being drawn. */
function seen() {
  const root = document.querySelector("wotnot-chat")?.shadowRoot;
  const log = root?.querySelector("[part=log]");
  const area = root?.querySelector("[part=prompt]");
  if (!log || !area) return null;
  const kind = area.dataset.kind ?? null;
  if (kind === "choice" && !area.firstChild) return null;
  const choices = kind === "choice" ? [...area.querySelectorAll(".option, .list label")].map((option) => option.textContent) : [];
  const rows = [...log.querySelectorAll("li")].map((row) => ({ by: row.dataset.from, state: row.dataset.state, text: row.querySelector(".bubble")?.textContent ?? "" }));
  return { rows, kind, choices };
}

/** Plays the visitor of a script (script.mjs) in the open widget. */
export function widgetActor(page, { agent }) {
  const widget = page.locator("wotnot-chat");
  const prompt = widget.locator("[part=prompt]");
  /** Choices that were offered, by the message that offered them. */
  const offered = [];
  const look = async () => {
    for (;;) {
      const found = await page.evaluate(seen);
      if (found) return found;
      await page.waitForTimeout(20);
    }
  };
  const heard = async () => {
    const { rows, choices } = await look();
    const fromBot = rows.filter(({ by, text }) => by !== "visitor" && text);
    if (choices.length) offered[fromBot.length - 1] = choices;
    return fromBot.map(({ text }, at) => ({ text, choices: offered[at] ?? [] }));
  };
  const write = async (text) => {
    await widget.locator("textarea").last().fill(text);
    await widget.locator("[part=send]").click();
  };
  const asked = (kind) => stands(page, `a question of the kind ${kind}`, ({ prompt }, kind) => prompt?.kind === kind && { prompt }, kind);
  const submit = () => prompt.getByRole("button", { name: "Send", exact: true }).click();
  const current = async () => (await stands(page, "the chat", (chat) => ({ prompt: chat.prompt }))).prompt;
  const speak = {
    text: async ({ text }) => {
      const open = await current();
      if (open?.kind === "slider" && onScale(open, text) !== null) {
        await prompt.getByRole("slider").fill(text);
        await submit();
      } else if (open?.kind === "date" && isoDate(text) !== null) {
        const input = prompt.locator("input[type=date]");
        await input.fill(isoDate(text));
        // A day out of the bot's bounds is refused by the browser; who insists says it in words.
        if (await input.evaluate((day) => day.validity.valid)) await submit();
        else await write(text);
      } else {
        await write(text);
      }
    },
    choice: async ({ labels }) => {
      const { prompt: open } = await asked("choice");
      if (open.multiple) {
        for (const label of labels) await prompt.getByRole("checkbox", { name: label, exact: true }).check();
        await submit();
      } else {
        await prompt.getByRole("button", { name: labels[0], exact: true }).click();
      }
    },
    file: async ({ names }) => {
      await asked("file");
      const files = names.map(sampleFile).map(({ name, type, base64 }) => ({ name, mimeType: type, buffer: Buffer.from(base64, "base64") }));
      await prompt.locator("input[type=file]").setInputFiles(files);
      await prompt.getByText("Ready").nth(names.length - 1).waitFor();
      await submit();
    },
    form: async ({ fields }) => {
      await asked("form");
      for (const [label, value] of fields) {
        const field = prompt.getByLabel(label);
        if (await field.evaluate((control) => control.localName === "select")) await field.selectOption(value);
        else await field.fill(value);
      }
      const fits = await prompt.locator("form").evaluate((form) => form.checkValidity());
      // The browser says what is wrong with a form; who insists says it in words.
      if (fits) await submit();
      else await write(fields.map((field) => field.join(": ")).join("\n"));
    },
    // What the bot's code asks for is the page's own to give.
    javascript: ({ variables }) =>
      until("the bot's code to be due", () =>
        page.evaluate((variables) => {
          const { give } = window;
          window.give = undefined;
          give?.(variables);
          return !!give;
        }, variables),
      ),
  };
  return { heard, agent, speak: (spoken) => speak[spoken.kind](spoken) };
}

/** One question of each kind. */
export const EVERY_KIND = `
bot: {name: Every kind, key: every-kind}
start: one
blocks:
  one:     {type: buttons, text: "Which one?", buttons: [{title: First, next: many}, {title: Second, next: many}, {title: Our site, url: "https://example.com"}]}
  many:    {type: buttons, text: "Which ones?", multiple: true, least: 1, most: 2, buttons: [{title: Room}, {title: Food}, {title: Staff}], next: list}
  list:    {type: buttons, text: "Which of these?", buttons: [{title: Monday, next: cards}, {title: Tuesday, next: cards}, {title: Wednesday, next: cards}, {title: Thursday, next: cards}, {title: Friday, next: cards}, {title: Saturday, next: cards}]}
  cards:   {type: carousel, text: "What may it be?", cards: [{title: Tea, description: Darjeeling, image: "https://example.com/tea.png", buttons: [{title: Order tea, next: number}]}, {title: Coffee, description: Arabica, image: "https://example.com/coffee.png", buttons: [{title: Order coffee, next: number}]}]}
  number:  {type: slider, text: "How many?", min: 1, max: 20, unit: packs, save_to: conversation.count, next: email}
  email:   {type: input, text: "Which address?", format: email, save_to: contact.email, next: who}
  who:     {type: form, text: "Who are you?", fields: [{label: Name, save_to: contact.name}, {label: Kind, type: choice, options: [Private, Company], save_to: conversation.kind}, {label: Note, required: false, save_to: conversation.note}], next: day}
  day:     {type: calendar, text: "Which day?", format: DD/MM/YYYY, save_to: conversation.day, next: photo}
  photo:   {type: file_upload, text: "A photo?", accept: ["image/*"], save_to: conversation.photo, next: human}
  human:   {type: talk_to_human, text: "A colleague takes over."}
`;

/** A part of the widget, by its name. */
export const part = (page, name) => page.locator("wotnot-chat").locator(`[part="${name}"]`);
export const prompt = (page) => part(page, "prompt");
export const write = async (page, text) => {
  await page.locator("wotnot-chat").getByRole("textbox").last().fill(text);
  await part(page, "send").click();
};
const press = (page, name) => prompt(page).getByRole("button", { name, exact: true }).click();
const send = (page) => press(page, "Send");

/** What is asked one after the other, and how each is answered; `look` is called while each question is open. */
export const throughEveryKind = async (page, look = async () => {}) => {
  const kinds = [
    ["choice", () => press(page, "First")],
    ["choice", async () => {
      await prompt(page).getByRole("checkbox", { name: "Room" }).check();
      await prompt(page).getByRole("checkbox", { name: "Staff" }).check();
      await send(page);
    }],
    ["choice", async () => {
      await prompt(page).getByRole("radio", { name: "Friday" }).check();
      await send(page);
    }],
    ["choice", () => press(page, "Order coffee")],
    ["slider", async () => {
      await prompt(page).getByRole("slider").fill("7");
      await send(page);
    }],
    ["text", () => write(page, "asha@example.com")],
    ["form", async () => {
      await prompt(page).getByLabel("Name").fill("Asha");
      await prompt(page).getByLabel("Kind").selectOption("Company");
      await send(page);
    }],
    ["date", async () => {
      await prompt(page).locator("input").fill("2098-12-31");
      await send(page);
    }],
    ["file", async () => {
      const png = Buffer.from("89504e470d0a1a0a", "hex");
      await prompt(page).locator("input").setInputFiles({ name: "room.png", mimeType: "image/png", buffer: png });
      await prompt(page).getByText("Ready").waitFor();
      await send(page);
    }],
  ];
  let seq = 0;
  for (const [at, [kind, answer]] of kinds.entries()) {
    seq = await stands(page, `question ${at + 1}, of the kind ${kind}`, ({ prompt }, { kind, seq }) => prompt?.kind === kind && prompt.seq > seq && prompt.seq, { kind, seq });
    if (kind !== "text") await prompt(page).locator(":is(button, input)").first().waitFor({ state: "attached" });
    await look(`${at + 1}-${kind}`);
    await answer();
  }
};
