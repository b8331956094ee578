// Values that no description, dump or interpolation shows.

/// A token. Write it as a string; read it back nowhere.
public struct Secret: Sendable, Hashable, ExpressibleByStringLiteral {
  let exposed: String

  /// Keeps this text from being shown.
  public init(_ text: String) {
    exposed = text
  }

  public init(stringLiteral value: String) {
    self.init(value)
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Never the secret.
  public var description: String { "[redacted]" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: [], displayStyle: .struct) }
}
