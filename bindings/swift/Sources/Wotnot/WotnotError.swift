// The one error type, and what an application decides by: code, delivery, retryable.

import Foundation

/// Why a call did not succeed. Never holds a token or a visitor's text.
///
/// ```swift
/// do {
///   try await chat.sendText("30")
/// } catch let error as WotnotError where error.delivery == .notSent {
///   offerToTryAgain()
/// }
/// ```
public struct WotnotError: Error, Sendable, Hashable {
  /// What went wrong.
  public let code: Code
  /// What was wrong, what was expected and what to do. For people.
  public let message: String
  /// Whether the same call may succeed later without a change.
  public let retryable: Bool
  /// How long the service asked to wait.
  public let retryAfter: Duration?
  /// What became of the message; `nil` for calls that send nothing.
  public let delivery: Delivery?
  /// The HTTP status of the last answer.
  public let httpStatus: Int?
  /// The service's own word, such as `JWT_SIGNATURE_EXCEPTION`.
  public let apiCode: String?
  /// How many requests were tried.
  public let attempts: Int
  /// The method that was called.
  public let method: String?
  /// What your own web server must answer; on webhook errors alone.
  public let reply: Reply?

  init(_ code: Code, _ message: String, delivery: Delivery? = nil) {
    self.code = code
    self.message = message
    self.delivery = delivery
    method = nil
    retryable = false
    retryAfter = nil
    httpStatus = nil
    apiCode = nil
    attempts = 0
    reply = nil
  }
}

extension WotnotError {
  /// The same error with another message.
  init(_ error: WotnotError, message: String) {
    code = error.code
    self.message = message
    retryable = error.retryable
    retryAfter = error.retryAfter
    delivery = error.delivery
    httpStatus = error.httpStatus
    apiCode = error.apiCode
    attempts = error.attempts
    method = error.method
    reply = error.reply
  }
}

/// What became of a message: the question to ask before offering "try again".
public enum Delivery: String, Sendable, Codable, CaseIterable {
  /// Nothing reached the service: sending again is safe.
  case notSent = "not_sent"
  /// The service said no.
  case rejected
  /// The service may have taken it: look for the visitor's echo among the events before sending
  /// again.
  case unknown
}

extension WotnotError: CustomStringConvertible, LocalizedError {
  /// The code and the message.
  public var description: String { "\(code.name): \(message)" }
  /// The text for people.
  public var errorDescription: String? { message }
}

extension WotnotError: Codable {
  enum Key: String, CodingKey {
    case code, status, message, retryable, delivery, attempts, method, reply
    case retryAfter = "retry_after_ms"
    case httpStatus = "http_status"
    case apiCode = "api_code"
  }

  /// Reads the library's error document. What a newer library adds is ignored.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Key.self)
    code = Code(name: try fields.decode(String.self, forKey: .code))
    message = try fields.decodeIfPresent(String.self, forKey: .message) ?? code.name
    retryable = try fields.decodeIfPresent(Bool.self, forKey: .retryable) ?? false
    retryAfter = try fields.decodeIfPresent(Int64.self, forKey: .retryAfter)
      .map(Duration.milliseconds)
    // A word that a newer library may add promises nothing.
    delivery = try fields.decodeIfPresent(String.self, forKey: .delivery)
      .map { Delivery(rawValue: $0) ?? .unknown }
    httpStatus = try fields.decodeIfPresent(Int.self, forKey: .httpStatus)
    apiCode = try fields.decodeIfPresent(String.self, forKey: .apiCode)
    attempts = try fields.decodeIfPresent(Int.self, forKey: .attempts) ?? 0
    method = try fields.decodeIfPresent(String.self, forKey: .method)
    reply = try fields.decodeIfPresent(Reply.self, forKey: .reply)
  }

  /// Writes the library's error document.
  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Key.self)
    try fields.encode(code.name, forKey: .code)
    try fields.encodeIfPresent(code.number, forKey: .status)
    try fields.encode(message, forKey: .message)
    try fields.encode(retryable, forKey: .retryable)
    try fields.encode(retryAfter.map(\.wholeMilliseconds), forKey: .retryAfter)
    try fields.encode(httpStatus, forKey: .httpStatus)
    try fields.encode(apiCode, forKey: .apiCode)
    try fields.encode(delivery, forKey: .delivery)
    try fields.encode(attempts, forKey: .attempts)
    try fields.encode(method, forKey: .method)
    try fields.encodeIfPresent(reply, forKey: .reply)
  }
}

extension Duration {
  /// Milliseconds, cut; bounded, so that any duration has an answer.
  var wholeMilliseconds: Int64 {
    let (seconds, attoseconds) = components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    return whole + attoseconds / 1_000_000_000_000_000
  }
}
