// Brings into the package what tsc does not: the addon's types, the sample flow and the licences.

import { cpSync, mkdirSync } from "node:fs";

const top = new URL("../../", import.meta.url);
const here = new URL("./", import.meta.url);

cpSync(new URL("src/native.d.ts", here), new URL("dist/native.d.ts", here));
mkdirSync(new URL("flows/", here), { recursive: true });
cpSync(new URL("flows/demo.yaml", top), new URL("flows/demo.yaml", here));
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  cpSync(new URL(licence, top), new URL(licence, here));
}
