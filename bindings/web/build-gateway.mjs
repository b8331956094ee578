// The files that pages load from a gateway: bundled, short, named after what is in them.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "esbuild";

const BROWSERS = { bundle: true, minify: true, target: "es2022", charset: "utf8", legalComments: "none", logLevel: "warning", write: false, metafile: true };

/**
 * From the modules in `dist` to the files in `out`, with `manifest.json`: of each file its name, the stable name that leads to
 * it (or null), and its hash for `integrity`.
 */
export async function buildGateway(dist, out) {
  const named = { outdir: out, entryNames: "[name]-[hash]", chunkNames: "[name]-[hash]" };
  const widget = await build({ ...BROWSERS, ...named, entryPoints: { widget: join(dist, "widget/index.js") }, format: "esm", splitting: true });
  const client = await build({ ...BROWSERS, ...named, entryPoints: { client: join(dist, "index.js") }, format: "iife", globalName: "wotnot" });
  const entry = file(widget, "widget");
  const define = { WIDGET_FILE: JSON.stringify(basename(entry.path)), WIDGET_INTEGRITY: JSON.stringify(integrity(entry)) };
  const loader = await build({ ...BROWSERS, ...named, entryPoints: { loader: join(dist, "loader/script.js") }, format: "iife", define });
  const stable = new Map([[entry.path, "widget.js"], [file(client, "client").path, "client.js"], [file(loader, "loader").path, "loader.js"]]);
  const files = [...loader.outputFiles, ...widget.outputFiles, ...client.outputFiles];
  const manifest = files.map((one) => ({ file: basename(one.path), name: stable.get(one.path) ?? null, integrity: integrity(one) }));
  mkdirSync(out, { recursive: true });
  const kept = new Set([".gitignore", "manifest.json", ...manifest.map(({ file }) => file)]);
  for (const old of readdirSync(out)) if (!kept.has(old)) rmSync(join(out, old), { recursive: true });
  for (const { path, contents } of files) writeChanged(path, contents);
  writeChanged(join(out, "manifest.json"), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
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
