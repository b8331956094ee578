// What becomes of messages and how far files are, as sequences, through a gateway in a process of its own.

import Foundation
import Wotnot
import XCTest

final class GatewayTests: LeakCheckedCase {
  private let png = Data([0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10]) + Data(count: 600_000)
  private var process = Process()
  private var folder = URL(fileURLWithPath: "/")
  private var url = ""

  override func setUp() async throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let command = try XCTUnwrap(ProcessInfo.processInfo.environment["WOTNOT_BIN"])
    process.executableURL = URL(fileURLWithPath: command)
    process.arguments = [
      "gateway", "--dev", "--port", "0", "--log-level", "warn",
      "--data", folder.appendingPathComponent("data").path,
    ]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    var line = Data()
    while !line.contains(UInt8(ascii: "\n")) {
      let part = output.fileHandleForReading.availableData
      if part.isEmpty { break }
      line.append(part)
    }
    url = String(decoding: line.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    XCTAssertTrue(url.hasPrefix("http://"), "the gateway did not start: \(url)")
  }

  override func tearDown() async throws {
    // The threads of tasks have SIGTERM blocked, and so has what they start.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    try FileManager.default.removeItem(at: folder)
    try await super.tearDown()
  }

  private func visitor() throws -> WotnotClient {
    try WotnotClient(Configuration(gateway: .init(url: url, app: "dev")))
  }

  func testWhatBecomesOfAMessageComesAmongTheEvents() async throws {
    let client = try visitor()
    defer { client.close() }
    let chat = try await client.openConversation(text: "Hello")
    try await chat.sendText("Anybody?", clientID: "swift-1")
    var state: MessageState?
    for try await event in chat.events(timeout: .seconds(60)) {
      if case .delivery = event.kind, event.clientID == "swift-1" { state = event.state }
      if state == .accepted { break }
    }
    XCTAssertEqual(state, .accepted)
  }

  func testAFileGoesOverPartByPartAndGoesOnWhereItWasLeft() async throws {
    let client = try visitor()
    defer { client.close() }
    var offsets: [UInt64] = []
    var begun: Uploaded?
    for try await part in client.uploadParts(of: png, name: "cat.png") {
      offsets.append(part.offset)
      begun = part
      if offsets.count == 2 { break }
    }
    let file = folder.appendingPathComponent("cat.png")
    try png.write(to: file)
    var last: Uploaded?
    for try await part in try client.uploadParts(of: file, fileID: begun?.fileID) {
      offsets.append(part.offset)
      last = part
    }
    XCTAssertEqual(offsets, [0, 262_144, 262_144, 524_288, 600_008])
    XCTAssertNotNil(last?.link)
  }

  func testAFileThatBecameShorterEndsItsUploadWithAnError() async throws {
    let client = try visitor()
    defer { client.close() }
    let file = folder.appendingPathComponent("shorter.png")
    try png.write(to: file)
    let error = await thrown {
      for try await _ in try client.uploadParts(of: file) {
        let handle = try FileHandle(forWritingTo: file)
        try handle.truncate(atOffset: 0)
        try handle.close()
      }
    }
    XCTAssertEqual(error?.code, .invalidArgument)
    XCTAssertTrue(error?.message.contains("data: has no bytes") ?? false, error?.message ?? "")
  }
}
