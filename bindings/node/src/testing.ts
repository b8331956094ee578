// A local stand-in for the service, for tests: where it is, what it saw, and the faults to inject.

import type { ChildProcess } from "node:child_process";
import { join } from "node:path";
import { findCommand, start, stop } from "./command";
import { Client, type ClientOptions } from "./index";
import type { Json, JsonObject } from "./wire";

export { EmulatorError } from "./command";
import { EmulatorError } from "./command";

/** A small sample bot: a greeting, a choice, a slider, and a hand-over to a person. */
export const DEMO_FLOW = join(__dirname, "..", "flows", "demo.yaml");

/** The webhook's token between the emulator and the clients that it makes. It guards nothing real. */
const WEBHOOK_TOKEN = "emulator-webhook-token";

/** How an emulator starts. */
export interface EmulatorOptions {
  /** The flow file of a bot, or several; `DEMO_FLOW` when absent. */
  flow?: string | readonly string[];
  /** Draws every id, time and chance from this number, so that a run can be repeated. */
  seed?: number;
  /** The `wotnot` command; searched for when absent. */
  command?: string;
}

/** A bot that the emulator runs. */
export interface Bot {
  readonly name: string;
  readonly key: string;
}

interface Ready {
  readonly base_url: string;
  readonly token: string;
  readonly bots: readonly Bot[];
  readonly control_url: string;
  readonly control_token: string;
  readonly seed: number;
}

/** A local service in a child process. Close it, or use it with `await using`. */
export class Emulator {
  /** Where it listens. */
  readonly baseUrl: string;
  /** The account's token. */
  readonly token: string;
  /** The bots that it runs. */
  readonly bots: readonly Bot[];
  /** The number that ids, times and chances are drawn from. */
  readonly seed: number;
  readonly #child: ChildProcess;
  readonly #controlUrl: string;
  readonly #controlToken: string;

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child;
    this.baseUrl = ready.base_url;
    this.token = ready.token;
    this.bots = ready.bots;
    this.seed = ready.seed;
    this.#controlUrl = ready.control_url.replace(/\/$/, "");
    this.#controlToken = ready.control_token;
  }

  /** Starts one and waits until it listens. */
  static async start(options: EmulatorOptions = {}): Promise<Emulator> {
    const flows = [options.flow ?? DEMO_FLOW].flat();
    const words = flows.flatMap((flow) => ["--flow", flow]);
    if (options.seed !== undefined) {
      words.push("--seed", String(options.seed));
    }
    const { child, ready } = await start(options.command ?? findCommand(), words);
    return new Emulator(child, ready as unknown as Ready);
  }

  /** The key of the first bot. */
  get botKey(): string {
    return this.bots[0]?.key ?? "";
  }

  /** A client of this service, with a listener that gets its events. */
  async client(options: Partial<ClientOptions> = {}): Promise<Client> {
    const webhook = options.webhook ?? { token: WEBHOOK_TOKEN, listen: "127.0.0.1:0" };
    const { token, botKey, baseUrl } = this;
    const client = new Client({ token, botKey, baseUrl, ...options, webhook });
    if (client.webhookUrl !== null) {
      await this.setWebhook(client.webhookUrl, webhook.token);
    }
    return client;
  }

  /** Posts events to this URL from now on. The endpoint is tested first, as the service does. */
  async setWebhook(url: string, token: string): Promise<void> {
    await this.control("PUT", "/webhook", { url, token });
  }

  /** Posts events nowhere. */
  async clearWebhook(): Promise<void> {
    await this.control("DELETE", "/webhook");
  }

  /** The conversations so far, in short. */
  async conversations(): Promise<JsonObject[]> {
    return (await this.control("GET", "/conversations")).conversations as JsonObject[];
  }

  /** What was said in a conversation, and the events that it made. */
  transcript(conversationId: string): Promise<JsonObject> {
    return this.control("GET", `/conversations/${encodeURIComponent(conversationId)}`);
  }

  /** The calls that came in, and what they were answered. */
  async requests(): Promise<JsonObject[]> {
    return (await this.control("GET", "/requests")).requests as JsonObject[];
  }

  /** The fault rules from now on, in place of those before; an empty list ends it. */
  async setFaults(rules: readonly JsonObject[]): Promise<void> {
    await this.control("PUT", "/faults", { faults: rules as Json[] });
  }

  /** The rules in force, and how often each matched and struck. */
  async faults(): Promise<JsonObject[]> {
    return (await this.control("GET", "/faults")).faults as JsonObject[];
  }

  /** Has a person on the company's side write. */
  async agentSays(conversationId: string, text: string): Promise<void> {
    await this.control("POST", `/conversations/${encodeURIComponent(conversationId)}/agent`, { text });
  }

  /** Has the company's side close the conversation. */
  async closeConversation(conversationId: string): Promise<void> {
    await this.control("POST", `/conversations/${encodeURIComponent(conversationId)}/close`);
  }

  /** Moves the emulator's clock, so that a bot's delay is over at once. */
  async advance(milliseconds: number): Promise<void> {
    await this.control("POST", "/clock", { advance_ms: milliseconds });
  }

  /** Forgets every conversation, request and fault. */
  async reset(): Promise<void> {
    await this.control("POST", "/reset");
  }

  /** Any call of the control API; `path` is what follows `/_emulator`. */
  async control(method: string, path: string, body?: JsonObject): Promise<JsonObject> {
    const headers: Record<string, string> = { "content-type": "application/json" };
    if (this.#controlToken !== undefined) {
      headers.authorization = `Bearer ${this.#controlToken}`;
    }
    const init = { method, headers, body: body === undefined ? null : JSON.stringify(body) };
    const response = await fetch(this.#controlUrl + path, init);
    const text = await response.text();
    const answer = (text.startsWith("{") ? JSON.parse(text) : {}) as JsonObject;
    if (!response.ok) {
      throw new EmulatorError(`${method} ${path}: ${String(answer.error ?? response.status)}`);
    }
    return answer;
  }

  /** Ends it. A second time does nothing. */
  close(): Promise<void> {
    return stop(this.#child);
  }

  /** `await using emulator = await Emulator.start()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
