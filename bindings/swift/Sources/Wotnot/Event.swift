// What the service says, as types. What is not understood arrives as `unknown`, never as an error.

import Foundation

/// One event.
public struct Event: Sendable, Hashable {
  /// What happened.
  public let kind: Kind
  /// Counts the events of one client in the order of their arrival, from 1; `nil` on events of
  /// `parseWebhook`.
  public let seq: UInt64?
  /// The same for every delivery of the same event.
  public let eventID: String
  /// The conversation, as `startConversation` named it.
  public let conversationID: String?
  /// The visitor, as `startConversation` named them.
  public let visitorKey: String?
  /// When the library took it, RFC 3339 in UTC.
  public let receivedAt: String
  /// When it happened by the service's clock, RFC 3339 in UTC; `nil` where it does not say.
  public let occurredAt: String?
  /// Whether the conversation is closed now; on `status` alone, `nil` where the service does not say.
  public let closed: Bool?
  /// Who answers from now on; on `assignee` alone, `nil` where the service does not say.
  public let handover: Handover?
  /// Through a gateway: the visitor's own id of a message of theirs.
  public let clientID: String?
  /// Beside `clientID`: what became of it.
  public let state: MessageState?
  /// On `delivery` and `reset`: why.
  public let reason: String?
  /// Whether it came before the message of the turn that it is part of.
  public let isLate: Bool
  /// The event as the service sent it; its text where it cannot be read.
  public let raw: JSONValue

  /// What happened. The payload of all but messages is as the service sent it.
  public enum Kind: Sendable, Hashable {
    /// The bot, an agent or the visitor said something.
    case message(MessageContent)
    /// A conversation was made.
    case conversationCreated(JSONValue)
    /// It was opened or closed.
    case status(JSONValue)
    /// Somebody else answers now.
    case assignee(JSONValue)
    /// A variable was written.
    case variables(JSONValue)
    /// A label was put on.
    case label(JSONValue)
    /// An agent wrote a note.
    case note(JSONValue)
    /// A service level was missed.
    case slaBreached(JSONValue)
    /// A message was delivered or read.
    case messageStatus(JSONValue)
    /// The inbox was full, and this conversation, which nobody read, gave way: so many of its events are gone.
    case evicted(events: UInt64)
    /// What became of the visitor's message, from a gateway: `state` of `clientID`.
    case delivery(JSONValue)
    /// A gateway could not go on where this client was: what it has of the conversation follows.
    case reset(JSONValue)
    /// A gateway does not take the visitor's identity any more: give it a fresh one.
    case identityWanted(JSONValue)
    /// How far a file is on its way to a gateway.
    case upload(JSONValue)
    /// A kind that this version does not know, by the library's word for it.
    case unknown(String, JSONValue)
  }

  /// A message: who, what, and what the bot waits for.
  public struct MessageContent: Sendable, Hashable {
    /// `nil` where the service does not say.
    public let by: Author?
    /// Plain text; empty when there is none.
    public let text: String
    /// As HTML, as it was sent.
    public let html: String?
    /// The message as it was sent.
    public let message: JSONValue
    /// The answer that the bot waits for; `nil` when it waits for none.
    public let prompt: Prompt?
  }

  /// Who answers from now on.
  public struct Handover: Sendable, Hashable, Codable {
    /// The new assignee.
    public let direction: Direction
    /// Their name, where the service gives it.
    public let name: String?

    /// Who takes a conversation over.
    public enum Direction: String, Sendable, Hashable, Codable {
      case toAgent = "to_agent"
      case toBot = "to_bot"
    }

    enum CodingKeys: String, CodingKey { case direction, name }

    public func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(direction, forKey: .direction)
      try members.encode(name, forKey: .name)
    }
  }

  /// Who said something.
  public enum Author: Sendable, Hashable {
    case bot, agent, visitor
    /// A word that the service may add.
    case other(String)
  }
}

extension Event {
  /// The plain text, if this is a message.
  public var text: String? { content?.text }

  /// The prompt, if this is a message that waits for an answer.
  public var prompt: Prompt? { content?.prompt }

  /// Who said it, if this is a message and the service says.
  public var by: Author? { content?.by }

  /// What only messages have.
  public var content: MessageContent? {
    guard case .message(let content) = kind else { return nil }
    return content
  }

  /// `receivedAt` as a date.
  public var receivedDate: Date? {
    try? Date.ISO8601FormatStyle(includingFractionalSeconds: true).parse(receivedAt)
  }
}

extension Event.Author {
  init(word: String) {
    switch word {
    case "bot": self = .bot
    case "agent": self = .agent
    case "visitor": self = .visitor
    default: self = .other(word)
    }
  }

  /// The service's word for it.
  public var word: String {
    switch self {
    case .bot: "bot"
    case .agent: "agent"
    case .visitor: "visitor"
    case .other(let word): word
    }
  }
}

extension Event.MessageContent: Codable {
  enum Key: String, CodingKey { case by, text, html, message, prompt }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    by = try members.decodeIfPresent(String.self, forKey: .by).map(Event.Author.init(word:))
    text = try members.decode(String.self, forKey: .text)
    html = try members.decodeIfPresent(String.self, forKey: .html)
    message = try members.decode(JSONValue.self, forKey: .message)
    prompt = try members.decodeIfPresent(Prompt.self, forKey: .prompt)
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(by?.word, forKey: .by)
    try members.encode(text, forKey: .text)
    try members.encode(html, forKey: .html)
    try members.encode(message, forKey: .message)
    try members.encode(prompt, forKey: .prompt)
  }
}

