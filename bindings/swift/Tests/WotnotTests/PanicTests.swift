// A fault inside the library is an error, and the client goes on. The library of the suites is a dev build,
// which can be made to panic.

import XCTest

@testable import Wotnot

final class PanicTests: LeakCheckedCase {
  func testAPanicIsAnErrorAndTheClientGoesOn() async throws {
    let client = try client()
    for _ in 1...3 {
      let error = await thrown { try await client.call("test_panic", [:]) }
      XCTAssertEqual(error?.code, .panic)
    }
    _ = try client.acceptWebhook(body: post("still here"))
    let event = try await client.receive(timeout: .seconds(60))
    XCTAssertEqual(event?.text, "still here")
  }
}
