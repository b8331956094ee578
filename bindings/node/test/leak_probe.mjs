// What a program that prints everything prints and logs, when WOTNOT_SHOW asks for it. Never an event.
// Straight to the descriptor, because what the test runner's reporters keep is nobody's output.

import { writeSync } from "node:fs";
import { debuglog, inspect } from "node:util";

const { WOTNOT_SHOW: CONTROL } = process.env;

if (CONTROL) debuglog("leak_probe")("logged %s", CONTROL);

/** A client, in every form that console.log and JSON know. */
export const showClient = (client) => show(client);

/** An error, the same ways, and how it looks uncaught. */
export const showError = (error) => show(error, error.stack, error.cause, { ...error });

function show(...values) {
  if (!CONTROL) return;
  for (const value of values) {
    const forms = [String(value), JSON.stringify(value), inspect(value), inspect(value, { showHidden: true, depth: null })];
    write(`shown ${CONTROL} ${forms.join(" ")}\n`);
  }
}

/** The whole text: a pipe may be full for a moment. */
function write(text) {
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}
