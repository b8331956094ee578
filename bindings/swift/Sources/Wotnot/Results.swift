// What the calls give back.

/// A conversation that was started. Fields that this version does not know are in `extra`.
public struct Started: Sendable, Hashable, Codable {
  public let conversation: Details
  /// Who the service takes the visitor for.
  public let contact: Contact
  /// How `openConversation` came by it; `nil` on one that was started.
  public let opened: Opened?
  /// Whether the service took the first message of the call that gave this; `nil` on one that was
  /// started, which always says so.
  public let messageSent: Bool?
  /// The id of the first message; through a gateway alone.
  public let clientID: String?
  public let extra: [String: JSONValue]?

  enum CodingKeys: String, CodingKey {
    case conversation, contact, opened, extra
    case messageSent = "message_sent"
    case clientID = "client_id"
  }

  /// The conversation that the service made.
  public struct Details: Sendable, Hashable, Codable {
    public let id: String
    /// As the service writes it: `YYYY-MM-DD HH:MM:SS.ffffff`, taken to be UTC.
    public let createdAt: String?
    /// Who answers: the bot.
    public let assignee: Assignee?
    public let extra: [String: JSONValue]?

    enum CodingKeys: String, CodingKey {
      case id, assignee, extra
      case createdAt = "created_at"
    }

    public func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(id, forKey: .id)
      try members.encode(createdAt, forKey: .createdAt)
      try members.encode(assignee, forKey: .assignee)
      try members.encodeIfPresent(extra, forKey: .extra)
    }
  }
}

/// What `openConversation` does when the visitor has a conversation with the bot.
public enum IfKnown: String, Sendable, Codable, CaseIterable {
  /// Gives it, and sends nothing.
  case reuse
  /// Throws `invalidArgument`.
  case refuse
  /// Starts another, which takes its place.
  case new
}

/// How `openConversation` came by a conversation.
public enum Opened: String, Sendable, Codable, CaseIterable {
  /// The service made it now.
  case started
  /// The visitor had it.
  case reused
  /// The answer to its start was lost, and an event named it.
  case recovered
}

/// Who answers in a conversation.
public struct Assignee: Sendable, Hashable, Codable {
  public let id: String?
  /// The bot user's e-mail address.
  public let to: String?
  public let extra: [String: JSONValue]?
}

/// The person as the service knows them.
public struct Contact: Sendable, Hashable, Codable {
  public let name: String?
  public let email: String?
  public let phone: String?
  /// Events name it as `visitorKey`.
  public let visitorKey: String?
  public let extra: [String: JSONValue]?

  enum CodingKeys: String, CodingKey {
    case name, email, phone, extra
    case visitorKey = "visitor_key"
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(name, forKey: .name)
    try members.encode(email, forKey: .email)
    try members.encode(phone, forKey: .phone)
    try members.encode(visitorKey, forKey: .visitorKey)
    try members.encodeIfPresent(extra, forKey: .extra)
  }
}

/// A message that the service took.
public struct Sent: Sendable, Hashable, Codable {
  /// The service's id of it; nil when the service gives none.
  public let messageID: String?
  /// Your own id of it, or the one that was made; through a gateway alone.
  public let clientID: String?
  /// The number of its entry in the gateway's log.
  public let seq: UInt64?
  /// What becomes of it; through a gateway alone.
  public let state: MessageState?
  public let extra: [String: JSONValue]?

  enum CodingKeys: String, CodingKey {
    case extra, seq, state
    case clientID = "client_id"
    case messageID = "message_id"
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(messageID, forKey: .messageID)
    try members.encodeIfPresent(clientID, forKey: .clientID)
    try members.encodeIfPresent(seq, forKey: .seq)
    try members.encodeIfPresent(state, forKey: .state)
    try members.encodeIfPresent(extra, forKey: .extra)
  }
}

/// An HTTP answer for your own web server to give.
public struct Reply: Sendable, Hashable, Codable {
  public let status: Int
  /// JSON text.
  public let body: String
}

/// A webhook post that was read.
public struct ParsedWebhook: Sendable, Hashable, Codable {
  public let events: [Event]
  /// What your web server must answer.
  public let reply: Reply
}

/// What a client is and has done so far.
public struct Status: Sendable, Hashable, Codable {
  /// The library's version.
  public let version: String
  /// The service it talks to.
  public let baseURL: String
  /// Where its listener takes events; `nil` when it has none.
  public let webhookURL: String?
  /// A descriptor that is readable while events wait, for poll and its like; `nil` where there is none.
  public let eventDescriptor: Int32?
  /// The overall deadline of a call that names none, in milliseconds.
  public let timeoutMilliseconds: Int64
  public let counters: Counters
  /// How events come in; `nil` on a client without a webhook.
  public let webhook: Webhook?
  /// What is known at the gateway; `nil` on a client of the service itself.
  public let gateway: Gateway?

