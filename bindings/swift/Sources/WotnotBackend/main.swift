// A web backend: many visitors, each in a window of their own. `Backend.swift` has the requests.
//
// WOTNOT_TOKEN     the account's token              WOTNOT_BOT_KEY        the bot's key
// WOTNOT_BASE_URL  the service, or an emulator      WOTNOT_WEBHOOK_TOKEN  the webhook's token
// WOTNOT_LISTEN    where it listens, such as 127.0.0.1:8089

import Foundation
import Wotnot

let settings = ProcessInfo.processInfo.environment
// A window that goes away while it is answered must not end the program.
signal(SIGPIPE, SIG_IGN)
let backend = Backend(
  client: try WotnotClient(
    Configuration(
      token: Secret(settings["WOTNOT_TOKEN"] ?? ""), botKey: settings["WOTNOT_BOT_KEY"],
      baseURL: settings["WOTNOT_BASE_URL"],
      webhook: .init(token: Secret(settings["WOTNOT_WEBHOOK_TOKEN"] ?? "")))))
guard let server = Server(listen: settings["WOTNOT_LISTEN"] ?? "") else {
  FileHandle.standardError.write(Data("WOTNOT_LISTEN: cannot listen there\n".utf8))
  exit(2)
}
server.run { await backend.answer($0) }
