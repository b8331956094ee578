// The tests of the emulator's page: its types, its functions, and the page itself in Chromium.
// Needs WOTNOT_BIN (the command), the packages of bindings/web, and Chromium (CHROMIUM, or /usr/bin/chromium).

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "./support.mjs";

const LONGEST_MS = 300_000;
const ui = join(ROOT, "crates/emulator/src/ui");
const here = join(ROOT, "tests/ui");
const folder = mkdtempSync(join(tmpdir(), "wotnot-ui-report-"));

function types() {
  const options = [
    "--ignoreConfig", "--noEmit", "--allowJs", "--checkJs", "--strict", "--noUnusedLocals", "--noUnusedParameters", "--exactOptionalPropertyTypes",
    "--target", "es2023", "--module", "esnext", "--moduleResolution", "bundler", "--lib", "es2023,dom,dom.iterable", "--types", "",
  ];
  const files = readdirSync(ui).filter((name) => name.endsWith(".js")).map((name) => join(ui, name));
  const { status } = spawnSync(join(ROOT, "bindings/web/node_modules/.bin/tsc"), [...options, ...files], { stdio: "inherit" });
  return status === 0;
}

try {
  let [passed, failed] = types() ? [1, 0] : [0, 1];
  const wanted = process.argv.slice(2);
  const files = readdirSync(here).filter((name) => name.endsWith(".test.mjs") && (!wanted.length || wanted.includes(name)));
  const report = join(folder, "report.tap");
  const options = [
    "--test", "--test-concurrency=2", "--test-reporter=spec", "--test-reporter-destination=stdout",
    "--test-reporter=tap", "--test-reporter-destination", report,
  ];
  const { status } = spawnSync(process.execPath, [...options, ...files.map((name) => join(here, name))], {
    stdio: "inherit", timeout: LONGEST_MS, killSignal: "SIGKILL",
  });
  const text = readFileSync(report, "utf8");
  const count = (name) => Number([...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
  const bad = count("fail") + count("cancelled");
  if ((status === 0) !== (bad === 0)) throw new Error("node --test and its report do not agree");
  passed += count("pass");
  failed += bad;
  console.log(`${passed} passed, ${failed} failed`);
  if (failed || passed < 2) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
