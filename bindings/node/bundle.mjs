// Makes dist/ but for the declarations, which are tsc's: each module of the package in one file, for every file that is loaded
// costs the first answer a third of a millisecond. Then what is copied: the addon's types, the sample flow and the licences.

import { cpSync, mkdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const top = new URL("../../", import.meta.url);
const here = new URL("./", import.meta.url);
const absWorkingDir = fileURLToPath(here);
const common = { absWorkingDir, outdir: "dist", platform: "node", target: "node20", logLevel: "warning" };

rmSync(new URL("dist/", here), { recursive: true, force: true });
await build({ ...common, entryPoints: ["src/index.ts"], bundle: true });
// The classes that it hands out are those of the package's front door.
await build({
  ...common,
  entryPoints: ["src/testing.ts", "src/platform.ts"],
  bundle: true,
  external: ["./index", "./platform"],
});
await build({ ...common, entryPoints: ["src/index.mts", "src/testing.mts"], outExtension: { ".js": ".mjs" } });

cpSync(new URL("src/native.d.ts", here), new URL("dist/native.d.ts", here));
mkdirSync(new URL("flows/", here), { recursive: true });
cpSync(new URL("flows/demo.yaml", top), new URL("flows/demo.yaml", here));
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  cpSync(new URL(licence, top), new URL(licence, here));
}
