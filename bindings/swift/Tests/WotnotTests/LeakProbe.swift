// What a program that prints everything prints, when WOTNOT_SHOW asks for it. Never an event.

import Foundation
import XCTest

@testable import Wotnot

enum LeakProbe {
  private static let control = ProcessInfo.processInfo.environment["WOTNOT_SHOW"]

  /// This package logs nothing, and reads no variable that would make it.
  static func begin() {
    if let control { print("logged \(control)") }
  }

  /// A client, and the settings that a program would have made it with.
  static func show(_ client: WotnotClient, _ config: JSONValue) {
    show(client)
    var settings = Configuration(token: Secret(config["token"]?.stringValue ?? ""))
    if let token = config["webhook"]?["token"]?.stringValue {
      settings.webhook = .init(token: Secret(token))
    }
    if let proxy = config["proxy"]?.stringValue { settings.proxy = .url(Secret(proxy)) }
    show(settings)
  }

  /// An error, and its text for people.
  static func show(_ error: WotnotError) {
    show(error as Any)
    show(error.localizedDescription)
  }

  /// Every form that a value has: described, interpolated, reflected and dumped.
  private static func show(_ value: Any) {
    guard let control else { return }
    var dumped = ""
    dump(value, to: &dumped)
    print(
      ascii("shown \(control) \(value) \(String(describing: value)) \(String(reflecting: value)) \(dumped)"))
  }

  /// `swift test` drops a part of the output whose end cuts a character of several bytes.
  private static func ascii(_ text: String) -> String {
    text.unicodeScalars.map { $0.isASCII ? String($0) : $0.escaped(asASCII: true) }.joined()
  }
}
