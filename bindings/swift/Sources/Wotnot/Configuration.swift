// The configuration of a client. The library checks every value and names the wrong one.

/// The configuration of a `WotnotClient`. What is `nil` has the library's default.
public struct Configuration: Sendable, Hashable {
  // generated: settings, by `cargo xtask generate`
  /// The account's JWT. A master key: keep it on servers. Required, but where there is a `gateway`.
  public var token: Secret?
  /// The bot to talk to when a call names none. The bot's trigger block shows it.
  public var botKey: String?
  /// Scheme, host and port of the service; https, or http on loopback. A path `/api/v1` at its end
  /// is left off. `https://app.wotnot.io` when `nil`.
  public var baseURL: String?
  /// How events come in. Without it a client only sends.
  public var webhook: Webhook?
  /// The overall deadline of a call: attempts, waits, DNS and connecting included. 30 seconds when
  /// `nil`.
  public var timeout: Duration?
  /// The share of `timeout` that making one connection may take: look-up, TCP, TLS and the way
  /// through a proxy. What takes longer has sent nothing, and is tried again. 10 seconds when
  /// `nil`.
  public var connectTimeout: Duration?
  /// Automatic retries of what cannot double a message.
  public var retry: Retry?
  /// The way out to the service.
  public var proxy = Proxy.environment
  /// TLS trust roots. There is no switch that turns verification off.
  public var tls: TLS?
  /// The `User-Agent` header. The library's name and version when absent.
  public var userAgent: String?
  /// The name of the field that carries the bot key on the wire: `"bot_key"` or `"publish_key"`.
  /// `bot_key` when `nil`.
  public var botKeyField: String?
  /// Allows `http://` to hosts beyond loopback. The token then travels in the clear.
  public var allowsHTTP = false
  /// The file that keeps which conversation each visitor has, in a folder that exists. Several
  /// processes of one machine may share it; each account has its own. Through a gateway it keeps
  /// who the visitor is, what was received and what waits for a network, and belongs to one client.
  public var statePath: String?
  /// Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys. A
  /// file that was written with another key, or without one, is refused.
  public var stateKey: Secret?
  /// What is logged: `retries` logs each retry and the end of each call that was tried again or
  /// failed, `calls` the end of every other call too. `logRecords` gives it. `off` when `nil`.
  public var log: LogLevel?
  /// The gateway to talk through as a visitor, in place of `token`, `botKey`, `baseURL` and
  /// `webhook`: for phones, kiosks and programs that must not hold the account's token.
  public var gateway: Gateway?
  // generated: end

  public init(
    token: Secret, botKey: String? = nil, baseURL: String? = nil, webhook: Webhook? = nil
  ) {
    self.token = token
    self.botKey = botKey
    self.baseURL = baseURL
    self.webhook = webhook
  }

  /// Of a visitor who talks through a gateway.
  public init(gateway: Gateway, statePath: String? = nil, stateKey: Secret? = nil) {
    self.gateway = gateway
    self.statePath = statePath
    self.stateKey = stateKey
  }

  /// What is logged.
  public enum LogLevel: String, Sendable, Hashable {
    case off
    /// Each retry, and the verdict of each call that was tried again or failed.
    case retries
    /// That, and the verdict of every other call.
    case calls
  }

  /// Automatic retries.
  public struct Retry: Sendable, Hashable {
    // generated: retry, by `cargo xtask generate`
    /// Requests in all, the first included. 1 turns retries off. 4 when `nil`.
    public var maxAttempts: Int?
    /// The upper bound of the first wait; it doubles from there. 200 milliseconds when `nil`.
    public var baseDelay: Duration?
    /// The upper bound of any wait. 8 seconds when `nil`.
    public var maxDelay: Duration?

    public init(
      maxAttempts: Int? = nil, baseDelay: Duration? = nil, maxDelay: Duration? = nil
    ) {
      self.maxAttempts = maxAttempts
      self.baseDelay = baseDelay
      self.maxDelay = maxDelay
    }
    // generated: end
  }

  /// A gateway, and who is there: for apps, which must not hold the account's token.
  public struct Gateway: Sendable, Hashable {
    // generated: gateway, by `cargo xtask generate`
    /// Scheme, host and port of the gateway; https, or http on loopback.
    public var url: String
    /// The app id of the gateway's site.
    public var app: String
    /// What the site signed of the visitor. Without it the visitor is anonymous, and stays the same
    /// through the state file.
    public var identity: Secret?
    /// Whether a background thread fills the inbox. Without it the thread that waits for events
    /// fetches them.
    public var background = false

    public init(
      url: String, app: String, identity: Secret? = nil, background: Bool = false
    ) {
      self.url = url
      self.app = app
      self.identity = identity
      self.background = background
    }
    // generated: end
  }

  /// The way out to the service.
  public enum Proxy: Sendable, Hashable {
    /// As the `HTTPS_PROXY` family of variables says. Loopback is always reached directly.
    case environment
    case none
    /// May hold a user and a password.
    case url(Secret)
  }

  /// The TLS trust roots.
  public struct TLS: Sendable, Hashable {
    // generated: tls, by `cargo xtask generate`
    /// The base set of authorities: `auto` is the system's store, or the bundled set where there is
    /// none. `auto` when `nil`.
    public var roots: Roots?
    /// A PEM file whose certificates are trusted besides.
    public var caFile: String?
    /// PEM text whose certificates are trusted besides.
    public var caPEM: String?

