// Random walks: whatever a visitor, a network and a power plug do, each word arrives once and in order.

import { test } from "node:test";
import { createChat } from "wotnot-web";
import { MemoryStorage, Proxy, reached, said, Service } from "./service.mjs";
import { isSettled, judge, numbers, PARROT } from "./walk.mjs";

const WALKS = Number(process.env.WOTNOT_WALKS ?? 20);
const STEPS = 12;

async function walk(service, seed) {
  const random = numbers(seed);
  const pick = (list) => list[Math.floor(random.next().value * list.length)];
  const proxy = await Proxy.start(service.url);
  const storage = new MemoryStorage();
  const open = () => {
    const chat = createChat({ gateway: proxy.url, app: "shop-app", storage });
    chat.subscribe(() => {});
    return chat;
  };
  let chat = open();
  const words = [];
  const trace = [];
  const steps = {
    send: () => {
      const text = `${seed}-${words.length}`;
      words.push(text);
      chat.send(text);
    },
    answer: () => {
      const { prompt } = chat.snapshot;
      if (prompt?.kind === "choice") chat.answer(prompt, { option: pick(["o1", "o2"]) });
    },
    reload: () => {
      chat.destroy();
      chat = open();
    },
    fault: () => {
      const fault = pick(["cut", "lost", "portal"]);
      proxy.fault = ({ isStream }) => (isStream ? undefined : fault);
    },
    mend: () => (proxy.fault = () => undefined),
    cut: () => proxy.cutAll(),
    // Nothing is waited for: a visitor who does nothing for a moment.
    settle: () => new Promise((done) => setTimeout(done, 30)),
    kill: () => (random.next().value < 0.3 ? service.restartGateway() : undefined),
  };
  steps.send();
  for (let step = 0; step < STEPS; step++) {
    const name = pick(["send", "send", "answer", "answer", "reload", "fault", "mend", "mend", "cut", "settle", "settle", "kill"]);
    trace.push(name);
    await steps[name]();
  }
  steps.mend();
  const label = `seed ${seed}: ${trace.join(" ")}`;
  // What was under way when the gateway was killed may have arrived: the visitor has it sent again.
  const doubtful = new Set();
  const { messages, outbox } = await reached(chat, label, ({ messages, outbox }) => {
    const own = messages.filter(({ by }) => by === "visitor");
    for (const { client_id, state, text } of own) {
      if (state !== "unconfirmed" || doubtful.has(text)) continue;
      doubtful.add(text);
      // Its fate may come out at this very moment.
      chat.resolve(client_id, "resend").catch(() => {});
    }
    return own.length > 0 && own.every(isSettled) && outbox.every(({ state }) => state === "failed");
  });
  const heard = (await said(service)).find((texts) => texts.includes(words[0])) ?? [];
  judge({ words: [words], messages, outbox, heard, doubtful, label });
  chat.destroy();
  await proxy.stop();
}

test(`${WALKS} random walks lose nothing and say nothing twice`, async () => {
  const service = await Service.start({ flow: PARROT });
  const first = Number(process.env.WOTNOT_SEED ?? 1);
  for (let seed = first; seed < first + WALKS; seed++) await walk(service, seed);
  await service.stop();
});
