// The npm package against what Node programs use otherwise, in turns; one JSON line for each subject and round.

import { readFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import axios from "axios";
import { Agent, request } from "undici";
import { Client } from "wotnot";

const [baseUrl, calls, rounds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const { hostname, port } = new URL(baseUrl);
const path = "/api/v1/conversation/3f0c6a1e9b7d4c52/messages";
const url = baseUrl + path;
const headers = { authorization: "Bearer fake.jwt.token", "content-type": "application/json" };
const message = { message: { type: "text", data: { body: "30" } }, user: { type: "VISITOR" } };

const chat = new Client({ token: "fake.jwt.token", baseUrl }).conversation("3f0c6a1e9b7d4c52");
const dispatcher = new Agent();
const agent = new http.Agent({ keepAlive: true });
const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");

/** Each makes what sends the visitor's "30" and gives the message's id, as often as it is called. */
const subjects = {
  "net.Socket": () => {
    const socket = net.connect({ host: hostname, port: Number(port), noDelay: true });
    let answered;
    socket.on("data", (data) => answered(JSON.parse(data.subarray(data.indexOf("\r\n\r\n") + 4)).message_id));
    return () => {
      const body = JSON.stringify(message);
      return new Promise((resolve) => {
        answered = resolve;
        socket.write(`POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\n${head}content-length: ${body.length}\r\n\r\n${body}`);
      });
    };
  },
  wotnot: () => async () => (await chat.sendText("30")).messageId,
  undici: () => async () => {
    const { body } = await request(url, { method: "POST", headers, body: JSON.stringify(message), dispatcher });
    return (await body.json()).message_id;
  },
  "node:http": () => () =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(message);
      const options = { method: "POST", agent, headers: { ...headers, "content-length": body.length } };
      const call = http.request(url, options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part) => (text += part));
        response.on("end", () => resolve(JSON.parse(text).message_id));
      });
      call.on("error", reject);
      call.end(body);
    }),
  fetch: () => async () => {
    const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(message) });
    return (await response.json()).message_id;
  },
  axios: () => async () => (await axios.post(url, message, { headers, httpAgent: agent })).data.message_id,
};

/** Nanoseconds that the thread of the event loop has been on a processor. */
const loopCpu = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, "utf8").split(" ")[0]);

async function measure(subject, inFlight, count) {
  const lanes = Array.from({ length: inFlight }, () => subjects[subject]());
  await Promise.all(lanes.map((call) => call()));
  const took = [];
  let left = count;
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const [since, cpu, busy] = [performance.now(), process.cpuUsage(), loopCpu()];
  await Promise.all(
    lanes.map(async (call) => {
      while (left > 0) {
        left -= 1;
        const start = performance.now();
        if ((await call()).length !== 32) throw new Error(`${subject}: not the message's id`);
        took.push(performance.now() - start);
      }
    }),
  );
  const seconds = (performance.now() - since) / 1000;
  const loop = (loopCpu() - busy) / 1000 / count;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  took.sort((a, b) => a - b);
  const at = (share) => took[Math.floor(took.length * share)] * 1000;
  const result = { subject, in_flight: inFlight, rate: count / seconds, p50_us: at(0.5), p99_us: at(0.99) };
  console.log(
    JSON.stringify({ ...result, loop_cpu_us: loop, cpu_us: (user + system) / count, delay_p99_us: delay.percentile(99) / 1000 }),
  );
}

for (const subject of Object.keys(subjects)) await warm(subject);
for (let round = 0; round < rounds; round += 1) {
  for (const inFlight of [1, 8]) {
    for (const subject of Object.keys(subjects)) await measure(subject, inFlight, calls);
  }
}
process.exit(0);

async function warm(subject) {
  const call = subjects[subject]();
  for (let at = 0; at < 500; at += 1) await call();
}
