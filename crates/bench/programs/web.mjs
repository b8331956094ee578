// The size of what a page loads, each subject bundled by the same esbuild: gzip at its best, in bytes.
// node web.mjs NAME=ENTRY...; ENTRY is what a page would import, or a file. A line for each: name, at first, later.

import { existsSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const zipped = (bytes) => gzipSync(bytes, { level: 9 }).length;

for (const word of process.argv.slice(2)) {
  const [name, entry] = word.split("=");
  const from = existsSync(entry) ? resolve(entry) : entry;
  const { metafile, outputFiles } = await build({
    // A widget defines its element, a client is there to be called.
    stdin: { contents: `export * from ${JSON.stringify(from)}; import ${JSON.stringify(from)};`, resolveDir: process.cwd() },
    bundle: true, minify: true, splitting: true, format: "esm", target: "es2022", platform: "browser", charset: "utf8", metafile: true, write: false,
    outdir: "out", define: { "process.env.NODE_ENV": '"production"', global: "globalThis" }, legalComments: "none", logLevel: "error",
  });
  const size = (file) => zipped(outputFiles.find(({ path }) => path === resolve(file)).contents);
  // What is imported before anything runs comes at first; the rest when it is called for.
  const first = new Set();
  const add = (file) => {
    if (first.has(file)) return;
    first.add(file);
    for (const { kind, path } of metafile.outputs[file].imports) if (kind === "import-statement") add(path);
  };
  add(Object.keys(metafile.outputs).find((file) => metafile.outputs[file].entryPoint === "<stdin>"));
  const sum = (files) => files.reduce((total, file) => total + size(file), 0);
  // A style sheet that a package wants beside its script counts as well.
  const sheet = from.replace(/[^/]*$/, "style.css");
  const style = basename(from) !== from && existsSync(sheet) ? zipped(readFileSync(sheet)) : 0;
  console.log([name, sum([...first]) + style, sum(Object.keys(metafile.outputs).filter((file) => !first.has(file)))].join(" "));
}
