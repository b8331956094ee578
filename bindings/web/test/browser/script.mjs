// The chat scripts beside the sample flows (docs/flows.md), played by whatever can say and hear: a client, a window.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, until } from "../service.mjs";

const FOLDER = join(ROOT, "flows");

/** The names of all sample flows. */
export const flows = () => names(".yaml").map((name) => name.slice(0, -5));

/**
 * The scripts of a flow: `{name, variables, turns}`. One with variables of `system` is left out: behind a gateway those come
 * from the visitor's session, and no page sets them.
 */
export const scriptsOf = (flow) =>
  names(".chat").filter((name) => name.split(".")[0] === flow).map((name) => parse(name, readFileSync(join(FOLDER, name), "utf8")))
    .filter(({ variables }) => !variables.system);

const names = (ending) => readdirSync(FOLDER).filter((name) => name.endsWith(ending)).sort();

function parse(name, text) {
  const variables = {};
  const turns = [];
  text.split("\n").forEach((raw, index) => {
    const line = raw.trim();
    const rest = line.slice(1).trim();
    const at = `${name}:${index + 1}`;
    if (line === "" || line.startsWith("#")) return;
    else if (line.startsWith("$")) {
      const [path, value] = pair(rest);
      const [group, key] = path.split(".");
      (variables[group] ??= {})[key] = value;
    } else if (line.startsWith("<")) turns.at(-1).expected.push({ at, ...bracketed(rest) });
    else if (line.startsWith("@")) turns.push({ at, spoken: { kind: "agent", text: rest }, expected: [] });
    else if (line.startsWith(">")) turns.push({ at, spoken: spoken(rest), expected: [] });
    else assert.fail(`${at} is no line of a script`);
  });
  return { name, variables, turns };
}

function spoken(rest) {
  const [, word, more] = rest.match(/^(file|form|return): *(.*)$/) ?? [];
  if (word === "file") return { kind: "file", names: more.split(",").map((name) => name.trim()) };
  if (word === "form") return { kind: "form", fields: more.split(";").map(pair) };
  if (word === "return") return { kind: "javascript", variables: Object.fromEntries(more.split(";").map(pair)) };
  const { text, choices } = bracketed(rest);
  return text === "" && choices.length ? { kind: "choice", labels: choices } : { kind: "text", text: rest };
}

const pair = (text) => {
  const [name, ...value] = text.split("=");
  return [name.trim(), value.join("=").trim()];
};

function bracketed(rest) {
  const choices = [...rest.matchAll(/\[([^\]]*)\]/g)].map(([, title]) => title.trim());
  return { text: folded(rest.replace(/\[[^\]]*\]/g, "")), choices };
}

const folded = (text) => text.split(/\s+/).filter(Boolean).join(" ");

/** Whether what was said is what the turn expects: null while something lacks. Another message than the expected one fails. */
function isMet(expected, said) {
  const rest = [...said];
  let skipping = false;
  for (const { at, text, choices } of expected) {
    if (text === "..." && !choices.length) {
      skipping = true;
      continue;
    }
    const pattern = new RegExp(`^${text.split("...").map((part) => part.trim().replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`, "s");
    for (;;) {
      const next = rest.shift();
      if (!next) return null;
      if (pattern.test(folded(next.text)) && (!choices.length || choices.join() === next.choices.join())) break;
      if (!skipping) assert.fail(`${at} expects ${JSON.stringify({ text, choices })}, but got ${JSON.stringify(next)}`);
    }
    skipping = false;
  }
  if (rest.length) assert.fail(`nothing more is expected after ${expected.at(-1)?.at}, but got ${JSON.stringify(rest)}`);
  return true;
}

/**
 * Plays a script. The actor's `heard()` gives what bot and agents have said so far, as `{text, choices}`; `speak(spoken)`
 * says it once the question that it answers is there; `agent(text)` has a person say it.
 */
export async function play({ turns }, actor) {
  for (const { at, spoken, expected } of turns) {
    const before = (await actor.heard()).length;
    if (spoken.kind === "agent") await actor.agent(spoken.text);
    else await actor.speak(spoken);
    await until(`the answer to ${at}`, async () => isMet(expected, (await actor.heard()).slice(before)));
  }
}

/** A number on the slider's scale; what is none is said as text, and the bot asks again. */
export function onScale(prompt, text) {
  const value = Number(text);
  const { min, max, step } = prompt;
  return text !== "" && value >= min && value <= max && (value - min) % (step || 1) === 0 ? value : null;
}

/** `31/12/2098` as the date that answers a calendar; null when it is none. */
export function isoDate(text) {
  const [, day, month, year] = text.match(/^(\d\d)\/(\d\d)\/(\d{4})$/) ?? [];
  return day ? `${year}-${month}-${day}` : null;
}

/** A small file that is what its name says. */
export function sampleFile(name) {
  const [type, head] = { jpg: ["image/jpeg", "ffd8ffe000104a46494600"], pdf: ["application/pdf", "255044462d312e340a"], txt: ["text/plain", "68690a"] }[name.split(".")[1]];
  return { name, type, base64: Buffer.from(head, "hex").toString("base64") };
}
