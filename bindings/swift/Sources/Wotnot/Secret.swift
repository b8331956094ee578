// Values that no description, dump or interpolation shows.

/// What a visitor says, or what is known about one. It can be read, but is not shown by chance: in a
/// description, a dump or an interpolation.
public protocol Discreet: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
}

extension Discreet {
  /// The type alone.
  public var description: String { "\(Self.self)([redacted])" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension Message: Discreet {}
extension FileLink: Discreet {}
extension Variables: Discreet {}
extension Started: Discreet {}
extension Contact: Discreet {}
extension Assignee: Discreet {}
extension Reply: Discreet {}

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
