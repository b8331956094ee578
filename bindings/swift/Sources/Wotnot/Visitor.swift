// What only a visitor of a gateway has: states of messages, decisions on them, transcripts.

/// What became of a message, through a gateway.
public enum MessageState: RawRepresentable, Sendable, Hashable, Codable {
  /// It waits here for a network.
  case kept
  /// The gateway has it.
  case queued
  /// It is on its way to the bot.
  case sending
  /// The bot has it.
  case accepted
  /// The service refused it; an event's `reason` says why.
  case rejected
  /// The bot has it or not: `Conversation.resolve` decides.
  case unconfirmed
  /// It was sent once more.
  case resent
  /// It was given up.
  case discarded
  /// A word that a gateway may add.
  case other(String)

  private static let known: [MessageState] = [
    .kept, .queued, .sending, .accepted, .rejected, .unconfirmed, .resent, .discarded,
  ]

  public init(rawValue: String) {
    self = Self.known.first { $0.rawValue == rawValue } ?? .other(rawValue)
  }

  /// The gateway's word for it.
  public var rawValue: String {
    switch self {
    case .kept: "kept"
    case .queued: "queued"
    case .sending: "sending"
    case .accepted: "accepted"
    case .rejected: "rejected"
    case .unconfirmed: "unconfirmed"
    case .resent: "resent"
    case .discarded: "discarded"
    case .other(let word): word
    }
  }
}

/// What is done about a message that is `unconfirmed`.
public enum Resolution: String, Sendable, Codable, CaseIterable {
  /// It is sent once more.
  case resend
  /// It is given up.
  case discard
}

/// The form of a transcript.
public enum TranscriptFormat: String, Sendable, Codable, CaseIterable {
  case json, txt, html
}

extension WotnotClient {
  /// Says who the visitor is, as your site signed it for a gateway; `nil` is anonymous. Give a fresh one when
  /// the event `identityWanted` asks for it.
  public func setIdentity(_ identity: Secret?) throws(WotnotError) {
    let parameters = JSONValue.members(["identity": identity.map { .string($0.exposed) }])
    _ = try callNow("set_identity", parameters)
  }
}

extension Conversation {
  /// Decides on a message whose `state` is `unconfirmed`, through a gateway.
  @discardableResult
  public func resolve(
    _ clientID: String, _ resolution: Resolution, timeout: Duration? = nil
  ) async throws -> Sent {
    struct Parameters: Encodable {
      let conversation_id: String
      let client_id: String
      let action: Resolution
      let timeout_ms: Int64?
    }
    let parameters = Parameters(
      conversation_id: id, client_id: clientID, action: resolution,
      timeout_ms: timeout?.wholeMilliseconds)
    return try await client.performNamed("resolve", parameters, timeout)
  }

  /// The whole conversation as a gateway has it.
  public func transcript(
    _ format: TranscriptFormat = .txt, timeout: Duration? = nil
  ) async throws -> String {
    struct Parameters: Encodable {
      let conversation_id: String
      let format: TranscriptFormat
      let timeout_ms: Int64?
    }
    struct Transcript: Decodable {
      let content: String
    }
    let parameters = Parameters(
      conversation_id: id, format: format, timeout_ms: timeout?.wholeMilliseconds)
    let transcript: Transcript = try await client.performNamed("transcript", parameters, timeout)
    return transcript.content
  }
}
