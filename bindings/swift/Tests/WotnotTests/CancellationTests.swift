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

  func testACancelledCallEndsAndSaysWhatBecameOfItsMessage() async throws {
    let service = try Silence()
    let client = try client(baseURL: service.url, timeout: .seconds(600))
    let sending = Task { try await client.conversation("3f0c").sendText("Hello") }
    try await eventually("the request is on its way") { service.hasRequest() }
    sending.cancel()
    let error = await thrown { try await sending.value }
    XCTAssertEqual(error?.code, .interrupted)
    XCTAssertEqual(error?.delivery, .unknown)
    // The call is over in the library too.
    XCTAssertEqual(try client.status().counters.failures, 1)
  }

  func testACallThatWaitsForItsTurnIsKnownNotToBeSent() async throws {
    let service = try Silence()
    let client = try client(baseURL: service.url, timeout: .seconds(600))
    let hung = try await fill(client)
    let late = await thrown {
      try await client.conversation("late").sendText("Hello", timeout: .milliseconds(50))
    }
    XCTAssertEqual(late?.code, .requestTimeout)
    XCTAssertEqual(late?.delivery, .notSent)
    let queued = Task { try await client.conversation("queued").sendText("Hello") }
    await Task.yield()
    queued.cancel()
    let cancelled = await thrown { try await queued.value }
    XCTAssertEqual(cancelled?.code, .interrupted)
    XCTAssertEqual(cancelled?.delivery, .notSent)
    let last = Task { try await client.conversation("last").sendText("Hello") }
    await Task.yield()
    client.close()
    let closed = await thrown { try await last.value }
    XCTAssertEqual(closed?.code, .closed)
    XCTAssertEqual(closed?.delivery, .notSent)
    for call in hung { _ = await thrown { try await call.value } }
  }

  func testACallThatIsCancelledBeforehandGivesNoOtherCallATurn() async throws {
    let service = try Silence()
    let client = try client(baseURL: service.url, timeout: .seconds(600))
    let hung = try await fill(client)
    let last = Task { try await client.conversation("last").sendText("Hello") }
    for _ in 1...50 {
      let cancelled = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await client.conversation("cancelled").sendText("Hello")
      }
      let error = await thrown { try await cancelled.value }
      XCTAssertEqual(error?.delivery, .notSent)
    }
    client.close()
    let closed = await thrown { try await last.value }
    XCTAssertEqual(closed?.code, .closed)
    XCTAssertEqual(closed?.delivery, .notSent)
    for call in hung { _ = await thrown { try await call.value } }
  }

  func testAHungServiceHoldsUpNoOtherClientAndACancelledCallFreesItsPlace() async throws {
    let service = try Silence()
    let hung = try client(baseURL: service.url, timeout: .seconds(600))
    let others = try (1...4).map { _ in try client(baseURL: service.url, timeout: .seconds(600)) }
    var calls = try await fill(hung)
    for other in others { calls += try await fill(other) }
    let free = try client()
    let error = await thrown { try await free.conversation("c").sendText("Hello") }
    XCTAssertEqual(error?.code, .network)
    let next = Task { try await hung.conversation("next").sendText("Hello") }
    calls[0].cancel()
    try await eventually("the next one is under way") {
      try hung.status().counters.calls == UInt64(Calls.atOnce) + 1
    }
    next.cancel()
    for call in calls { call.cancel() }
    for call in calls + [next] { _ = await thrown { try await call.value } }
  }

  /// As many calls as may block threads, all under way.
  private func fill(_ client: WotnotClient) async throws -> [Task<Sent, any Error>] {
    let calls = (1...Calls.atOnce).map { number in
      Task { try await client.conversation("c\(number)").sendText("Hello") }
    }
    try await eventually("all calls are under way") {
      try client.status().counters.calls == UInt64(Calls.atOnce)
    }
    return calls
  }

  func testInterruptingEndsTheWaitsOfNowAndNoLaterOne() async throws {
    let client = try client()
    let waiting = (1...4).map { _ in Task { try await client.receive() } }
    let loop = Task {
      for try await _ in client.events() { XCTFail("there is no event") }
    }
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
    // A loop ends without an error.
    try await loop.value
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
