// One conversation: what the visitor says, and what comes back.

/// A conversation of a visitor with a bot or an agent.
public struct Conversation: Sendable, Identifiable {
  /// Keep it to continue later; events name it as `conversationID`.
  public let id: String
  /// The client that it belongs to.
  public let client: WotnotClient
  /// What the service said when it was started; `nil` when it was continued by its id.
  public let started: Started?

  /// Who the service takes the visitor for; `nil` when it was continued by its id.
  public var contact: Contact? { started?.contact }

  /// Sends typed text.
  @discardableResult
  public func sendText(
    _ body: String, timeout: Duration? = nil, clientID: String? = nil, queue: Bool = false
  ) async throws -> Sent {
    try await send(.text(body), timeout: timeout, clientID: clientID, queue: queue)
  }

  /// Sends a slider's value.
  @discardableResult
  public func sendSlider(_ value: Double, timeout: Duration? = nil) async throws -> Sent {
    try await send(.slider(value), timeout: timeout)
  }

  /// Sends links to files that you host.
  @discardableResult
  public func sendFiles(_ files: [FileLink], timeout: Duration? = nil) async throws -> Sent {
    try await send(.files(files), timeout: timeout)
  }

  /// Sends the values of variables: about the person, and others.
  @discardableResult
  public func sendVariables(
    contact: [String: JSONValue] = [:], other: [String: JSONValue] = [:], timeout: Duration? = nil
  ) async throws -> Sent {
    try await send(.variables(contact: contact, other: other), timeout: timeout)
  }

  /// Sends a message, such as the `answer` of a choice; the arguments are those of `WotnotClient.send`.
  @discardableResult
  public func send(
    _ message: Message, timeout: Duration? = nil, clientID: String? = nil, queue: Bool = false
  ) async throws -> Sent {
    try await client.send(message, to: id, timeout: timeout, clientID: clientID, queue: queue)
  }

  /// Says something and gives the bot's whole turn: all that comes until it asks something, the
  /// conversation is closed or handed over, or nothing comes for `quiet` (3 s) after the last event.
  /// `timeout` is for both. Needs a client with a webhook. When it fails, no event is lost.
  public func ask(
    _ message: Message, timeout: Duration? = nil, quiet: Duration? = nil
  ) async throws -> Turn {
    try await client.ask(message, in: id, timeout: timeout, quiet: quiet)
  }

  /// The same with typed text.
  public func ask(
    _ text: String, timeout: Duration? = nil, quiet: Duration? = nil
  ) async throws -> Turn {
    try await ask(.text(text), timeout: timeout, quiet: quiet)
  }

  /// The events of this conversation, in order. Ends as `WotnotClient.events` does; events of other
  /// conversations stay for others.
  public func events(timeout: Duration? = nil) -> AsyncThrowingStream<Event, any Error> {
    client.stream(of: id, timeout)
  }

  /// The next event of this conversation; `nil` when none came within `timeout`.
  public func receive(timeout: Duration? = nil) async throws -> Event? {
    try await client.receive(of: id, timeout: timeout)
  }
}
