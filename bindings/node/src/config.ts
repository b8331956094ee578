// Client configuration. Checked by the core, which names what is wrong.

/** All but `token`, or `gateway` in its place, are optional. Unknown names are refused. */
export interface ClientOptions {
  // generated: settings, by `cargo xtask generate`
  /** The account's JWT. A master key: keep it on servers. Required, but where there is a `gateway`. */
  token?: string;
  /** The bot to talk to when a call names none. The bot's trigger block shows it. */
  botKey?: string;
  /**
   * Scheme, host and port of the service; https, or http on loopback. A path `/api/v1` at its end is left
   * off. `https://app.wotnot.io` by default.
   */
  baseUrl?: string;
  /** How events come in. Without it a client only sends. */
  webhook?: WebhookOptions;
  /** The overall deadline of a call: attempts, waits, DNS and connecting included. 30,000 by default. */
  timeoutMs?: number;
  /**
   * The share of `timeoutMs` that making one connection may take: look-up, TCP, TLS and the way through a
   * proxy. What takes longer has sent nothing, and is tried again. 10,000 by default.
   */
  connectTimeoutMs?: number;
  /** Automatic retries of what cannot double a message. */
  retry?: RetryOptions;
  /** `"env"` (by default), the URL of an http or https proxy, or `null` for none. */
  proxy?: string | null;
  /** TLS trust roots. There is no switch that turns verification off. */
  tls?: TlsOptions;
  /** The `User-Agent` header. The library's name and version when absent. */
  userAgent?: string;
  /**
   * The name of the field that carries the bot key on the wire: `"bot_key"` or `"publish_key"`. `bot_key` by
   * default.
   */
  botKeyField?: string;
  /** Allows `http://` to hosts beyond loopback. The token then travels in the clear. */
  allowHttp?: boolean;
  /** What is kept beyond the life of the client. */
  state?: StateOptions;
  /**
   * What is logged: `retries` logs each retry and the end of each call that was tried again or failed,
   * `calls` the end of every other call too. The channel `wotnot:log` of `node:diagnostics_channel` gets the
   * records. `off` by default.
   */
  log?: "off" | "retries" | "calls";
  /**
   * The gateway to talk through as a visitor, in place of `token`, `botKey`, `baseUrl` and `webhook`: for
   * phones, kiosks and programs that must not hold the account's token.
   */
  gateway?: GatewayOptions;
  // generated: end
}

// generated: sections, by `cargo xtask generate`
export interface WebhookOptions {
  /** The shared token that is set beside the endpoint at the vendor. */
  token: string;
  /**
   * Where to listen, such as `127.0.0.1:8089` (port 0 picks a free one). Without it your own web server takes
   * the posts.
   */
  listen?: string;
  /** The path of the endpoint. `/wotnot/events` by default. */
  path?: string;
  /** How many events wait to be received before posts are refused. 16,384 by default. */
  capacity?: number;
  /**
   * How many bytes they take before posts are refused: each its JSON text and 256 bytes. 64 MiB by default.
   */
  capacityBytes?: number;
  /** After how long without a reader a conversation gives way when all is full. 900,000 by default. */
  idleMs?: number;
}

export interface RetryOptions {
  /** Requests in all, the first included. 1 turns retries off. 4 by default. */
  maxAttempts?: number;
  /** The upper bound of the first wait; it doubles from there. 200 by default. */
  baseDelayMs?: number;
  /** The upper bound of any wait. 8,000 by default. */
  maxDelayMs?: number;
}

export interface TlsOptions {
  /**
   * The base set of authorities: `auto` is the system's store, or the bundled set where there is none. `auto`
   * by default.
   */
  roots?: "auto" | "system" | "bundled" | "none";
  /** A PEM file whose certificates are trusted besides. */
  caFile?: string;
  /** PEM text whose certificates are trusted besides. */
  caPem?: string;
}

export interface StateOptions {
  /**
   * The file that keeps which conversation each visitor has, in a folder that exists. Several processes of
   * one machine may share it; each account has its own. Through a gateway it keeps who the visitor is, what
   * was received and what waits for a network, and belongs to one client.
   */
  path: string;
  /**
   * Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys. A file that
   * was written with another key, or without one, is refused.
   */
  key?: string;
}

export interface GatewayOptions {
  /** Scheme, host and port of the gateway; https, or http on loopback. */
  url: string;
  /** The app id of the gateway's site. */
  app: string;
  /**
   * What the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the
   * state file.
   */
  identity?: string;
  /**
   * Whether a background thread fills the inbox. Without it the thread that waits for events fetches them.
   */
  background?: boolean;
}

// generated: end
