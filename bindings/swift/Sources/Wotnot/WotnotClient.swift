// The client: conversations, events, webhooks.

import Foundation

/// A client of the API channel. Share it between tasks and actors; the last reference closes it.
///
/// ```swift
/// let client = try WotnotClient(Configuration(token: "...", botKey: "lead-bot"))
/// let chat = try await client.startConversation(visitorID: "visitor-42", text: "Hello")
/// ```
///
/// Calls block threads of their own, never those of Swift's tasks: at most 64 of a client at once, and
/// the time that one waits for its turn counts. A task that is cancelled during a call gets a
/// `WotnotError` with the code `interrupted` at once, and its `delivery` says what became of the
/// message. A wait for events has nothing to say, and gives `CancellationError`.
public final class WotnotClient: Sendable {
  private let handle: Handle
  private let calls: Calls
  private let mailbox: Mailbox

  /// Makes a client and opens its listener when it has one. Sends nothing.
  public convenience init(_ configuration: Configuration) throws(WotnotError) {
    do {
      try self.init(json: configuration.json)
    } catch {
      throw error.namingSetting
    }
  }

  /// Makes a client from the JSON form of a configuration, as a settings file may hold it.
  public init(json: JSONValue) throws(WotnotError) {
    handle = try Handle(configuration: text(of: json))
    calls = Calls(handle: handle)
    mailbox = Mailbox(handle: handle)
  }

  deinit {
    close()
  }

  /// Ends every call and every wait at once, and stays closed. A second time does nothing.
  public func close() {
    handle.close()
  }

  // MARK: Conversations

  /// Starts a conversation with the visitor's first words. Once for each visitor; keep its id, or
  /// leave both to `openConversation`. A gateway knows its visitor, and needs no `visitorID`.
  @discardableResult
  public func startConversation(
    visitorID: String? = nil, text: String, variables: Variables? = nil, botKey: String? = nil,
    timeout: Duration? = nil
  ) async throws -> Conversation {
    try await startConversation(
      visitorID: visitorID, message: .text(text), variables: variables, botKey: botKey,
      timeout: timeout)
  }

  /// Starts a conversation with a first message of your own making.
  @discardableResult
  public func startConversation(
    visitorID: String? = nil, message: Message, variables: Variables? = nil, botKey: String? = nil,
    timeout: Duration? = nil
  ) async throws -> Conversation {
    struct Parameters: Encodable {
      let visitor_id: String?
      let message: Message
      let variables: Variables?
      let bot_key: String?
      let timeout_ms: Int64?
    }
    let parameters = Parameters(
      visitor_id: visitorID, message: message, variables: variables, bot_key: botKey,
      timeout_ms: timeout?.wholeMilliseconds)
    let started: Started = try await performNamed("start_conversation", parameters, timeout)
    return Conversation(id: started.conversation.id, client: self, started: started)
  }

  /// The visitor's conversation with the bot: the one that they have, or one that is started with
  /// `text`. Its `started` says which in `opened`, and in `messageSent` whether the text was taken.
  @discardableResult
  public func openConversation(
    visitorID: String? = nil, text: String, variables: Variables? = nil, botKey: String? = nil,
    timeout: Duration? = nil, ifKnown: IfKnown = .reuse
  ) async throws -> Conversation {
    struct Parameters: Encodable {
      let visitor_id: String?
      let message: Message
      let variables: Variables?
      let bot_key: String?
      let timeout_ms: Int64?
      let if_known: IfKnown
    }
    let parameters = Parameters(
      visitor_id: visitorID, message: .text(text), variables: variables, bot_key: botKey,
      timeout_ms: timeout?.wholeMilliseconds, if_known: ifKnown)
    let opened: Started = try await performNamed("open_conversation", parameters, timeout)
    return Conversation(id: opened.conversation.id, client: self, started: opened)
  }

