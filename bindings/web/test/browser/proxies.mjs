// Real proxies before a gateway, set up as integrators and their networks set them up: some hold streams back.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../service.mjs";

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Whether somebody listens there. */
const answers = (port) =>
  new Promise((done) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => done(true)).on("error", () => done(false));
    socket.on("connect", () => socket.destroy());
  });

/** A program that is started with a file of configuration, and again with another one at the same place. */
class ServerProcess {
  static async start(gateway, options) {
    const proxy = new this();
    proxy.gateway = gateway.replace("http://", "");
    proxy.folder = mkdtempSync(join(tmpdir(), "wotnot-proxy-"));
    proxy.port = await freePort();
    proxy.url = `http://127.0.0.1:${proxy.port}`;
    await proxy.run(options);
    return proxy;
  }

  async run(options) {
    const file = join(this.folder, "proxy.conf");
    writeFileSync(file, this.configuration(options));
    const [program, ...args] = this.command(file);
    this.child = spawn(program, args, { cwd: this.folder, stdio: ["ignore", "ignore", "pipe"] });
    process.once("exit", () => this.child.kill("SIGKILL"));
    let errors = "";
    this.child.stderr.on("data", (text) => (errors += text));
    this.child.on("error", (error) => (errors += error));
    const ended = once(this.child, "exit").catch(() => {});
    const fails = ended.then(() => {
      if (!this.ending) throw new Error(`${program} ended: ${errors}`);
    });
    await Promise.race([fails, until(`${program} at ${this.port}`, () => answers(this.port))]);
    fails.catch(() => {});
    this.ended = ended;
  }

  async #end() {
    this.ending = true;
    this.child.kill("SIGTERM");
    await this.ended;
    this.ending = false;
  }

  /** The same proxy with other options; connections break. */
  async change(options) {
    await this.#end();
    await this.run(options);
  }

  async stop() {
    await this.#end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export class Nginx extends ServerProcess {
  command = (file) => ["nginx", "-p", this.folder, "-c", file];

  /** `holdsBack`: answers are collected before they are passed on, whatever the gateway asks for. */
  configuration = ({ holdsBack }) => `
daemon off;
master_process off;
pid ${this.folder}/nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${this.folder}/${name};`).join(" ")}
  server {
    listen 127.0.0.1:${this.port};
    location / {
      proxy_pass http://${this.gateway};
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      ${holdsBack ? "proxy_ignore_headers X-Accel-Buffering; proxy_buffers 8 64k; proxy_buffer_size 64k;" : ""}
    }
  }
}
`;
}

export class HaProxy extends ServerProcess {
  command = (file) => ["haproxy", "-db", "-f", file];

  /** `holdsBackFor`: so long it waits for more of a stream before it passes anything on. */
  configuration = ({ holdsBackFor }) => `
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend public
  bind 127.0.0.1:${this.port}
  default_backend gateway
backend gateway
  ${holdsBackFor ? `http-response wait-for-body time ${holdsBackFor} at-least 16000 if { res.hdr(content-type) -m beg text/event-stream }` : ""}
  server gateway ${this.gateway}
`;
}
