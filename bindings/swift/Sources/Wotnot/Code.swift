// The status table.

extension WotnotError {
  /// What went wrong.
  public enum Code: Sendable, Hashable {
    // generated: codes, by `cargo xtask generate`
    /// No event arrived within the time that `receive` was given. Not an error.
    case timeout
    /// `interrupt` or a cancellation woke the call.
    case interrupted
    /// The client was closed, now or before.
    case closed
    /// A required pointer was NULL.
    case nullArgument
    /// A string was not UTF-8.
    case invalidUTF8
    /// A string was not JSON.
    case invalidJSON
    /// A field of the configuration or of the parameters is wrong; the message names it.
    case invalidArgument
    /// The client id is zero or unknown.
    case invalidClient
    /// The client was made before a fork; make a new one in the child.
    case forked
    /// There is no such method.
    case unknownMethod
    /// Resolving, connecting, reading or writing failed.
    case network
    /// The TLS handshake or the certificate was refused.
    case tls
    /// The proxy refused or could not be reached.
    case proxy
    /// The overall deadline passed.
    case requestTimeout
    /// The service refused the token.
    case unauthorized
    /// The API channel is not enabled in the account.
    case channelNotEnabled
    /// The service made no conversation; try again later.
    case conversationNotCreated
    /// The service called the request invalid.
    case invalidRequest
    /// The service knows no such path or conversation.
    case notFound
    /// The service asked to slow down.
    case rateLimited
    /// The service refused in another way: any other 4xx.
    case rejected
    /// The service failed: any 5xx.
    case serverError
    /// The answer is not what the API promises.
    case protocolError
    /// The webhook token is missing or wrong.
    case webhookRejected
    /// A queue of this library is full, or the system gives no thread.
    case overloaded
    /// A fault of this library.
    case `internal`
    /// A panic inside this library was caught.
    case panic
    // generated: end
    /// A code that this version does not know.
    case unknown(String)

    static let table: [(code: Code, name: String, number: Int32)] = [
      // generated: table
      (.timeout, "timeout", 1),
      (.interrupted, "interrupted", 2),
      (.closed, "closed", 3),
      (.nullArgument, "null_argument", 10),
      (.invalidUTF8, "invalid_utf8", 11),
      (.invalidJSON, "invalid_json", 12),
      (.invalidArgument, "invalid_argument", 13),
      (.invalidClient, "invalid_client", 14),
      (.forked, "forked", 15),
      (.unknownMethod, "unknown_method", 16),
      (.network, "network", 20),
      (.tls, "tls", 21),
      (.proxy, "proxy", 22),
      (.requestTimeout, "request_timeout", 23),
      (.unauthorized, "unauthorized", 30),
      (.channelNotEnabled, "channel_not_enabled", 31),
      (.conversationNotCreated, "conversation_not_created", 32),
      (.invalidRequest, "invalid_request", 33),
      (.notFound, "not_found", 34),
      (.rateLimited, "rate_limited", 35),
      (.rejected, "rejected", 36),
      (.serverError, "server_error", 37),
      (.protocolError, "protocol_error", 38),
      (.webhookRejected, "webhook_rejected", 39),
      (.overloaded, "overloaded", 40),
      (.internal, "internal", 90),
      (.panic, "panic", 91),
      // generated: end
    ]

    /// The code with this name of the library's.
    public init(name: String) {
      self = Self.table.first { $0.name == name }?.code ?? .unknown(name)
    }

    /// The library's name of it, such as `rate_limited`.
    public var name: String {
      if case .unknown(let name) = self { return name }
      return Self.table.first { $0.code == self }?.name ?? "unknown"
    }

    /// The number of the C interface; `nil` for a code that this version does not know.
    public var number: Int32? {
      Self.table.first { $0.code == self }?.number
    }
  }
}
