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
const independent = "Independent of WotNot: neither made nor endorsed by the vendor.";
/** What says which code of others is in a package. */
const linked = ["THIRD-PARTY.md", "sbom.cdx.json"];
const ofAddons = { notices: "THIRD-PARTY.md", bill: "sbom-addon.cdx.json" };
const ofCommands = { notices: "THIRD-PARTY-COMMAND.md", bill: "sbom-command.cdx.json" };
for (const written of [ofAddons, ofCommands].flatMap(Object.values)) {
  if (!existsSync(join(here, written))) {
    throw new Error(`${written} is missing: run \`cargo xtask notices\``);
  }
}

for (const platform of readdirSync(join(here, "npm")).filter((name) => !name.startsWith("cli-"))) {
  const ofAddon = join(here, "npm", platform);
  const made = JSON.parse(readFileSync(join(ofAddon, "package.json"), "utf8"));
  made.files.push(...licences, ...linked);
  writeFileSync(join(ofAddon, "package.json"), `${JSON.stringify(made, null, 2)}\n`);
  const page = join(ofAddon, "README.md");
  writeFileSync(page, `${readFileSync(page, "utf8").trimEnd()}\n\n${independent}\n`);
  copyLicences(ofAddon, ofAddons);
  const { version, license, author, homepage, repository, bugs, keywords, os, cpu, libc } = made;
  const name = `wotnot-cli-${platform}`;
  const program = os.includes("win32") ? "wotnot.exe" : "wotnot";
  const description = "The `wotnot` command: a local stand-in for the WotNot service, for tests and trials";
  const manifest = {
    ...{ name, version, description, keywords, license, author, homepage, repository, bugs, os, cpu, libc },
    bin: { wotnot: program },
    files: [program, ...licences, ...linked, "man"],
    man: man.map((page) => `./man/${page}`),
    // A program cannot run from inside an archive, where Yarn keeps packages.
    preferUnplugged: true,
  };
  const folder = join(here, "npm", `cli-${platform}`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  writeFileSync(join(folder, "README.md"), readme(name, platform));
  copyLicences(folder, ofCommands);
  for (const page of man) {
    cpSync(join(pages, page), join(folder, "man", page));
  }
  const built = join(commands ?? "", platform, program);
  if (commands !== undefined && existsSync(built)) {
    cpSync(built, join(folder, program));
    chmodSync(join(folder, program), 0o755);
  }
}

function copyLicences(folder, { notices, bill }) {
  for (const licence of licences) {
    cpSync(join(here, "..", "..", licence), join(folder, licence));
  }
  cpSync(join(here, notices), join(folder, linked[0]));
  cpSync(join(here, bill), join(folder, linked[1]));
}

function readme(name, platform) {
  return `# ${name}

The \`wotnot\` command for ${platform}: a local stand-in for the WotNot service, which \`Emulator\` of \`wotnot/testing\` runs.
${independent}

\`\`\`sh
npm install --save-dev ${name}
npx wotnot --help
\`\`\`
`;
}
