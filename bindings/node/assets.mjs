// Brings into the package what lives elsewhere in the repository: the sample flow and the licences.

import { cpSync, mkdirSync } from "node:fs";

const top = new URL("../../", import.meta.url);
const here = new URL("./", import.meta.url);

mkdirSync(new URL("flows/", here), { recursive: true });
cpSync(new URL("flows/demo.yaml", top), new URL("flows/demo.yaml", here));
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  cpSync(new URL(licence, top), new URL(licence, here));
}
