// `npm run build`: dist/, the modules and their declarations, and gateway/, the files that `wotnot gateway` serves.

import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { transformSync } from "esbuild";
import { buildGateway } from "./build-gateway.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

rmSync(here("dist/"), { recursive: true, force: true });
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(here(`../../${licence}`), here(licence));
execFileSync(here("node_modules/.bin/tsc"), { cwd: here("."), stdio: "inherit" });

// The sheets without what only people read.
for (const file of ["dist/widget/style.js", "dist/widget/prompts/style.js"].map(here)) {
  const { css } = await import(file);
  const { code } = transformSync(css, { loader: "css", minify: true, target: "es2022" });
  // What esbuild leaves alone: the spaces in values of custom properties.
  const short = code.trim().replace(/([,:]) /g, "$1");
  const source = readFileSync(file, "utf8");
  writeFileSync(file, `${source.slice(0, source.indexOf("export const css"))}export const css = ${JSON.stringify(short)};\n`);
}

// Names that end with _ are no page's: they become short. mangle.json keeps which became what, for a page that is open loads
// what it still needs from the next version.
let mangleCache = JSON.parse(readFileSync(here("mangle.json"), "utf8"));
const known = Object.keys(mangleCache).length;
for (const file of readdirSync(here("dist/"), { recursive: true }).filter((name) => name.endsWith(".js")).sort()) {
  const module = here(`dist/${file}`);
  const short = transformSync(readFileSync(module, "utf8"), { mangleProps: /^[a-z]\w*_$/i, mangleCache, charset: "utf8" });
  mangleCache = short.mangleCache;
  writeFileSync(module, short.code);
}
if (Object.keys(mangleCache).length > known) writeFileSync(here("mangle.json"), `${JSON.stringify(mangleCache, null, 2)}\n`);

await buildGateway(here("dist/"), here("gateway/"));
