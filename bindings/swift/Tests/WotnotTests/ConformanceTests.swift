// Every vector of tests/vectors, one step at a time from the player: docs/vectors.md has the protocol.

import XCTest

@testable import Wotnot

final class ConformanceTests: LeakCheckedCase {
  func testEveryVector() async throws {
    let environment = ProcessInfo.processInfo.environment
    let program = try XCTUnwrap(environment["WOTNOT_CONFORMANCE"], "WOTNOT_CONFORMANCE names wotnot-conformance")
    let folder = try XCTUnwrap(environment["WOTNOT_VECTORS"], "WOTNOT_VECTORS names the folder")
    let player = try Player(program: program, folder: folder)
    LeakProbe.begin()
    let names = try player.ask(["list": true])["names"]?.arrayValue ?? []
    var passed = 0
    for name in names {
      let verdict = try await play(try player.ask(["open": name]), player)
      if verdict["passed"] == true {
        passed += 1
      } else {
        XCTFail("\(name.stringValue ?? ""): \(try verdict.json())")
      }
    }
    print("\(passed) of \(names.count) vectors passed")
    XCTAssertEqual(passed, names.count)
    XCTAssertFalse(names.isEmpty)
  }

  private func play(_ opening: JSONValue, _ player: Player) async throws -> JSONValue {
    var turn = opening
    var client: WotnotClient?
    var begun: [String: Task<JSONValue, any Error>] = [:]
    while let step = turn["do"]?.stringValue {
      let result = await envelope {
        switch (step, client) {
        case ("new", _):
          let made = try WotnotClient(json: turn["config"] ?? .null)
          LeakProbe.show(made, turn["config"] ?? .null)
          client = made
          return .null
        case ("call", let client?):
          return try await Self.call(client, turn)
        case ("begin", let client?):
          let begin = turn
          begun[turn["name"]?.stringValue ?? ""] = Task { try await Self.call(client, begin) }
          return .null
        case ("end", _):
          guard let call = begun[turn["name"]?.stringValue ?? ""] else {
            throw WotnotError(.internal, "no call of this name was begun")
          }
          return try await call.value
        case ("receive", let client?):
          let timeout = turn["timeout_ms"]?.intValue.map { Duration.milliseconds($0) }
          guard let event = try await client.receive(timeout: timeout) else {
            throw WotnotError(.timeout, "no event")
          }
          return try JSONValue(event)
        case ("interrupt", let client?):
          client.interrupt()
          return .null
        case ("close", let client?):
          client.close()
          return .null
        default:
          throw WotnotError(.internal, "the runner does not know the step \(step)")
        }
      }
      turn = try player.ask(["result": result])
    }
    client?.close()
    return turn
  }

  /// Calls by name, for parameters may be wrong on purpose, and hands back what the types keep.
  private static func call(_ client: WotnotClient, _ turn: JSONValue) async throws -> JSONValue {
    let method = turn["method"]?.stringValue ?? ""
    if method == "answer", let value = turn["params"]?["value"],
      let prompt = try? turn["params"]?["prompt"]?.decode(Prompt.self)
    {
      return try JSONValue(client.answer(prompt, value))
    }
    let value = try await client.call(method, turn["params"] ?? [:])
    return switch method {
    case "start_conversation": try JSONValue(value.decode(Started.self))
    case "open_conversation": try JSONValue(value.decode(Started.self))
    case "converse": try JSONValue(value.decode(Turn.self))
    case "send_message", "resolve": try JSONValue(value.decode(Sent.self))
    case "upload": try JSONValue(value.decode(Uploaded.self))
    case "parse_webhook": try JSONValue(value.decode(ParsedWebhook.self))
    case "receive" where value["log"] != nil:
      ["type": "log", "log": try JSONValue(value.decode(LogEvent.self).log)]
    case "receive": try JSONValue(value.decode(Event.self))
    case "status": try JSONValue(value.decode(Status.self))
    default: value
    }
  }

  private func envelope(_ body: () async throws -> JSONValue) async -> JSONValue {
    do {
      return ["ok": true, "value": try await body()]
    } catch let error as WotnotError {
      LeakProbe.show(error)
      return ["ok": false, "error": (try? JSONValue(error)) ?? .null]
    } catch {
      return ["ok": false, "error": ["code": "not a WotnotError"]]
    }
  }
}

/// The scripted service and judge, in a process of its own.
private final class Player {
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()

  init(program: String, folder: String) throws {
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = [folder]
    process.standardInput = input
    process.standardOutput = output
    try process.run()
  }

  deinit {
    try? input.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// One line each way. Only the end of a chunk is looked at: some lines are of megabytes.
  func ask(_ question: JSONValue) throws -> JSONValue {
    try input.fileHandleForWriting.write(contentsOf: Data("\(question.json())\n".utf8))
    var line = Data()
    while line.last != 0x0A {
      let more = output.fileHandleForReading.availableData
      guard !more.isEmpty else { throw POSIXError(.EPIPE) }
      line.append(more)
    }
    return try JSONDecoder().decode(JSONValue.self, from: line)
  }
}
