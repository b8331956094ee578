// The log: retries and verdicts, as the library logs them.

/// What happened to a call. Holds no token, no id of a visitor, and nothing that anybody said.
public struct LogRecord: Sendable, Hashable, Codable {
  /// What is logged.
  public let kind: Kind
  /// All of it as one line for people.
  public let text: String
  /// The library's method, such as `send_message`.
  public let method: String
  /// The conversation that the call named; `nil` where it named none.
  public let conversationID: String?
  /// `ok`, or the error's.
  public let code: String
  /// `not_sent`, `rejected` or `unknown`: what became of the message so far; `nil` on success.
  public let delivery: String?
  /// The HTTP status of the last answer, on failures that had one.
  public let httpStatus: Int?
  /// How many requests were tried up to now.
  public let attempts: Int
  /// How many milliseconds are waited before the next one; on retries alone.
  public let waitMilliseconds: Int64?
  /// How many milliseconds the call has taken up to now.
  public let durationMilliseconds: Int64
  /// The error's text; `nil` on success.
  public let message: String?
  /// How many older records nobody took and are gone; `nil` where none are.
  public let dropped: UInt64?

  /// What a record says.
  public enum Kind: String, Sendable, Hashable, Codable {
    /// An attempt failed, and another one follows.
    case retry
    /// The call is over.
    case verdict
  }

  enum CodingKeys: String, CodingKey {
    case kind, text, method, code, delivery, attempts, message, dropped
    case conversationID = "conversation_id"
    case httpStatus = "http_status"
    case waitMilliseconds = "wait_ms"
    case durationMilliseconds = "duration_ms"
  }

  /// The JSON form of the library: what is not known is null.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(kind, forKey: .kind)
    try fields.encode(text, forKey: .text)
    try fields.encode(method, forKey: .method)
    try fields.encode(conversationID, forKey: .conversationID)
    try fields.encode(code, forKey: .code)
    try fields.encode(delivery, forKey: .delivery)
    try fields.encode(httpStatus, forKey: .httpStatus)
    try fields.encode(attempts, forKey: .attempts)
    try fields.encodeIfPresent(waitMilliseconds, forKey: .waitMilliseconds)
    try fields.encode(durationMilliseconds, forKey: .durationMilliseconds)
    try fields.encode(message, forKey: .message)
    try fields.encodeIfPresent(dropped, forKey: .dropped)
  }
}

extension LogRecord: CustomStringConvertible {
  /// `text`.
  public var description: String { text }
}

/// The event that carries a record.
struct LogEvent: Decodable {
  let log: LogRecord
}

/// Whether what is logged is wanted, or what the service says.
enum LogFilter: String, Encodable {
  case only, without
}
