// Adds the licences to each platform package that `napi create-npm-dirs` made, and makes a package of the `wotnot` command beside it:
// command.mjs [COMMANDS [PAGES]]. COMMANDS holds a folder for each platform that the command was built for, with the
// command in it; PAGES holds the man pages, which go into each package.

import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL("./", import.meta.url));
const [commands, pages] = process.argv.slice(2);
const man = pages === undefined ? [] : readdirSync(pages).sort();

const licences = ["LICENSE-MIT", "LICENSE-APACHE"];
for (const notices of ["THIRD-PARTY.md", "THIRD-PARTY-COMMAND.md"]) {
  if (!existsSync(join(here, notices))) {
    throw new Error(`${notices} is missing: run \`cargo xtask notices\``);
  }
}

for (const platform of readdirSync(join(here, "npm")).filter((name) => !name.startsWith("cli-"))) {
  const ofAddon = join(here, "npm", platform);
  const made = JSON.parse(readFileSync(join(ofAddon, "package.json"), "utf8"));
  made.files.push(...licences, "THIRD-PARTY.md");
  writeFileSync(join(ofAddon, "package.json"), `${JSON.stringify(made, null, 2)}\n`);
  copyLicences(ofAddon, "THIRD-PARTY.md");
  const { version, license, author, homepage, repository, bugs, keywords, os, cpu, libc } = made;
  const name = `wotnot-cli-${platform}`;
  const program = os.includes("win32") ? "wotnot.exe" : "wotnot";
  const description = "The `wotnot` command: a local stand-in for the WotNot service, for tests and trials";
  const manifest = {
    ...{ name, version, description, keywords, license, author, homepage, repository, bugs, os, cpu, libc },
    bin: { wotnot: program },
    files: [program, ...licences, "THIRD-PARTY.md", "man"],
    man: man.map((page) => `./man/${page}`),
    // A program cannot run from inside an archive, where Yarn keeps packages.
    preferUnplugged: true,
  };
  const folder = join(here, "npm", `cli-${platform}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, "README.md"), readme(name, platform));
  copyLicences(folder, "THIRD-PARTY-COMMAND.md");
  for (const page of man) {
    cpSync(join(pages, page), join(folder, "man", page));
  }
  const built = join(commands ?? "", platform, program);
  if (commands !== undefined && existsSync(built)) {
    cpSync(built, join(folder, program));
    chmodSync(join(folder, program), 0o755);
  }
}

function copyLicences(folder, notices) {
  for (const licence of licences) {
    cpSync(join(here, "..", "..", licence), join(folder, licence));
  }
  cpSync(join(here, notices), join(folder, "THIRD-PARTY.md"));
}

function readme(name, platform) {
  return `# ${name}

The \`wotnot\` command for ${platform}: a local stand-in for the WotNot service, which \`Emulator\` of \`wotnot/testing\` runs.
Independent of WotNot: neither made nor endorsed by the vendor.

\`\`\`sh
npm install --save-dev ${name}
npx wotnot --help
\`\`\`
`;
}
