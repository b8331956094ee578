// `npm test`: the package as users get it. Packs it, installs the tarball in an empty project, and runs the tests there.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const NEWEST = "26.10.0";
/** The tests of one Node, or of the browsers; hundreds of walks take longer. */
const LONGEST_MS = process.env.WOTNOT_WALKS ? 3_600_000 : 900_000;
/** What the tests use beside the package itself. */
const TOOLS = ["@esbuild", "@types", "axe-core", "csstype", "esbuild", "playwright-core", "react", "react-dom", "scheduler", "svelte", "undici-types", "vue"];
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
  for (const name of TOOLS) symlinkSync(join(here, "node_modules", name), join(app, "node_modules", name));
  typesCompile();
  cpSync(join(here, "test"), join(app, "test"), { recursive: true });
  const newest = join(app, "newest");
  mkdirSync(newest);
  writeFileSync(join(newest, "package.json"), '{"private": true}');
  run("npm", ["install", ...quiet, `node@${NEWEST}`], newest);
  const wanted = process.argv.slice(2);
  const tests = (folder) =>
    readdirSync(join(app, folder)).filter((name) => name.endsWith(".test.mjs")).map((name) => `${folder}/${name}`)
      .filter((file) => !wanted.length || wanted.includes(file.slice("test/".length)));
  const env = { ...process.env, WOTNOT_ROOT: root, WOTNOT_BIN: process.env.WOTNOT_BIN ?? join(root, "target/debug/wotnot") };
  /** Gives how many passed and failed, and prints what the tests say once they are over. */
  const runTests = async (title, node, files) => {
    if (!files.length) return [0, 0];
    const report = join(app, `${title}.tap`);
    const options = [
      "--test", "--test-concurrency=3",
      "--test-reporter=spec", "--test-reporter-destination=stdout", "--test-reporter=tap", "--test-reporter-destination", report,
    ];
    const child = spawn(node, [...options, ...files], { cwd: app, env, stdio: ["ignore", "pipe", "inherit"] });
    // A test that failed may leave a connection open, and its process with it. Not --test-force-exit: it drops results.
    const bound = setTimeout(() => child.kill("SIGKILL"), LONGEST_MS);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (output += text));
    const [status] = await once(child, "close");
    clearTimeout(bound);
    console.log(`${title}\n${output}`);
    const text = readFileSync(report, "utf8");
    const count = (name) => Number([...text.matchAll(new RegExp(`^# ${name} (\\d+)$`, "gm"))].at(-1)?.[1] ?? 0);
    const bad = count("fail") + count("cancelled");
    if ((status === 0) !== (bad === 0)) throw new Error("node --test and its report do not agree");
    return [count("pass"), bad];
  };
  const nodes = [process.execPath, join(newest, "node_modules/node/bin/node")];
  // They wait more than they work, so they run side by side.
  const counts = await Promise.all([
    ...nodes.map((node) => runTests(`Node ${run(node, ["--version"])}`, node, tests("test"))),
    runTests("Chromium and Firefox", nodes.at(-1), tests("test/browser")),
  ]);
  const [passed, failed] = [0, 1].map((at) => counts.reduce((sum, one) => sum + one[at], 0));
  console.log(`${passed} passed, ${failed} failed`);
  if (failed || !passed) process.exitCode = 1;
} finally {
  rmSync(app, { recursive: true, force: true });
}