extension Event: Codable {
  enum Key: String, CodingKey {
    case type, seq, payload, raw, closed, handover, events, state, reason
    case clientID = "client_id"
    case isLate = "late"
    case eventID = "event_id"
    case conversationID = "conversation_id"
    case visitorKey = "visitor_key"
    case receivedAt = "received_at"
    case occurredAt = "occurred_at"
  }

  public init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    seq = try members.decodeIfPresent(UInt64.self, forKey: .seq)
    eventID = try members.decodeIfPresent(String.self, forKey: .eventID) ?? ""
    conversationID = try members.decodeIfPresent(String.self, forKey: .conversationID)
    visitorKey = try members.decodeIfPresent(String.self, forKey: .visitorKey)
    receivedAt = try members.decodeIfPresent(String.self, forKey: .receivedAt) ?? ""
    occurredAt = try members.decodeIfPresent(String.self, forKey: .occurredAt)
    closed = try members.decodeIfPresent(Bool.self, forKey: .closed)
    handover = try? members.decodeIfPresent(Handover.self, forKey: .handover)
    clientID = try members.decodeIfPresent(String.self, forKey: .clientID)
    state = try members.decodeIfPresent(MessageState.self, forKey: .state)
    reason = try members.decodeIfPresent(String.self, forKey: .reason)
    isLate = try members.decodeIfPresent(Bool.self, forKey: .isLate) ?? false
    raw = try members.decodeIfPresent(JSONValue.self, forKey: .raw) ?? .null
    let type = try members.decode(String.self, forKey: .type)
    let payload = try members.decodeIfPresent(JSONValue.self, forKey: .payload) ?? .null
    kind =
      switch type {
      case "message": (try? MessageContent(from: decoder)).map(Kind.message) ?? .unknown(type, payload)
      case "conversation_created": .conversationCreated(payload)
      case "status": .status(payload)
      case "assignee": .assignee(payload)
      case "variables": .variables(payload)
      case "label": .label(payload)
      case "note": .note(payload)
      case "sla_breached": .slaBreached(payload)
      case "message_status": .messageStatus(payload)
      case "evicted":
        .evicted(events: try members.decodeIfPresent(UInt64.self, forKey: .events) ?? 0)
      case "delivery": .delivery(payload)
      case "reset": .reset(payload)
      case "identity_wanted": .identityWanted(payload)
      case "upload": .upload(payload)
      default: .unknown(type, payload)
      }
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: Key.self)
    try members.encodeIfPresent(seq, forKey: .seq)
    try members.encode(eventID, forKey: .eventID)
    try members.encode(conversationID, forKey: .conversationID)
    try members.encode(visitorKey, forKey: .visitorKey)
    try members.encode(receivedAt, forKey: .receivedAt)
    try members.encodeIfPresent(occurredAt, forKey: .occurredAt)
    try members.encodeIfPresent(closed, forKey: .closed)
    try members.encodeIfPresent(handover, forKey: .handover)
    try members.encodeIfPresent(clientID, forKey: .clientID)
    try members.encodeIfPresent(state, forKey: .state)
    try members.encodeIfPresent(reason, forKey: .reason)
    if isLate { try members.encode(true, forKey: .isLate) }
    try members.encode(raw, forKey: .raw)
    let (type, payload) = kind.parts
    try members.encode(type, forKey: .type)
    if case .message(let content) = kind {
      try content.encode(to: encoder)
    } else if case .evicted(let events) = kind {
      try members.encode(events, forKey: .events)
    } else {
      try members.encode(payload, forKey: .payload)
    }
  }
}

extension Event.Kind {
  /// The library's word for it, such as `message_status`.
  public var name: String { parts.name }

  fileprivate var parts: (name: String, payload: JSONValue) {
    switch self {
    case .message: ("message", .null)
    case .conversationCreated(let payload): ("conversation_created", payload)
    case .status(let payload): ("status", payload)
    case .assignee(let payload): ("assignee", payload)
    case .variables(let payload): ("variables", payload)
    case .label(let payload): ("label", payload)
    case .note(let payload): ("note", payload)
    case .slaBreached(let payload): ("sla_breached", payload)
    case .messageStatus(let payload): ("message_status", payload)
    case .evicted: ("evicted", .null)
    case .delivery(let payload): ("delivery", payload)
    case .reset(let payload): ("reset", payload)
    case .identityWanted(let payload): ("identity_wanted", payload)
    case .upload(let payload): ("upload", payload)
    case .unknown(let name, let payload): (name, payload)
    }
  }
}

extension Event {
  /// JSON for a browser or another program: what a chat window needs, and nothing that the service
  /// sent besides. No `raw`, no payload, no `visitorKey`. What is not known is null.
  public func windowJSON() throws -> String {
    let more =
      switch kind {
      case .message: ["by", "text", "html", "prompt"]
      case .status: ["closed"]
      case .assignee: ["handover"]
      default: [String]()
      }
    let shown =
      ["type", "seq", "event_id", "conversation_id", "received_at", "occurred_at"] + more
    let members = try JSONValue(self).objectValue ?? [:]
    return try JSONValue.object(
      Dictionary(uniqueKeysWithValues: shown.map { ($0, members[$0] ?? .null) })
    ).json()
  }
}
