// The files that pages load from a gateway: bundled, short, named after what is in them.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const BROWSERS = { bundle: true, minify: true, target: "es2022", charset: "utf8", legalComments: "none", logLevel: "warning", write: false, metafile: true };

/**
 * From the modules in `dist` to the files in `out`, each also compressed. A line of `files.txt` has a file's name, the stable
 * name that leads to it (or -), and its hash for `integrity`; the gateway's build reads it.
 */
export async function buildGateway(dist, out) {
  const named = { outdir: out, entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]" };
  const widget = await build({ ...BROWSERS, ...named, entryPoints: { widget: join(dist, "widget/index.js") }, format: "esm", splitting: true });
  const client = await build({ ...BROWSERS, ...named, entryPoints: { client: join(dist, "index.js") }, format: "iife", globalName: "wotnot" });
  const entry = file(widget, "widget");
  const define = { WIDGET_FILE: JSON.stringify(basename(entry.path)), WIDGET_INTEGRITY: JSON.stringify(integrity(entry)) };
  const loader = await build({ ...BROWSERS, ...named, entryPoints: { loader: join(dist, "loader/script.js") }, format: "iife", define });
  const sandbox = await build({ ...BROWSERS, ...named, entryPoints: { sandbox: join(dist, "sandbox/script.js") }, format: "iife" });
  const stable = new Map([[entry.path, "widget.js"], [file(client, "client").path, "client.js"], [file(loader, "loader").path, "loader.js"], [file(sandbox, "sandbox").path, "sandbox.js"]]);
  const files = [loader, widget, client, sandbox].flatMap(({ outputFiles }) => outputFiles);
  const list = files.map((one) => `${basename(one.path)} ${stable.get(one.path) ?? "-"} ${integrity(one)}\n`).join("");
  const made = [[join(out, "files.txt"), Buffer.from(list)]];
  for (const { path, contents } of files) made.push([path, contents], [`${path}.gz`, gzipSync(contents, { level: 9 })]);
  mkdirSync(out, { recursive: true });
  const kept = new Set([".gitignore", ...made.map(([path]) => basename(path))]);
  for (const old of readdirSync(out)) if (!kept.has(old)) rmSync(join(out, old), { recursive: true });
  for (const [path, contents] of made) writeChanged(path, contents);
}

function file({ outputFiles }, name) {
  return outputFiles.find(({ path }) => basename(path).startsWith(`${name}-`));
}

function integrity({ contents }) {
  return `sha384-${createHash("sha384").update(contents).digest("base64")}`;
}

/** What is the same keeps its time, so that nothing is built again for it. */
function writeChanged(path, contents) {
  if (!existsSync(path) || !readFileSync(path).equals(contents)) writeFileSync(path, contents);
}