  enum CodingKeys: String, CodingKey {
    case version, counters, webhook, gateway
    case eventDescriptor = "event_fd"
    case timeoutMilliseconds = "timeout_ms"
    case baseURL = "base_url"
    case webhookURL = "webhook_url"
  }

  /// As the library writes it: what there is none of is null, but for `gateway`.
  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(version, forKey: .version)
    try members.encode(baseURL, forKey: .baseURL)
    try members.encode(webhookURL, forKey: .webhookURL)
    try members.encode(eventDescriptor, forKey: .eventDescriptor)
    try members.encode(timeoutMilliseconds, forKey: .timeoutMilliseconds)
    try members.encode(counters, forKey: .counters)
    try members.encode(webhook, forKey: .webhook)
    try members.encodeIfPresent(gateway, forKey: .gateway)
  }

  /// Who the visitor is at a gateway, and what waits for a network.
  public struct Gateway: Sendable, Hashable, Codable {
    /// The gateway's id of the visitor; `nil` before the first call.
    public let visitorID: String?
    /// The conversation that was begun; `nil` when none was.
    public let conversationID: String?
    /// How many messages are kept here and go out when there is a network.
    public let kept: Int
    /// Whether a thread of this client's own fills the inbox.
    public let background: Bool

    enum CodingKeys: String, CodingKey {
      case kept, background
      case visitorID = "visitor_id"
      case conversationID = "conversation_id"
    }

    public func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(visitorID, forKey: .visitorID)
      try members.encode(conversationID, forKey: .conversationID)
      try members.encode(kept, forKey: .kept)
      try members.encode(background, forKey: .background)
    }
  }

  /// Counts since the client was made.
  public struct Counters: Sendable, Hashable, Codable {
    public let calls: UInt64
    /// Calls that failed.
    public let failures: UInt64
    /// Requests beyond the first of a call.
    public let retries: UInt64
    public let bytesSent: UInt64
    public let bytesReceived: UInt64
    /// Events that wait in the library now.
    public let eventsHeld: UInt64
    /// What they take of the webhook's `capacityBytes`.
    public let bytesHeld: UInt64
    /// The conversations that they belong to.
    public let conversationsHeld: UInt64
    /// Events that nobody read and that gave way to others when all was full.
    public let eventsEvicted: UInt64
    /// Deliveries that were answered 503 because the inbox was full.
    public let deliveriesRefused: UInt64
    /// Events that were delivered more than once and left out.
    public let eventsDuplicate: UInt64

    enum CodingKeys: String, CodingKey {
      case calls, failures, retries
      case bytesSent = "bytes_sent"
      case bytesReceived = "bytes_received"
      case eventsHeld = "events_held"
      case bytesHeld = "bytes_held"
      case conversationsHeld = "conversations_held"
      case eventsEvicted = "events_evicted"
      case deliveriesRefused = "deliveries_refused"
      case eventsDuplicate = "events_duplicate"
    }
  }

  /// How events come in, and what was refused.
  public struct Webhook: Sendable, Hashable, Codable {
    /// How many events wait at most.
    public let capacity: UInt64
    /// How many bytes they take at most.
    public let capacityBytes: UInt64
    /// After how many milliseconds without a reader a conversation gives way when all is full.
    public let idleMilliseconds: UInt64
    public let refused: RefusedPosts
    /// When a post was last refused, RFC 3339 in UTC; `nil` when none was.
    public let lastRefusedAt: String?

    enum CodingKeys: String, CodingKey {
      case capacity, refused
      case capacityBytes = "capacity_bytes"
      case idleMilliseconds = "idle_ms"
      case lastRefusedAt = "last_refused_at"
    }

    public func encode(to encoder: any Encoder) throws {
      var members = encoder.container(keyedBy: CodingKeys.self)
      try members.encode(capacity, forKey: .capacity)
      try members.encode(capacityBytes, forKey: .capacityBytes)
      try members.encode(idleMilliseconds, forKey: .idleMilliseconds)
      try members.encode(refused, forKey: .refused)
      try members.encode(lastRefusedAt, forKey: .lastRefusedAt)
    }
  }

  /// Posts that were refused since the client was made, by reason.
  public struct RefusedPosts: Sendable, Hashable, Codable {
    /// No webhook token, or a wrong one (401).
    public let unauthorized: UInt64
    /// No JSON, or no delivery (400).
    public let malformed: UInt64
    /// A body over 1 MiB, or more than an empty inbox takes (413).
    public let tooLarge: UInt64
    /// The inbox was full (503).
    public let overloaded: UInt64
    /// The listener was asked for another path (404).
    public let wrongPath: UInt64
    /// The listener was asked by another method than POST (405).
    public let wrongMethod: UInt64
    /// The sender took too long for its body (408).
    public let tooSlow: UInt64

    enum CodingKeys: String, CodingKey {
      case unauthorized, malformed, overloaded
      case tooLarge = "too_large"
      case wrongPath = "wrong_path"
      case wrongMethod = "wrong_method"
      case tooSlow = "too_slow"
    }
  }
}
