// An integrator's web site: pages under a strict policy, with scripts of their own and the package's files.

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const DIST = new URL("./", import.meta.resolve("wotnot-web"));

/** What pages may do: their own scripts, the sample bots' pictures, the gateway's answers, and nothing else; no HTML from strings. */
export const strictPolicy = (gateway) =>
  `default-src 'none'; script-src 'self'; img-src 'self' https://example.com; connect-src ${gateway}; require-trusted-types-for 'script'; trusted-types 'none'`;

export class Site {
  /** Scripts by their path, such as `/chat.js`. */
  scripts = new Map();
  /** Pages by their path: `{html, policy}`. */
  pages = new Map();

  /** How often the answer to a path breaks off yet. */
  breaks = new Map();

  static async start() {
    const site = new Site();
    site.server = createServer((request, response) => site.#answer(request, response));
    site.server.listen(0, "127.0.0.1");
    await once(site.server, "listening");
    site.url = `http://127.0.0.1:${site.server.address().port}`;
    return site;
  }

  /** Adds `/page/<name>`, which runs this module under the strict policy. */
  add(name, script, { gateway, body = '<main id="root"></main>', lang = "en", policy = strictPolicy(gateway), head = "" }) {
    this.scripts.set(`/${name}.js`, script);
    const html = `<!doctype html><html lang="${lang}"><meta name="viewport" content="width=device-width"><title>A shop</title>${head}${body}`;
    this.pages.set(`/page/${name}`, { html: `${html}<script type="module" src="/${name}.js"></script></html>`, policy });
    return `${this.url}/page/${name}`;
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, this.url);
    const breaks = this.breaks.get(pathname);
    if (breaks) {
      this.breaks.set(pathname, breaks - 1);
      return request.socket.destroy();
    }
    const script = pathname.startsWith("/wotnot-web/") ? readFileSync(new URL(pathname.slice(12), DIST)) : this.scripts.get(pathname);
    const page = this.pages.get(pathname);
    if (script) response.writeHead(200, { "content-type": "text/javascript" }).end(script);
    else if (page) response.writeHead(200, { "content-type": "text/html; charset=utf-8", "content-security-policy": page.policy }).end(page.html);
    else response.writeHead(404).end();
  }

  /** Breaks off the next answers to a path. */
  break(pathname, times) {
    this.breaks.set(pathname, times);
    return { isOver: () => this.breaks.get(pathname) === 0 };
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

/** A page's script, and what it imports, as one file. `modules` are the script's own, by name. */
export async function bundle(source, modules = {}) {
  const resolveDir = fileURLToPath(new URL("./", import.meta.url));
  const own = {
    name: "own",
    setup(build) {
      build.onResolve({ filter: /^\.\// }, ({ path }) => (Object.hasOwn(modules, path) ? { path, namespace: "own" } : undefined));
      build.onLoad({ filter: /./, namespace: "own" }, ({ path }) => ({ contents: modules[path], resolveDir }));
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: source, loader: "jsx", resolveDir },
    bundle: true, write: false, format: "esm", target: "es2022", jsx: "automatic", conditions: ["browser", "development"], plugins: [own],
    define: {
      "process.env.NODE_ENV": '"development"', __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false",
    },
  });
  return outputFiles[0].text;
}