    public init(
      roots: Roots? = nil, caFile: String? = nil, caPEM: String? = nil
    ) {
      self.roots = roots
      self.caFile = caFile
      self.caPEM = caPEM
    }
    // generated: end

    public enum Roots: String, Sendable, Encodable {
      /// The system's store; the bundled set where the system has none.
      case auto
      case system
      case bundled
      /// None but `caFile` and `caPEM`.
      case none
    }
  }

  /// How events come in.
  public struct Webhook: Sendable, Hashable {
    // generated: webhook, by `cargo xtask generate`
    /// The shared token that is set beside the endpoint at the vendor.
    public var token: Secret
    /// Where to listen, such as `127.0.0.1:8089` (port 0 picks a free one). Without it your own web
    /// server takes the posts.
    public var listen: String?
    /// The path of the endpoint. `/wotnot/events` when `nil`.
    public var path: String?
    /// How many events wait to be received before posts are refused. 16,384 when `nil`.
    public var capacity: Int?
    /// How many bytes they take before posts are refused: each its JSON text and 256 bytes. 64 MiB
    /// when `nil`.
    public var capacityBytes: Int?
    /// After how long without a reader a conversation gives way when all is full. 15 minutes when
    /// `nil`.
    public var idle: Duration?

    public init(
      token: Secret, listen: String? = nil, path: String? = nil, capacity: Int? = nil,
      capacityBytes: Int? = nil, idle: Duration? = nil
    ) {
      self.token = token
      self.listen = listen
      self.path = path
      self.capacity = capacity
      self.capacityBytes = capacityBytes
      self.idle = idle
    }
    // generated: end
  }
}

extension Configuration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Without secrets, and without what the base URL may hold before its host.
  public var description: String {
    "Configuration(baseURL: \(hostURL ?? "nil"), botKey: \(botKey ?? "nil"))"
  }
  public var debugDescription: String { description }
  public var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "token": token as Any, "botKey": botKey as Any, "baseURL": hostURL as Any,
        "timeout": timeout as Any, "webhook": webhook as Any, "proxy": proxy,
        "gateway": gateway as Any,
      ])
  }

  private var hostURL: String? {
    guard let baseURL, let at = baseURL.lastIndex(of: "@") else { return baseURL }
    return "[redacted]" + baseURL[at...]
  }
}

extension Configuration {
  /// The JSON form that the library reads. Holds the secrets: never log it.
  var json: JSONValue {
    .members([
      // generated: document, by `cargo xtask generate`
      "token": token.map { .string($0.exposed) },
      "bot_key": botKey.map(JSONValue.string),
      "base_url": baseURL.map(JSONValue.string),
      "webhook": webhook?.json,
      "timeout_ms": timeout.map(JSONValue.milliseconds),
      "connect_timeout_ms": connectTimeout.map(JSONValue.milliseconds),
      "retry": retry?.json,
      "proxy": proxy.json,
      "tls": tls?.json,
      "user_agent": userAgent.map(JSONValue.string),
      "bot_key_field": botKeyField.map(JSONValue.string),
      "allow_http": .bool(allowsHTTP),
      "state": statePath.map { ["path": .string($0), "key": stateKey.map { .string($0.exposed) } ?? .null] },
      "log": log.map { .string($0.rawValue) },
      "gateway": gateway?.json,
      // generated: end
    ])
  }
}

extension Configuration.Proxy {
  var json: JSONValue {
    switch self {
    case .environment: "env"
    case .none: .null
    case .url(let url): .string(url.exposed)
    }
  }
}

// generated: section-documents, by `cargo xtask generate`
extension Configuration.Webhook {
  var json: JSONValue {
    .members([
      "token": .string(token.exposed),
      "listen": listen.map(JSONValue.string),
      "path": path.map(JSONValue.string),
      "capacity": capacity.map { .integer(Int64($0)) },
      "capacity_bytes": capacityBytes.map { .integer(Int64($0)) },
      "idle_ms": idle.map(JSONValue.milliseconds),
    ])
  }
}

extension Configuration.Retry {
  var json: JSONValue {
    .members([
      "max_attempts": maxAttempts.map { .integer(Int64($0)) },
      "base_delay_ms": baseDelay.map(JSONValue.milliseconds),
      "max_delay_ms": maxDelay.map(JSONValue.milliseconds),
    ])
  }
}

extension Configuration.TLS {
  var json: JSONValue {
    .members([
      "roots": roots.map { .string($0.rawValue) },
      "ca_file": caFile.map(JSONValue.string),
      "ca_pem": caPEM.map(JSONValue.string),
    ])
  }
}

extension Configuration.Gateway {
  var json: JSONValue {
    .members([
      "url": .string(url),
      "app": .string(app),
      "identity": identity.map { .string($0.exposed) },
      "background": .bool(background),
    ])
  }
}

// generated: end

extension JSONValue {
  /// An object of those members that are there.
  static func members(_ members: [String: JSONValue?]) -> JSONValue {
    .object(members.compactMapValues { $0 })
  }

  static func milliseconds(_ duration: Duration) -> JSONValue {
    .integer(duration.wholeMilliseconds)
  }
}
