// Client configuration. Checked by the core, which names what is wrong.

/** All but `token` are optional. Unknown names are refused. */
export interface ClientOptions {
  /** The account's JWT. A master key: keep it on servers. */
  token: string;
  /** The bot to talk to when a call names none. */
  botKey?: string;
  /** The field that carries the bot key on the wire; `bot_key` by default. */
  botKeyField?: string;
  /** `https://app.wotnot.io` by default. */
  baseUrl?: string;
  /** The overall deadline of a call: attempts, waits and connecting included. 30,000 by default. */
  timeoutMs?: number;
  /** The share of it that making one connection may take. 10,000 by default. */
  connectTimeoutMs?: number;
  /** Automatic retries of what cannot double a message. */
  retry?: { maxAttempts?: number; baseDelayMs?: number; maxDelayMs?: number };
  /** `"env"` (by default), a URL, or `null` for none. */
  proxy?: string | null;
  /** TLS trust roots. There is no switch that turns verification off. */
  tls?: {
    roots?: "auto" | "system" | "bundled" | "none";
    caFile?: string | null;
    caPem?: string | null;
  };
  /** How events come in. */
  webhook?: WebhookOptions;
  /** Where `openConversation` keeps what it knows, so that it outlives the program. */
  state?: { path: string };
  /** The `User-Agent` header. */
  userAgent?: string;
  /** Allows `http://` to hosts beyond loopback. The token then travels in the clear. */
  allowHttp?: boolean;
  /**
   * What the channel `wotnot:log` of `node:diagnostics_channel` is told: each retry and the end of each call
   * that was tried again or failed (`"retries"`), and the end of every other call too (`"calls"`). `"off"` by
   * default.
   */
  log?: "off" | "retries" | "calls";
}

/** How events come in. */
export interface WebhookOptions {
  /** The shared token that is set beside the endpoint at the vendor. */
  token: string;
  /** Address and port to listen on; leave it out when your own web server takes the posts. */
  listen?: string;
  /** The path of the endpoint; `/wotnot/events` by default. */
  path?: string;
  /** How many events wait before posts are refused; 16,384 by default. */
  capacity?: number;
  /** How many bytes they take before posts are refused: each its JSON text and 256 bytes; 64 MiB by default. */
  capacityBytes?: number;
  /** After how long without a reader a conversation gives way when all is full; 15 minutes by default. */
  idleMs?: number;
}
