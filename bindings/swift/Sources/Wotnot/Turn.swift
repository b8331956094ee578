// The bot's whole turn: what it made of a message.

/// All that came until the bot's turn was over.
public struct Turn: Sendable, Hashable, Codable {
  /// The service's id of the message; `nil` when the service gives none.
  public let messageID: String?
  /// What was said, as plain text, one message a line; without what is late.
  public let text: String
  /// How the turn came to its end.
  public let ended: End
  /// The answer that the bot waits for; `nil` when it waits for none.
  public let prompt: Prompt?
  /// Every event of the conversation but the visitor's own messages.
  public let events: [Event]
  /// What showed that the message was taken, where its answer was lost: `echo` or `prompt`.
  public let confirmedBy: String?

  /// How a turn comes to its end.
  public enum End: String, Sendable, Codable, CaseIterable {
    /// The bot asked something.
    case prompt
    /// The conversation was closed.
    case closed
    /// A person answers from now on.
    case handedOver = "handed_over"
    /// Something came, and then nothing for a while.
    case quiet
    /// The time was over.
    case timeout
    /// A way that this version does not know.
    case unknown

    public init(from decoder: any Decoder) throws {
      self = End(rawValue: try String(from: decoder)) ?? .unknown
    }
  }

  enum CodingKeys: String, CodingKey {
    case text, ended, prompt, events
    case messageID = "message_id"
    case confirmedBy = "confirmed_by"
  }
}

extension Turn {
  /// What is not there is null, as the library writes it.
  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(messageID, forKey: .messageID)
    try members.encode(text, forKey: .text)
    try members.encode(ended, forKey: .ended)
    try members.encode(prompt, forKey: .prompt)
    try members.encode(events, forKey: .events)
    try members.encodeIfPresent(confirmedBy, forKey: .confirmedBy)
  }
}

extension Turn: Discreet {}