  /// Forgets the conversations that `openConversation` knows of the visitor, with their events; gives
  /// how many there were. Through a gateway it erases all that the gateway keeps of the visitor, who
  /// needs no id.
  @discardableResult
  public func forget(visitorID: String? = nil) throws(WotnotError) -> Int {
    let parameters = JSONValue.members(["visitor_id": visitorID.map(JSONValue.string)])
    let forgotten = try callNow("forget", parameters)
    return forgotten["forgotten"]?.intValue ?? 0
  }

  /// Continues a conversation that was started before.
  public func conversation(_ id: String) -> Conversation {
    Conversation(id: id, client: self, started: nil)
  }

  /// Sends what the visitor answered. `Conversation` has the shorter ways.
  ///
  /// Through a gateway, `clientID` is your own id of the message, by which it counts once, and `queue`
  /// has it kept where there is no network, to go out later.
  @discardableResult
  public func send(
    _ message: Message, to conversationID: String, timeout: Duration? = nil,
    clientID: String? = nil, queue: Bool = false
  ) async throws -> Sent {
    struct Parameters: Encodable {
      let conversation_id: String
      let message: Message
      let timeout_ms: Int64?
      let client_id: String?
      let queue: Bool?
    }
    return try await performNamed(
      "send_message",
      Parameters(
        conversation_id: conversationID, message: message, timeout_ms: timeout?.wholeMilliseconds,
        client_id: clientID, queue: queue ? true : nil),
      timeout)
  }

  func ask(
    _ message: Message, in conversationID: String, timeout: Duration?, quiet: Duration?
  ) async throws -> Turn {
    struct Parameters: Encodable {
      let conversation_id: String
      let message: Message
      let timeout_ms: Int64?
      let quiet_ms: Int64?
    }
    let parameters = Parameters(
      conversation_id: conversationID, message: message, timeout_ms: timeout?.wholeMilliseconds,
      quiet_ms: quiet?.wholeMilliseconds)
    return try await performNamed("converse", parameters, timeout)
  }

  // MARK: Events

  /// The events of all conversations, in order. Ends when the client is closed, by `interrupt`, or when
  /// no event came within `timeout`; cancelling the task ends the wait at once and loses no event.
  public func events(timeout: Duration? = nil) -> AsyncThrowingStream<Event, any Error> {
    stream(of: nil, timeout)
  }

  /// The next event; `nil` when none came within `timeout`. Waits without end when there is none.
  public func receive(timeout: Duration? = nil) async throws -> Event? {
    try await mailbox.next(of: nil, within: timeout)
  }

  /// Ends every wait for events now: `receive` throws `interrupted`, and a loop over `events` ends.
  /// Later waits are not touched.
  public func interrupt() {
    handle.interrupt()
    mailbox.interrupt()
  }

  func receive(of conversation: String, timeout: Duration?) async throws -> Event? {
    try await mailbox.next(of: conversation, within: timeout)
  }

  func stream(
    of conversation: String?, _ timeout: Duration?
  ) -> AsyncThrowingStream<Event, any Error> {
    AsyncThrowingStream {
      do {
        return try await self.mailbox.next(of: conversation, within: timeout)
      } catch let error as WotnotError where [.closed, .interrupted].contains(error.code) {
        return nil
      }
    }
  }

  /// Retries and results as they happen, where `Configuration.log` asks for them: go through them in a
  /// task of yours, with whatever your program logs with. Ends when the client is closed, or when none
  /// came within `timeout`.
  public func logRecords(timeout: Duration? = nil) -> AsyncThrowingStream<LogRecord, any Error> {
    AsyncThrowingStream {
      do {
        let event: LogEvent? = try await self.mailbox.next(of: nil, within: timeout, log: .only)
        return event?.log
      } catch let error as WotnotError where error.code == .closed {
        return nil
      }
    }
  }

  // MARK: Webhooks

  /// Reads a post that your own web server took. Gives the events, and what to answer.
  ///
  /// The error of a post with a wrong token carries the `reply` to give.
  public func parseWebhook(
    body: String, authorization: String? = nil
  ) throws(WotnotError) -> ParsedWebhook {
    try value(of: handle.call("parse_webhook", post(body, authorization)))
  }

