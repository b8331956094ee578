// What the tests share: clients, posts, and waiting for a condition.

import CWotnot
import Foundation
import XCTest

@testable import Wotnot

let hook = "hook-token-that-nobody-shows"

/// A client that nothing answers, with a webhook.
func client(baseURL: String = "http://127.0.0.1:9", timeout: Duration? = nil) throws -> WotnotClient
{
  var configuration = Configuration(
    token: "a.jwt.nobody.shows", botKey: "lead-bot", baseURL: baseURL,
    webhook: .init(token: Secret(hook)))
  configuration.timeout = timeout
  configuration.retry = .init(maxAttempts: 1)
  return try WotnotClient(configuration)
}

/// The body of a webhook post that says `text` in a conversation.
func post(_ text: String, in conversation: String = "3f0c", token: String = hook) throws -> String {
  try post(
    event: [
      "event": [
        "type": "message",
        "payload": [
          "message_by": ["type": "bot"], "id": .string(UUID().uuidString),
          "message": ["type": "text", "text": .string(text)],
        ],
      ],
      "conversation": ["key": .string(conversation)], "visitor": ["key": "visitor-42_777"],
    ], token: token)
}

func post(event: JSONValue, token: String = hook) throws -> String {
  try (["token": .string(token), "events": [event]] as JSONValue).json()
}

/// Waits until a condition holds; fails when it never does.
func eventually(
  _ what: String, file: StaticString = #filePath, line: UInt = #line,
  _ condition: () throws -> Bool
) async throws {
  let deadline = ContinuousClock.now + .seconds(30)
  while try !condition() {
    guard ContinuousClock.now < deadline else {
      return XCTFail("never: \(what)", file: file, line: line)
    }
    try await Task.sleep(for: .milliseconds(5))
  }
}

/// The error that `body` throws; fails when it throws none of that type.
func thrown<Failure: Error>(
  _ type: Failure.Type = WotnotError.self, file: StaticString = #filePath, line: UInt = #line,
  by body: () async throws -> some Any
) async -> Failure? {
  do {
    _ = try await body()
    XCTFail("nothing was thrown", file: file, line: line)
  } catch let error as Failure {
    return error
  } catch {
    XCTFail("\(error) was thrown", file: file, line: line)
  }
  return nil
}

/// The first texts that are said in a conversation.
func texts(of chat: Conversation, _ count: Int) async throws -> [String] {
  var heard: [String] = []
  for try await event in chat.events(timeout: .seconds(30)) {
    heard.append(event.text ?? "")
    if heard.count == count { break }
  }
  return heard
}

/// Fails unless every string and every client was given back.
class LeakCheckedCase: XCTestCase {
  override func tearDown() async throws {
    try await eventually("no string of the library is left") { wotnot_live_strings() == 0 }
    try await eventually("no client of the library is left") { wotnot_live_clients() == 0 }
  }
}
