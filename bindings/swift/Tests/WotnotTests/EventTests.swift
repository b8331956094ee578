// How events come in, through the webhook calls and through the waits.

import XCTest

@testable import Wotnot

final class EventTests: LeakCheckedCase {
  func testRetriesAndVerdictsComeAsTheyHappen() async throws {
    var configuration = Configuration(token: "a.jwt.nobody.shows", baseURL: "http://127.0.0.1:9")
    configuration.retry = .init(maxAttempts: 2, baseDelay: .zero, maxDelay: .zero)
    configuration.proxy = .none
    configuration.log = .retries
    let client = try WotnotClient(configuration)
    let received = Task {
      var records: [LogRecord] = []
      for try await record in client.logRecords() {
        records.append(record)
        if records.count == 2 { break }
      }
      return records
    }
    let error = await thrown { try await client.conversation("3f0c").sendText("hush") }
    XCTAssertEqual(error?.code, .network)
    let records = try await received.value
    XCTAssertEqual(records.map(\.kind), [.retry, .verdict])
    XCTAssertEqual(records.map(\.attempts), [1, 2])
    XCTAssertTrue("\(records[1])".hasPrefix("send_message: failed with network (not_sent): "))
    let event = try await client.receive(timeout: .zero)
    XCTAssertNil(event)
  }

  func testAnAcceptedEventIsReceived() async throws {
    let client = try client()
    XCTAssertEqual(try client.acceptWebhook(body: post("<b>Hi</b>")).status, 200)
    let received = try await client.receive(timeout: .seconds(30))
    let event = try XCTUnwrap(received)
    XCTAssertEqual(event.seq, 1)
    XCTAssertEqual(event.conversationID, "3f0c")
    XCTAssertEqual(event.visitorKey, "visitor-42_777")
    XCTAssertEqual(event.text, "Hi")
    XCTAssertEqual(event.content?.html, "<b>Hi</b>")
    XCTAssertEqual(event.by, .bot)
    XCTAssertEqual(event.prompt, .text(.any))
    XCTAssertEqual(event.raw["event"]?["type"], "message")
    XCTAssertNotNil(event.receivedDate)
  }

  func testAnEventForABrowserHoldsWhatAWindowNeedsAndNothingBesides() async throws {
    let client = try client()
    let event = try XCTUnwrap(client.parseWebhook(body: post("Hi")).events.first)
    let shown = try JSONValue(json: event.windowJSON())
    XCTAssertEqual(shown["text"], "Hi")
    XCTAssertEqual(shown["prompt"]?["kind"], "text")
    for hidden in ["raw", "visitor_key", "message", "payload"] { XCTAssertNil(shown[hidden]) }
  }

