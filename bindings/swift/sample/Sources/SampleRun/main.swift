// Runs the model of the sample without its screen, through a gateway: the suite's program, no part of the app.

import ChatModel
import Foundation

let settings = ProcessInfo.processInfo.environment
let client = try WotnotClient(
  Configuration(
    gateway: .init(url: settings["WOTNOT_GATEWAY"] ?? "", app: "dev"),
    statePath: settings["WOTNOT_STATE"]))
try client.setAppState(.foreground)
let picture = Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) + Data(count: 600_000)
var offsets: [UInt64] = []
var link: String?
for try await part in client.uploadParts(of: picture, name: "cat.png") {
  offsets.append(part.offset)
  link = part.link
}
precondition(offsets == [0, 262_144, 524_288, 600_008], "the parts are \(offsets)")
precondition(link != nil, "a file without a link")
let model = ChatModel(client)

@Sendable func screen(where fits: (Screen) -> Bool) async -> Screen {
  let now = await model.screen
  if fits(now) { return now }
  for await next in model.screens where fits(next) { return next }
  fatalError("the screens ended")
}

func isSlider(_ prompt: Prompt?) -> Bool {
  if case .slider? = prompt { true } else { false }
}

let following = Task { await model.follow(greeting: "Hello") }
let first = await screen {
  if case .choice? = $0.prompt { true } else { false }
}
guard case .choice(let choice)? = first.prompt,
  let sales = choice.options.first(where: { $0.label == "Sales" })
else { fatalError("no such option") }
await model.pick(sales)
let asked = await screen { isSlider($0.prompt) }
for line in asked.lines { print(line.text, line.state?.rawValue ?? "") }
precondition(asked.lines.filter { $0.text == "Sales" }.count == 1, "a line is there twice")
await model.answer(1000, "1000")
let refused = await model.screen
precondition(refused.problem != nil, "a number beyond the slider was taken")
following.cancel()
await following.value
// The screen comes back, and finds its conversation.
let again = Task { await model.follow(greeting: "Hello") }
await model.answer(30, "30")
_ = await screen { $0.hasEnded }
again.cancel()
await again.value
print(try await model.transcript())
client.close()
