// The types: JSON, messages, errors, and what they never show.

import CWotnot
import XCTest

@testable import Wotnot

final class ModelTests: LeakCheckedCase {
  func testWholeNumbersKeepEveryDigit() throws {
    for text in ["9007199254740993", "-9223372036854775808", "18446744073709551615", "0.5"] {
      XCTAssertEqual(try JSONValue(json: text).json(), text)
    }
    XCTAssertEqual(try JSONValue(json: "[true,null,\"\\u00e9\"]"), [true, nil, "é"])
  }

  func testMessagesHaveTheVendorsShape() throws {
    let shown: [(Message, String)] = [
      (.text("Hi"), #"{"data":{"body":"Hi"},"type":"text"}"#),
      (.slider(30), #"{"data":{"value":30},"type":"slider.response"}"#),
      (.slider(0.5), #"{"data":{"value":0.5},"type":"slider.response"}"#),
      (
        .files([FileLink(link: "https://example.com/a.png", mimeType: "image/png")]),
        #"{"data":{"files":[{"link":"https://example.com/a.png","mime_type":"image/png"}]},"type":"file_upload.response"}"#
      ),
      (
        .variables(contact: ["name": "John"], other: ["ans": "2"]),
        #"{"data":{"variables":{"contact_variables":[{"name":"name","value":"John"}],"non_contact_variables":[{"name":"ans","value":"2"}]}},"type":"javascript.response"}"#
      ),
      (
        .form(["Name": "Asha", "Age": 30]),
        #"{"data":{"fields":[{"label":"Name","value":"Asha"},{"label":"Age","value":30}]},"type":"form.response"}"#
      ),
      (
        Message(type: "sticker", data: [:], isUnchecked: true),
        #"{"data":{},"type":"sticker","unchecked":true}"#
      ),
    ]
    for (message, json) in shown { XCTAssertEqual(try JSONValue(message).json(), json) }
  }

  func testTheStatusTableIsTheLibrarys() {
    for number in Int32(1)...300 {
      let name = String(cString: wotnot_status_name(number))
      let code = WotnotError.Code.table.first { $0.number == number }?.code
      XCTAssertEqual(code?.name ?? "unknown", name, "\(number)")
    }
  }

  func testAnUnknownCodeIsKept() throws {
    let json = #"{"code":"out_of_tea","status":77,"message":"m","delivery":"perhaps"}"#
    let error = try JSONValue(json: json).decode(WotnotError.self)
    XCTAssertEqual(error.code, .unknown("out_of_tea"))
    XCTAssertEqual(error.code.name, "out_of_tea")
    XCTAssertEqual(error.delivery, .unknown)
  }

  func testAMistakeIsNamedAndNothingIsSent() async throws {
    let client = try client()
    let error = await thrown {
      try await client.conversation("c").send(Message(type: "slider.respons", data: [:]))
    }
    XCTAssertEqual(error?.code, .invalidArgument)
    XCTAssertEqual(error?.delivery, .notSent)
    XCTAssertTrue(error?.message.contains("did you mean `slider.response`?") ?? false)
    XCTAssertEqual(error?.errorDescription, error?.message)
  }

  func testWhatHasNoJSONFormIsNamedAndKnownNotToBeSent() async throws {
    let chat = try client().conversation("c")
    var deep: JSONValue = []
    for _ in 0..<20_000 { deep = [deep] }
    for (message, place) in [
      (Message.slider(.nan), "message.data.value: expected a finite number"),
      (Message.form(["Age": .number(.infinity)]), "message.data.fields[0].value: expected a finite"),
      (Message(type: "text", data: ["body": deep]), "message.data.body[0]"),
    ] {
      let error = await thrown { try await chat.send(message) }
      XCTAssertEqual(error?.code, .invalidArgument)
      XCTAssertEqual(error?.delivery, .notSent)
      XCTAssertTrue(error?.message.hasPrefix(place) ?? false, error?.message ?? "")
    }
    let client = try client()
    let error = await thrown { try await client.call("status\0") }
    XCTAssertEqual(error?.code, .unknownMethod)
    client.close()
    let closed = await thrown { try await client.conversation("c").sendText("Hello") }
    XCTAssertEqual(closed?.code, .closed)
    XCTAssertEqual(closed?.delivery, .notSent)
  }

  func testWhatIsPrintedShowsNothingThatIsPrivate() throws {
    let contact = try JSONValue(json: #"{"name":"hush","email":"hush"}"#).decode(Contact.self)
    let shown: [Any] = [
      Message.text("hush"), FileLink(link: "https://hush.example.com/hush.pdf", path: "/hush"),
      Variables(contact: ["name": "hush"]), contact, Reply(status: 200, body: "hush"),
      Configuration(token: "t", baseURL: "https://someone:hush@example.com"),
    ]
    for value in shown {
      var dumped = ""
      dump(value, to: &dumped)
      for text in [dumped, "\(value)", String(reflecting: value)] {
        XCTAssertFalse(text.contains("hush"), text)
      }
    }
  }

  func testAServiceThatIsAwayIsNotSentAndRetryable() async throws {
    let client = try client()
    let error = await thrown {
      try await client.startConversation(visitorID: "visitor-42", text: "Hello")
    }
    XCTAssertEqual(error?.code, .network)
    XCTAssertEqual(error?.delivery, .notSent)
    XCTAssertEqual(error?.retryable, true)
    XCTAssertEqual(error?.attempts, 1)
  }

  func testTheWholeConfigurationReachesTheLibrary() throws {
    var configuration = Configuration(
      token: "t", botKey: "b", baseURL: "http://example.com/",
      webhook: .init(token: "w", listen: "127.0.0.1:0", path: "/x", capacity: 2))
    configuration.botKeyField = "publish_key"
    configuration.timeout = .seconds(1)
    configuration.connectTimeout = .milliseconds(500)
    configuration.retry = .init(maxAttempts: 1, baseDelay: .zero, maxDelay: .seconds(1))
    configuration.proxy = .url("http://user:pass@127.0.0.1:1")
    configuration.tls = .init(roots: .bundled)
    configuration.userAgent = "my-app/1.0"
    configuration.allowsHTTP = true
    let status = try WotnotClient(configuration).status()
    XCTAssertEqual(status.baseURL, "http://example.com")
    XCTAssertEqual(status.version, libraryVersion)
    XCTAssertTrue(status.webhookURL?.hasSuffix("/x") ?? false)
  }

  func testAWrongSettingIsToldUnderItsNameHere() async {
    func changed(_ change: (inout Configuration) -> Void) -> Configuration {
      var configuration = Configuration(token: "t")
      change(&configuration)
      return configuration
    }
    for (start, configuration) in [
      ("baseURL: ", changed { $0.baseURL = "nowhere" }),
      (
        "timeout: expected a duration from 0.001 seconds to 3600.0 seconds",
        changed { $0.timeout = .seconds(-1) }
      ),
      ("connectTimeout: expected a duration", changed { $0.connectTimeout = .zero }),
      ("retry.maxAttempts: ", changed { $0.retry = .init(maxAttempts: 0) }),
      ("retry.baseDelay: expected a duration", changed { $0.retry = .init(baseDelay: .seconds(-1)) }),
      ("webhook.listen: ", changed { $0.webhook = .init(token: "w", listen: "nowhere") }),
      ("tls.caFile: ", changed { $0.tls = .init(caFile: "/nowhere.pem") }),
      ("statePath: ", changed { $0.statePath = "" }),
      ("token: ", changed { $0.token = "" }),
    ] {
      let error = await thrown { try WotnotClient(configuration) }
      XCTAssertEqual(error?.code, .invalidArgument)
      XCTAssertTrue(error?.message.hasPrefix(start) ?? false, "\(start) \(error?.message ?? "")")
    }
    // JSON's own names stay in errors about JSON.
    let error = await thrown { try WotnotClient(json: ["token": "t", "timeout_ms": -1]) }
    XCTAssertTrue(error?.message.hasPrefix("timeout_ms: ") ?? false, error?.message ?? "")
  }

  func testAWrongArgumentIsToldUnderItsName() async throws {
    let client = try client()
    let late = await thrown { try await client.conversation("c").sendText("Hi", timeout: .zero) }
    XCTAssertEqual(
      late?.message, "timeout: expected a duration from 0.001 seconds to 3600.0 seconds")
    XCTAssertEqual(late?.delivery, .notSent)
    let nobody = await thrown { try await client.startConversation(visitorID: " ", text: "Hi") }
    XCTAssertTrue(nobody?.message.hasPrefix("visitorID: ") ?? false, nobody?.message ?? "")
  }

  func testNoDescriptionAndNoDumpShowsASecret() throws {
    var configuration = Configuration(
      token: "hush-account", webhook: .init(token: "hush-webhook"))
    configuration.proxy = .url("http://user:hush-proxy@127.0.0.1:1")
    let client = try WotnotClient(configuration)
    let chat = client.conversation("c")
    var dumped = ""
    dump(configuration, to: &dumped)
    dump(client, to: &dumped)
    dump(chat, to: &dumped)
    for shown in [
      dumped, "\(configuration)", String(reflecting: configuration), "\(client)",
      String(reflecting: client), "\(chat)", String(reflecting: chat),
    ] {
      XCTAssertFalse(shown.contains("hush"), shown)
    }
  }

  func testTheLastReferenceClosesTheClient() async throws {
    var client: WotnotClient? = try client()
    XCTAssertEqual(wotnot_live_clients(), 1)
    XCTAssertNotNil(client)
    client = nil
    XCTAssertEqual(wotnot_live_clients(), 0)
  }
}
