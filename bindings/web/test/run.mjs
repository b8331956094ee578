// `npm test`: the package as users get it. Packs it, installs the tarball in an empty project, and runs the tests there.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const NEWEST = "26.10.0";
/** The tests of one Node; they take a minute and a half. */
const LONGEST_MS = 300_000;
const here = fileURLToPath(new URL("../", import.meta.url));
const root = fileURLToPath(new URL("../../../", import.meta.url));
const app = mkdtempSync(join(tmpdir(), "wotnot-web-app-"));
const quiet = ["--silent", "--no-fund", "--no-audit"];
const run = (program, args, cwd = app) => execFileSync(program, args, { cwd, stdio: ["ignore", "pipe", "inherit"], encoding: "utf8" }).trim();

function typesCompile() {
  cpSync(join(here, "test/types.ts"), join(app, "types.mts"));
  const files = ["types.mts"];
  const readme = readFileSync(join(here, "README.md"), "utf8");
  for (const [fence, extension] of [["```js\n", "mts"], ["```jsx\n", "tsx"]]) {
    for (const example of readme.split(fence).slice(1)) {
      files.push(`readme-${files.length}.${extension}`);
      writeFileSync(join(app, files.at(-1)), example.split("```")[0]);
    }
  }
  const compilerOptions = {
    strict: true, noEmit: true, module: "nodenext", target: "es2022", jsx: "react-jsx", lib: ["es2023", "dom"], types: ["node"],
  };
  writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
  run(join(here, "node_modules/.bin/tsc"), ["--project", "tsconfig.json"]);
}

try {
  run("npm", ["run", "--silent", "build"], here);
  const tarball = join(app, run("npm", ["pack", "--silent", "--pack-destination", app], here));
  writeFileSync(join(app, "package.json"), '{"name": "app", "private": true}');
  run("npm", ["install", "--offline", ...quiet, tarball]);
  // What the tests use beside the package itself.
  for (const name of ["@types", "csstype", "react", "react-dom", "scheduler", "undici-types"]) {
    symlinkSync(join(here, "node_modules", name), join(app, "node_modules", name));
  }
  typesCompile();
  cpSync(join(here, "test"), join(app, "test"), { recursive: true });
  const newest = join(app, "newest");
  mkdirSync(newest);
  writeFileSync(join(newest, "package.json"), '{"private": true}');
  run("npm", ["install", ...quiet, `node@${NEWEST}`], newest);
  const wanted = process.argv.slice(2);
  const files = readdirSync(join(app, "test")).filter((name) => name.endsWith(".test.mjs") && (!wanted.length || wanted.includes(name)));
  const env = { ...process.env, WOTNOT_ROOT: root, WOTNOT_BIN: process.env.WOTNOT_BIN ?? join(root, "target/debug/wotnot") };
  let [passed, failed] = [0, 0];
  for (const node of [process.execPath, join(newest, "node_modules/node/bin/node")]) {
    console.log(`Node ${run(node, ["--version"])}`);
    const report = join(app, "report.tap");
    const options = [
      "--test", "--test-concurrency=2",
      "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap", "--test-reporter-destination", report,
    ];
    // A test that failed may leave a connection open, and its process with it. Not --test-force-exit: it drops results.
    const bounds = { timeout: LONGEST_MS, killSignal: "SIGKILL" };
    const { status } = spawnSync(node, [...options, ...files.map((name) => join("test", name))], { cwd: app, env, stdio: "inherit", ...bounds });
    const text = readFileSync(report, "utf8");
    const count = (name) => Number([...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
    const bad = count("fail") + count("cancelled");
    if ((status === 0) !== (bad === 0)) throw new Error("node --test and its report do not agree");
    passed += count("pass");
    failed += bad;
  }
  console.log(`${passed} passed, ${failed} failed`);
  if (failed || !passed) process.exitCode = 1;
} finally {
  rmSync(app, { recursive: true, force: true });
}
