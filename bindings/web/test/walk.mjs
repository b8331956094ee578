// What random walks have in common: their numbers, the bot that goes on without end, and the judgement of what arrived.

import assert from "node:assert/strict";

/** A bot that asks the same question for as long as somebody answers. */
export const PARROT = `
bot: {name: Parrot, key: parrot}
start: ask
blocks:
  ask: {type: buttons, text: "More?", error: "Pick one.", buttons: [{title: More, next: ask}, {title: Less, next: ask}]}
`;

/** Numbers from 0 to 1 that are the same for the same seed. */
export function* numbers(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    yield state / 2 ** 32;
  }
}

/** What became of a message at last. `unconfirmed` is the visitor's to decide. */
export const isSettled = ({ state }) => ["accepted", "rejected", "discarded"].includes(state);

/**
 * Judges a walk that is over. `words` are the texts that were said, in order, by each window; `heard` is what the vendor's
 * stand-in received; `doubtful` are the texts that were sent again when nobody knew whether they had arrived.
 */
export function judge({ words, messages, outbox, heard, doubtful, label }) {
  const all = words.flat();
  // Words are never refused; a button may be, when the bot asked again meanwhile.
  assert.deepEqual(outbox.filter(({ text }) => all.includes(text)), [], label);
  const own = messages.filter(({ by, text }) => by === "visitor" && all.includes(text));
  const arrived = heard.filter((text, at) => all.includes(text) && heard.indexOf(text) === at);
  for (const said of words) {
    const shown = own.map(({ text }) => text).filter((text) => said.includes(text));
    assert.deepEqual(shown, said, `each word once and in order; ${label}`);
    // What was sent again came after what was said meanwhile.
    const reached = arrived.filter((text) => said.includes(text) && !doubtful.has(text));
    assert.deepEqual(reached, said.filter((text) => reached.includes(text)), `in order at the vendor; ${label}`);
  }
  const seqs = messages.map(({ seq }) => seq);
  assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => a - b), label);
  for (const { text, state } of own) {
    const times = heard.filter((other) => other === text).length;
    if (doubtful.has(text)) assert(times === 1 || times === 2, `${text} arrived; ${label}`);
    else assert.equal(times, state === "accepted" ? 1 : 0, `${text} is ${state}; ${label}`);
  }
}