  func testAnEventForABrowserSaysWhatIsClosedAndWhoAnswers() throws {
    let common = #""event_id":"e","conversation_id":"c","received_at":"t","payload":{},"raw":{}"#
    for (own, expected) in [
      (#""type":"status","closed":true"#, #""closed":true"#),
      (#""type":"status""#, #""closed":null"#),
      (
        #""type":"assignee","handover":{"direction":"to_agent","name":null}"#,
        #""handover":{"direction":"to_agent","name":null}"#
      ),
    ] {
      let event = try JSONValue(json: "{\(own),\(common)}").decode(Event.self)
      let window = try JSONValue(json: event.windowJSON())
      let member = try JSONValue(json: "{\(expected)}").objectValue?.first
      XCTAssertEqual(window[member?.key ?? ""], member?.value)
      for hidden in ["raw", "payload", "by", "visitor_key"] { XCTAssertNil(window[hidden]) }
    }
  }

  func testAPromptIsAnsweredWithWhatItAsksFor() async throws {
    let client = try client()
    func prompt(_ json: String) throws -> Prompt { try JSONValue(json: json).decode() }
    let slider = try prompt(#"{"kind":"slider","min":18,"max":99,"step":null,"unit":null}"#)
    XCTAssertEqual(
      try client.answer(slider, 30),
      Message(type: "slider.response", data: ["body": "30", "value": 30, "callback": nil]))
    let error = await thrown { try client.answer(slider, 7) }
    XCTAssertEqual(error?.code, .invalidArgument)
    XCTAssertEqual(error?.message, "value: the bot asks for a number from 18 to 99")
    let files = try prompt(#"{"kind":"file","limits":{}}"#)
    let link = FileLink(link: "https://example.com/a.pdf", mimeType: "text/x")
    XCTAssertEqual(try client.answer(files, link.json).data["files"]?[0]?["mime_type"], "text/x")
  }

  func testParsingKeepsNothing() async throws {
    let client = try client()
    let delivered = try client.parseWebhook(body: post("Hi"))
    XCTAssertEqual(delivered.events.map(\.text), ["Hi"])
    XCTAssertEqual(delivered.reply.status, 200)
    let next = try await client.receive(timeout: .zero)
    XCTAssertNil(next)
  }

  func testAWrongTokenCarriesTheReplyToGive() async throws {
    let client = try client()
    let error = await thrown { try client.acceptWebhook(body: post("Hi", token: "guessed")) }
    XCTAssertEqual(error?.code, .webhookRejected)
    XCTAssertEqual(error?.reply?.status, 401)
  }

  func testTheTokenMayComeInTheHeader() throws {
    let client = try client()
    let body = #"{"events":[{"event":{"type":"note","payload":{"text":"x"}}}]}"#
    let delivered = try client.parseWebhook(body: body, authorization: "Bearer \(hook)")
    XCTAssertEqual(delivered.events.map(\.kind.name), ["note"])
  }

  func testUnknownKindsArriveAndNeverThrow() async throws {
    let client = try client()
    let moon: JSONValue = ["event": ["type": "moon_phase", "payload": ["phase": 0.5]]]
    let hologram: JSONValue = [
      "event": ["type": "message", "payload": ["message": ["type": "hologram"]]]
    ]
    _ = try client.acceptWebhook(body: post(event: moon))
    _ = try client.acceptWebhook(body: post(event: hologram))
    let first = try await client.receive(timeout: .seconds(30))
    XCTAssertEqual(first?.raw["event"]?["payload"]?["phase"], 0.5)
    guard case .unknown? = first?.kind else { return XCTFail("\(String(describing: first))") }
    let second = try await client.receive(timeout: .seconds(30))
    guard case .unknown? = second?.prompt else { return XCTFail("\(String(describing: second))") }
  }

  func testEachConversationGetsItsOwnEventsInOrder() async throws {
    let client = try client()
    let both = Task {
      async let first = texts(of: client.conversation("first"), 3)
      async let second = texts(of: client.conversation("second"), 3)
      return try await [first, second]
    }
    for number in 1...3 {
      _ = try client.acceptWebhook(body: post("a\(number)", in: "first"))
      _ = try client.acceptWebhook(body: post("b\(number)", in: "second"))
    }
    let heard = try await both.value
    XCTAssertEqual(heard, [["a1", "a2", "a3"], ["b1", "b2", "b3"]])
  }

  func testEventsOfOthersWaitForOthers() async throws {
    let client = try client()
    for text in ["one", "two"] { _ = try client.acceptWebhook(body: post(text, in: "other")) }
    let none = try await client.conversation("mine").receive(timeout: .milliseconds(50))
    XCTAssertNil(none)
    let rest = try await texts(of: client.conversation("other"), 2)
    XCTAssertEqual(rest, ["one", "two"])
  }

  func testAFullMailboxLeavesTheRestInTheLibrary() async throws {
    let client = try WotnotClient(json: [
      "token": "t", "webhook": ["token": .string(hook), "capacity": 2],
    ])
    let mine = Task { try await client.conversation("mine").receive() }
    // Nothing is held here: the library takes two, and then senders must come again.
    var taken = 0
    try await eventually("a delivery is refused") {
      do {
        _ = try client.acceptWebhook(body: post("x", in: "other"))
        taken += 1
        return false
      } catch let error as WotnotError where error.code == .overloaded {
        XCTAssertEqual(error.reply?.status, 503)
        return taken == 2
      }
    }
    let drained = try await texts(of: client.conversation("other"), 2)
    XCTAssertEqual(drained.count, 2)
    _ = try client.acceptWebhook(body: post("at last", in: "mine"))
    let event = try await mine.value
    XCTAssertEqual(event?.text, "at last")
  }

  func testAStreamEndsWhenNothingComesWithinItsTime() async throws {
    let client = try client()
    _ = try client.acceptWebhook(body: post("only one"))
    var heard: [String?] = []
    for try await event in client.events(timeout: .milliseconds(100)) { heard.append(event.text) }
    XCTAssertEqual(heard, ["only one"])
  }

  func testTimesOfAnyLengthAreTimesToWait() async throws {
    let client = try client()
    for (timeout, text) in [
      (Duration.seconds(Int64.max / 4), "one"), (.nanoseconds(1), "two"), (.seconds(-5), "three"),
    ] {
      _ = try client.acceptWebhook(body: post(text))
      let event = try await client.receive(timeout: timeout)
      XCTAssertEqual(event?.text, text)
    }
    let none = try await client.receive(timeout: .nanoseconds(1))
    XCTAssertNil(none)
  }

  func testALookWithoutWaitingFindsWhatIsThere() async throws {
    let client = try client()
    for number in 1...50 {
      _ = try client.acceptWebhook(body: post("\(number)"))
      let event = try await client.receive(timeout: .zero)
      XCTAssertEqual(event?.text, "\(number)")
    }
  }

  func testAClientWithoutAWebhookSaysWhyNothingCouldArrive() async throws {
    let client = try WotnotClient(Configuration(token: "t"))
    let error = await thrown { try await client.receive() }
    XCTAssertEqual(error?.code, .invalidArgument)
    XCTAssertTrue(error?.message.contains("webhook") ?? false)
  }
}
