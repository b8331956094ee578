// Cancelling, interrupting and closing: who waits is woken, nobody else, and nothing is lost.

import XCTest

@testable import Wotnot

final class CancellationTests: LeakCheckedCase {
  func testACancelledWaitEndsAtOnce() async throws {
    let client = try client()
    let waiting = Task { try await client.receive() }
    let since = ContinuousClock.now
    waiting.cancel()
    _ = await thrown(CancellationError.self) { try await waiting.value }
    XCTAssertLessThan(ContinuousClock.now - since, .seconds(5))
  }

  func testATaskCancelledBeforehandNeverWaits() async throws {
    let client = try client()
    let waiting = Task {
      try? await Task.sleep(for: .seconds(600))
      return try await client.receive()
    }
    waiting.cancel()
    _ = await thrown(CancellationError.self) { try await waiting.value }
  }

  func testNoEventIsLostToCancelledWaits() async throws {
    let client = try client()
    let count = 200
    let sender = Task {
      for number in 1...count { _ = try client.acceptWebhook(body: post("\(number)")) }
    }
    var heard: [String] = []
    while heard.count < count {
      let waiting = Task { try await client.receive(timeout: .seconds(30)) }
      if heard.count % 3 == 0 { waiting.cancel() }
      do {
        if let text = try await waiting.value?.text { heard.append(text) }
      } catch is CancellationError {
        let event = try await client.receive(timeout: .seconds(30))
        heard.append(event?.text ?? "nothing")
      }
    }
    try await sender.value
    XCTAssertEqual(heard, (1...count).map(String.init))
  }

  func testACancelledStreamLetsGo() async throws {
    let client = try client()
    let listening = Task { () -> Int in
      var count = 0
      for try await _ in client.events() { count += 1 }
      return count
    }
    listening.cancel()
    let outcome = await listening.result
    if case .failure(let error) = outcome { XCTAssertTrue(error is CancellationError, "\(error)") }
  }

  func testACancelledCallReturnsWhileTheServiceIsSilent() async throws {
    let service = try Silence()
    let client = try client(baseURL: service.url, timeout: .seconds(600))
    let sending = Task { try await client.conversation("3f0c").sendText("Hello") }
    try await eventually("the request is on its way") { service.hasRequest() }
    let since = ContinuousClock.now
    sending.cancel()
    _ = await thrown(CancellationError.self) { try await sending.value }
    XCTAssertLessThan(ContinuousClock.now - since, .seconds(5))
  }

  func testInterruptingEndsTheWaitsOfNowAndNoLaterOne() async throws {
    let client = try client()
    let waiting = (1...4).map { _ in Task { try await client.receive() } }
    let codes = Task {
      var codes: [WotnotError.Code?] = []
      for task in waiting { codes.append(await thrown { try await task.value }?.code) }
      return codes
    }
    let interrupting = Task {
      while !Task.isCancelled {
        client.interrupt()
        await Task.yield()
      }
    }
    let heard = await codes.value
    interrupting.cancel()
    await interrupting.value
    XCTAssertEqual(heard, Array(repeating: .interrupted, count: 4))
    let later = try await client.receive(timeout: .milliseconds(50))
    XCTAssertNil(later)
  }

  func testClosingWakesWaitsAndCalls() async throws {
    let service = try Silence()
    let client = try client(baseURL: service.url, timeout: .seconds(600))
    let waiting = (1...8).map { _ in Task { try await client.receive() } }
    let sending = Task { try await client.conversation("3f0c").sendText("Hello") }
    try await eventually("the request is on its way") { service.hasRequest() }
    client.close()
    client.close()
    for task in waiting {
      let error = await thrown { try await task.value }
      XCTAssertEqual(error?.code, .closed)
    }
    let error = await thrown { try await sending.value }
    XCTAssertEqual(error?.code, .closed)
    XCTAssertEqual(error?.delivery, .unknown)
    let later = await thrown { try await client.receive() }
    XCTAssertEqual(later?.code, .closed)
  }

  func testAStreamEndsWithItsClient() async throws {
    let client = try client()
    let listening = Task { () -> [String?] in
      var heard: [String?] = []
      for try await event in client.events() {
        heard.append(event.text)
        client.close()
      }
      return heard
    }
    _ = try client.acceptWebhook(body: post("Hi"))
    let heard = try await listening.value
    XCTAssertEqual(heard, ["Hi"])
  }

  func testManyBlockedCallsBlockNoTaskAndNoEvent() async throws {
    let service = try Silence()
    let client = try client(baseURL: service.url, timeout: .seconds(600))
    let calls = (1...48).map { number in
      Task { try await client.conversation("c\(number)").sendText("Hello") }
    }
    try await eventually("all calls are under way") {
      try client.status().counters.calls == 48
    }
    _ = try client.acceptWebhook(body: post("still here"))
    let event = try await client.receive(timeout: .seconds(30))
    XCTAssertEqual(event?.text, "still here")
    client.close()
    for call in calls {
      let error = await thrown { try await call.value }
      XCTAssertEqual(error?.code, .closed)
    }
  }
}
