// The stand-in for the service, as tests of programs use it.

import Foundation
import Wotnot
import WotnotTesting
import XCTest

final class EmulatorTests: XCTestCase {
  private let flow =
    (ProcessInfo.processInfo.environment["WOTNOT_FLOWS"] ?? "../../flows") + "/demo.yaml"

  func testATestTalksToABotOfItsOwn() async throws {
    let emulator = try Emulator(flow: flow, seed: 7)
    defer { emulator.close() }
    let client = try await emulator.client()
    defer { client.close() }
    let chat = try await client.openConversation(visitorID: "visitor-42", text: "Hello")
    var prompt: Prompt?
    for try await event in chat.events(timeout: .seconds(60)) {
      prompt = event.content?.prompt
      if prompt != nil { break }
    }
    let asked = try XCTUnwrap(prompt)
    let turn = try await chat.ask(client.answer(asked, "Sales"))
    XCTAssertEqual(turn.text, "How old are you?")

    let transcript = try await emulator.transcript(of: chat.id)
    XCTAssertEqual(transcript["visitor_id"], "visitor-42")
    let requests = try await emulator.requests()
    XCTAssertEqual(requests.count, 2)
    try await emulator.agentSays("This is Ravi.", in: chat.id)
    var said: String?
    for try await event in chat.events(timeout: .seconds(60)) where event.content?.by != .visitor {
      said = event.text
      if said == "This is Ravi." { break }
    }
    XCTAssertEqual(said, "This is Ravi.")

    try await emulator.setFaults([["fault": "unavailable", "call": "send"]])
    let error = await thrown { try await chat.sendText("30") }
    XCTAssertEqual(error?.code, .serverError)
    try await emulator.setFaults([])
    try await emulator.closeConversation(chat.id)
    try await emulator.reset()
    let refused = await thrown(EmulatorError.self) {
      try await emulator.transcript(of: chat.id)
    }
    XCTAssertNotNil(refused)
  }

  func testWhatIsMissingSaysWhatToDo() async {
    let missing = await thrown(EmulatorError.self) {
      try Emulator(flow: flow, command: "/nowhere/wotnot")
    }
    XCTAssertTrue(missing?.description.contains("/nowhere/wotnot emulate") ?? false)
    XCTAssertTrue(missing?.description.contains("WOTNOT_BIN") ?? false)
    let broken = await thrown(EmulatorError.self) { try Emulator(flow: "/nowhere.yaml") }
    XCTAssertTrue(broken?.description.contains("`wotnot emulate` did not start") ?? false)
  }
}
