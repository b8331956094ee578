// The library names fields as JSON does. Errors about an argument or a setting of this package use
// that one.

import Foundation

extension WotnotError {
  /// What the library says of a setting, under the name that `Configuration` has for it.
  var namingSetting: WotnotError {
    renamed { field in settings[field] ?? camelCase(field) }
  }

  /// What the library says of a parameter, under the name of the argument. A message and variables are
  /// given in the service's own form, and stay as they are.
  var namingArgument: WotnotError {
    renamed { field in
      field.hasPrefix("message") || field.hasPrefix("variables") ? field : camelCase(field)
    }
  }

  /// The same error with its first word, where that is a field, under another name. Times are durations
  /// here.
  private func renamed(_ name: (String) -> String) -> WotnotError {
    guard code == .invalidArgument, let end = message.range(of: ": ") else { return self }
    let field = String(message[..<end.lowerBound])
    guard field.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }) else {
      return self
    }
    var problem = String(message[end.upperBound...])
    if field.hasSuffix("_ms"), let range = millisecondRange(problem) {
      problem = "expected a duration from \(range.lowerBound) to \(range.upperBound)"
    }
    return WotnotError(self, message: "\(name(field)): \(problem)")
  }
}

/// Settings that are no camel case of those in JSON.
private let settings = [
  "allow_http": "allowsHTTP", "state.path": "statePath", "state.key": "stateKey", "tls.ca_pem": "tls.caPEM",
]

private func camelCase(_ field: String) -> String {
  let words = field.replacingOccurrences(of: "_ms", with: "").split(separator: "_")
  let rest = words.dropFirst().map { ["id", "url"].contains($0) ? $0.uppercased() : $0.capitalized }
  return words.prefix(1).joined() + rest.joined()
}

/// The range of `expected a whole number from 1 to 3600000, found a number`.
private func millisecondRange(_ problem: String) -> ClosedRange<Duration>? {
  guard problem.hasPrefix("expected a whole number from ") else { return nil }
  let numbers = problem.split { !$0.isNumber }.compactMap { Int64($0) }
  guard numbers.count == 2, numbers[0] <= numbers[1] else { return nil }
  return .milliseconds(numbers[0]) ... .milliseconds(numbers[1])
}
