// Finds the addon for this machine, and says why when none fits. Knows nothing of what it does.

import { join } from "node:path";
import type * as native from "./native";
import { platformName } from "./platform";

/** What the addon exports. */
export type Native = typeof native;

/** Loads the addon: the file in `WOTNOT_NATIVE`, one beside this package, or the platform's package. */
export function loadNative(root = join(__dirname, "..")): Native {
  const name = platformName();
  const candidates = process.env.WOTNOT_NATIVE
    ? [process.env.WOTNOT_NATIVE]
    : [join(root, `wotnot.${name}.node`), `wotnot-${name}`];
  const failures: Error[] = [];
  for (const candidate of candidates) {
    try {
      return require(candidate) as Native;
    } catch (error) {
      failures.push(error as Error);
    }
  }
  const tried = candidates.map((candidate, at) => {
    return `  ${candidate}: ${failures[at]?.message.split("\n")[0] ?? "unknown"}`;
  });
  const advice = failures.every(isAbsent)
    ? `No binary for ${name} is installed. npm leaves it out when it runs with --omit=optional or ` +
      "--no-optional, or when node_modules came from another machine: install again on this one."
    : "A binary is there, but this machine cannot load it; the reason stands above.";
  throw new Error(
    `wotnot: no addon for ${name} (Node ${process.version}) could be loaded. Tried:\n` +
      `${tried.join("\n")}\n${advice}`,
    { cause: failures.find((failure) => !isAbsent(failure)) ?? failures[0] },
  );
}

function isAbsent(failure: Error): boolean {
  return (failure as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
}
