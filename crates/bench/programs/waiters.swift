// What one event costs while tasks wait, and how soon a cancelled call ends. Arguments: BASE_URL ROUNDS EVENTS CANCELS
// WAITERS...; BASE_URL takes messages and never answers. Prints one line of JSON for each number of waiters and round, and
// one for each cancelled call.

import Foundation
import Wotnot

let arguments = CommandLine.arguments
let counts = arguments.dropFirst(2).compactMap { Int($0) }
let (rounds, events, cancels) = (counts[0], counts[1], counts[2])
var said = 0

func tell(_ facts: String) {
  print("{\"subject\":\"Swift\",\(facts)}")
}

func post(in conversation: String) -> String {
  said += 1
  return """
    {"token":"hook","events":[{"event":{"type":"note","payload":{"id":\(said)}},"conversation":{"key":"\(conversation)"}}]}
    """
}

func milliseconds(_ duration: Duration) -> Double {
  Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
}

func measure(_ client: WotnotClient, _ waiters: Int) async throws {
  let (heard, hear) = AsyncStream.makeStream(of: Void.self)
  var ears = heard.makeAsyncIterator()
  let names = (0..<waiters).map { "idle-\($0)" } + ["busy"]
  let tasks = names.map { name in
    Task { for try await _ in client.conversation(name).events() { hear.yield() } }
  }
  // Each hears one event, and then waits for the next.
  for name in names {
    _ = try client.acceptWebhook(body: post(in: name))
    await ears.next()
  }
  let posts = (0..<events).map { _ in post(in: "busy") }
  let begun = ContinuousClock.now
  for body in posts {
    _ = try client.acceptWebhook(body: body)
    await ears.next()
  }
  let took = milliseconds(ContinuousClock.now - begun)
  tell("\"waiters\":\(waiters),\"us\":\(took * 1e3 / Double(events))")
  for task in tasks { task.cancel() }
  for task in tasks { _ = await task.result }
}

func cancel(_ client: WotnotClient) async throws {
  let call = Task { try await client.conversation("3f0c").sendText("30") }
  // Until the service has it.
  try await Task.sleep(for: .milliseconds(20))
  let begun = ContinuousClock.now
  call.cancel()
  _ = await call.result
  tell("\"cancel_ms\":\(milliseconds(ContinuousClock.now - begun))")
}

var configuration = Configuration(
  token: "t", baseURL: arguments[1], webhook: .init(token: "hook"))
configuration.proxy = Configuration.Proxy.none
let client = try WotnotClient(configuration)
for _ in 0..<rounds {
  for waiters in counts.dropFirst(3) { try await measure(client, waiters) }
}
for _ in 0..<cancels { try await cancel(client) }
