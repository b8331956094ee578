// A chat in the terminal. Lines of standard input are the visitor's.
//
// WOTNOT_TOKEN     the account's token              WOTNOT_BOT_KEY        the bot's key
// WOTNOT_BASE_URL  the service, or an emulator      WOTNOT_WEBHOOK_TOKEN  the webhook's token
// WOTNOT_LISTEN    where the webhook points to, such as 127.0.0.1:8089
//
// Or all in WOTNOT_CONFIG, as JSON: such as the configuration of a gateway's visitor.

import Foundation
import Wotnot

func setting(_ name: String) -> String {
  guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else {
    FileHandle.standardError.write(Data("\(name) is not set\n".utf8))
    exit(2)
  }
  return value
}

/// Prints what is said until the bot waits for an answer or ends, and gives what it waits for.
func listen(to chat: Conversation) async throws -> Prompt? {
  for try await event in chat.events(timeout: .seconds(10)) {
    if event.closed == true { return nil }
    guard let content = event.content, content.by != .visitor else { continue }
    print(content.text)
    if case .choice(let choice)? = content.prompt {
      print(choice.options.map { "[\($0.label)]" }.joined(separator: " "))
    }
    if let prompt = content.prompt { return prompt }
  }
  return nil
}

/// The visitor's line as an answer to what the bot waits for.
func answer(_ line: String, to prompt: Prompt?) -> Message {
  switch prompt {
  case .choice(let choice)?:
    choice.options.first { $0.label == line }?.answer ?? .text(line)
  case .slider?:
    Double(line).map(Message.slider) ?? .text(line)
  default:
    .text(line)
  }
}

func makeClient() throws -> WotnotClient {
  if let whole = ProcessInfo.processInfo.environment["WOTNOT_CONFIG"] {
    return try WotnotClient(json: JSONDecoder().decode(JSONValue.self, from: Data(whole.utf8)))
  }
  return try WotnotClient(
    Configuration(
      token: Secret(setting("WOTNOT_TOKEN")), botKey: setting("WOTNOT_BOT_KEY"),
      baseURL: setting("WOTNOT_BASE_URL"),
      webhook: .init(
        token: Secret(setting("WOTNOT_WEBHOOK_TOKEN")), listen: setting("WOTNOT_LISTEN"))))
}

let client = try makeClient()
if let first = readLine() {
  let chat = try await client.startConversation(visitorID: "swift-example", text: first)
  var prompt = try await listen(to: chat)
  while let line = readLine() {
    try await chat.send(answer(line, to: prompt))
    prompt = try await listen(to: chat)
  }
}
client.close()