  /// Reads a post and keeps its events for `events`. Gives what to answer: 503 when there is no
  /// room, and then nothing was taken.
  public func acceptWebhook(
    body: String, authorization: String? = nil
  ) throws(WotnotError) -> Reply {
    struct Accepted: Decodable {
      let reply: Reply
    }
    let accepted: Accepted = try value(
      of: handle.call("accept_webhook", post(body, authorization)))
    return accepted.reply
  }

  private func post(_ body: String, _ authorization: String?) throws(WotnotError) -> String {
    try text(
      of: JSONValue.members([
        "body": .string(body), "authorization": authorization.map(JSONValue.string),
      ]))
  }

  // MARK: The rest

  /// The message that answers a prompt, for `send` and `ask`. Sends nothing.
  ///
  /// `value` is a text; for a choice an option's label, key or index from 0, or an array of them; for a
  /// slider a number; for files a `FileLink`'s `json`, a link or an array of them; for a form and
  /// variables an object of values by name; for a date `YYYY-MM-DD`. Anything that the bot does not ask
  /// for is `invalidArgument`, which says what it asks for.
  ///
  /// ```swift
  /// try await chat.send(client.answer(prompt, 30))
  /// ```
  public func answer(_ prompt: Prompt, _ value: JSONValue) throws(WotnotError) -> Message {
    struct Parameters: Encodable {
      let prompt: Prompt
      let value: JSONValue
    }
    let parameters = try text(of: Parameters(prompt: prompt, value: value))
    return try Wotnot.value(of: handle.call("answer", parameters))
  }

  /// What the client is and has done so far.
  public func status() throws(WotnotError) -> Status {
    try value(of: handle.call("status", "{}"))
  }

  /// Calls a method of the library by its name, for what this package does not know yet.
  public func call(_ method: String, _ parameters: JSONValue = [:]) async throws -> JSONValue {
    let timeout = parameters["timeout_ms"]?.intValue.map { Duration.milliseconds($0) }
    let name = parameters["call_id"].flatMap { try? $0.json() }
    return try await perform(method, parameters, timeout, name: name)
  }

  /// A call that sends nothing, with the arguments of a function of this package.
  func callNow(_ method: String, _ parameters: JSONValue) throws(WotnotError) -> JSONValue {
    do {
      return try value(of: handle.call(method, text(of: parameters)))
    } catch {
      throw error.namingArgument
    }
  }

  /// A call whose parameters are the arguments of a function of this package.
  func performNamed<Value: Decodable>(
    _ method: String, _ parameters: some Encodable, _ timeout: Duration?
  ) async throws -> Value {
    do {
      return try await perform(method, parameters, timeout)
    } catch let error as WotnotError {
      throw error.namingArgument
    }
  }

  private func perform<Value: Decodable>(
    _ method: String, _ parameters: some Encodable, _ timeout: Duration?, name: String? = nil
  ) async throws -> Value {
    let parameters = try text(of: parameters)
    // What is no object the library refuses at once, and the name in `cancel` is another call's.
    guard parameters.hasPrefix("{"), method != "cancel" else {
      return try value(of: handle.call(method, parameters))
    }
    return try await value(of: calls.run(method, parameters, timeout: timeout, name: name))
  }
}

extension WotnotClient: CustomStringConvertible {
  /// Never a secret: the client keeps none.
  public var description: String { "WotnotClient(\(handle.id))" }
}

/// JSON text. What has no such form, such as a number that is not finite, is named by its place.
func text(of value: some Encodable) throws(WotnotError) -> String {
  do {
    return try encoded(value)
  } catch EncodingError.invalidValue(_, let context) {
    let place = context.codingPath.prefix(8).reduce("") { path, key in
      if let index = key.intValue { return "\(path)[\(index)]" }
      return path.isEmpty ? key.stringValue : "\(path).\(key.stringValue)"
    }
    throw WotnotError(
      .invalidArgument, "\(place): \(context.debugDescription)", delivery: .notSent)
  } catch {
    throw WotnotError(.invalidArgument, "the parameters have no JSON form", delivery: .notSent)
  }
}
