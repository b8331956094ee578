// Makes dist/ empty and puts the licences beside it; the modules and their declarations are tsc's.

import { cpSync, rmSync } from "node:fs";

rmSync(new URL("dist/", import.meta.url), { recursive: true, force: true });
for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
  cpSync(new URL(`../../${licence}`, import.meta.url), new URL(licence, import.meta.url));
}
