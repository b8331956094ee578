// The chat behind the screen, without a screen: the suite compiles and runs it on Linux.

import Foundation
@_exported import Wotnot

/// One thing that was said.
public struct Line: Identifiable, Sendable, Equatable {
  /// Stays the same in every delivery.
  public let id: String
  public let isOwn: Bool
  public let text: String
  public internal(set) var state: MessageState?
}

/// All that the screen shows.
public struct Screen: Sendable {
  public internal(set) var lines: [Line] = []
  /// What the bot waits for.
  public internal(set) var prompt: Prompt?
  public internal(set) var hasEnded = false
  /// Why the last thing that was tried did not work.
  public internal(set) var problem: String?
  /// How much of a file is there, from 0 to 1, while one goes over.
  public internal(set) var progress: Double?

  public init() {}
}

public actor ChatModel {
  /// The screen, whenever it changes.
  public nonisolated let screens: AsyncStream<Screen>
  public private(set) var screen = Screen() {
    didSet { changed.yield(screen) }
  }

  private let changed: AsyncStream<Screen>.Continuation
  private let client: WotnotClient
  private let identity: @Sendable () async -> Secret?
  private var chat: Conversation?

  /// `identity` gives what your back end signs of a visitor who has logged in; `nil` is anonymous.
  public init(_ client: WotnotClient, identity: @escaping @Sendable () async -> Secret? = { nil }) {
    self.client = client
    self.identity = identity
    (screens, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Shows the conversation until its task is cancelled. The first time it is begun with `greeting`.
  public func follow(greeting: String) async {
    await attempt {
      let opened = try await client.openConversation(text: greeting)
      chat = opened
      for try await event in opened.events() { try await take(event) }
    }
  }

  /// Whether people see the screen now.
  public func appears(_ isSeen: Bool) async {
    await attempt { try client.setAppState(isSeen ? .foreground : .background) }
  }

  public func say(_ text: String) async {
    await send(.text(text), text)
  }

  public func pick(_ option: ChoiceOption) async {
    if let answer = option.answer { await send(answer, option.label) }
  }

  /// Answers the prompt with a number, a day or whatever else it asks for.
  public func answer(_ value: JSONValue, _ text: String) async {
    await attempt {
      guard let prompt = screen.prompt else { return }
      await send(try client.answer(prompt, value), text)
    }
  }

  /// Answers the prompt for a file with a picture.
  public func attach(_ picture: Data, name: String) async {
    await attempt {
      for try await file in client.uploadParts(of: picture, name: name) {
        screen.progress = file.isReady ? nil : Double(file.offset) / Double(file.size)
        if let link = file.link { await answer(.string(link), name) }
      }
    }
  }

  /// Decides on a line that is `unconfirmed`.
  public func resolve(_ line: Line, _ resolution: Resolution) async {
    await attempt { _ = try await chat?.resolve(line.id, resolution) }
  }

  public func transcript() async throws -> String {
    try await chat?.transcript() ?? ""
  }

  /// What has no network is kept, and goes out when there is one.
  private func send(_ message: Message, _ text: String) async {
    await attempt {
      let id = UUID().uuidString
      guard let sent = try await chat?.send(message, clientID: id, queue: true) else { return }
      // The event tells more, where it was faster.
      guard !screen.lines.contains(where: { $0.id == id }) else { return }
      show(Line(id: id, isOwn: true, text: text, state: sent.state))
    }
  }

  private func take(_ event: Event) async throws {
    switch event.kind {
    case .message(let content):
      let id = event.clientID ?? event.eventID
      show(Line(id: id, isOwn: content.by == .visitor, text: content.text, state: event.state))
      screen.prompt = content.prompt
    case .delivery:
      guard let at = screen.lines.firstIndex(where: { $0.id == event.clientID }) else { return }
      screen.lines[at].state = event.state
    case .status: screen.hasEnded = event.closed == true
    // The newest messages follow.
    case .reset: screen = Screen()
    case .identityWanted: try client.setIdentity(await identity())
    default: break
    }
  }

  /// A line that is known takes the place of the one before: an event may come twice.
  private func show(_ line: Line) {
    var next = screen
    next.problem = nil
    if let at = next.lines.firstIndex(where: { $0.id == line.id }) {
      next.lines[at] = line
    } else {
      next.lines.append(line)
    }
    screen = next
  }

  private func attempt(_ work: () async throws -> Void) async {
    do {
      try await work()
    } catch let error as WotnotError {
      screen.problem = error.message
      screen.progress = nil
    } catch {
      // The screen went away, and its task with it.
    }
  }
}
