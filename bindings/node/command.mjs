// Makes a package of the `wotnot` command beside each platform package that `napi create-npm-dirs` made:
// command.mjs [COMMAND [PAGES]]. COMMAND is the one built for this machine, and goes into its package; PAGES is
// the folder of the man pages, which go into each.

import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const { platformName } = createRequire(import.meta.url)("./dist/platform.js");
const here = fileURLToPath(new URL("./", import.meta.url));
const [built, pages] = process.argv.slice(2);
const man = pages === undefined ? [] : readdirSync(pages).sort();

for (const platform of readdirSync(join(here, "npm")).filter((name) => !name.startsWith("cli-"))) {
  const { version, license, keywords, os, cpu, libc } = JSON.parse(
    readFileSync(join(here, "npm", platform, "package.json"), "utf8"),
  );
  const name = `wotnot-cli-${platform}`;
  const program = os.includes("win32") ? "wotnot.exe" : "wotnot";
  const description = "The `wotnot` command: a local stand-in for the WotNot service, for tests and trials";
  const manifest = {
    ...{ name, version, description, keywords, license, os, cpu, libc },
    bin: { wotnot: program },
    files: [program, "LICENSE-*", "man"],
    man: man.map((page) => `./man/${page}`),
    // A program cannot run from inside an archive, where Yarn keeps packages.
    preferUnplugged: true,
  };
  const folder = join(here, "npm", `cli-${platform}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, "README.md"), readme(name, platform));
  for (const licence of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    cpSync(join(here, "..", "..", licence), join(folder, licence));
  }
  for (const page of man) {
    cpSync(join(pages, page), join(folder, "man", page));
  }
  if (built !== undefined && platform === platformName()) {
    cpSync(built, join(folder, program));
    chmodSync(join(folder, program), 0o755);
  }
}

function readme(name, platform) {
  return `# ${name}

The \`wotnot\` command for ${platform}: a local stand-in for the WotNot service, which \`Emulator\` of \`wotnot/testing\` runs.

\`\`\`sh
npm install --save-dev ${name}
npx wotnot --help
\`\`\`
`;
}
