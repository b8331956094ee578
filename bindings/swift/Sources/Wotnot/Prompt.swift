// What the bot waits for, so that a window never guesses.

/// The answer that a bot's message waits for. `WotnotClient.answer` makes the message.
///
/// ```swift
/// switch event.prompt {
/// case .choice(let choice)?: showButtons(choice.options)
/// case .slider(let slider)?: showSlider(from: slider.min ?? 0, to: slider.max ?? 100)
/// case nil: break  // it waits for nothing
/// default: showTextField()
/// }
/// ```
public enum Prompt: Sendable, Hashable {
  /// Typed text.
  case text(TextFormat)
  /// One of several options, or several of them. An option's own `answer` is ready to be sent.
  case choice(Choice)
  /// A number.
  case slider(Slider)
  /// Files that you host. The bot's limits are under the service's own names.
  case file(limits: [String: JSONValue])
  /// Several fields at once.
  case form([FormField])
  /// A date. The bot's rules are under the service's own names.
  case date(validation: [String: JSONValue])
  /// The values of variables. Never run the code unguarded.
  case javascript(code: String?, variables: [JSONValue])
  /// A kind that this version does not know, as the library gave it.
  case unknown(JSONValue)

  /// What typed text should be.
  public enum TextFormat: Sendable, Hashable {
    case any, name, email, phone
    /// A format that this version does not know.
    case unknown(String)
  }

  /// Bounds are `nil` where the bot gives none.
  public struct Slider: Sendable, Hashable, Codable {
    public let min: Double?
    public let max: Double?
    /// The distance between two values.
    public let step: Double?
    /// What is counted.
    public let unit: String?
  }
}

/// What is offered.
public struct Choice: Sendable, Hashable, Codable {
  /// In order.
  public let options: [ChoiceOption]
  /// Whether several may be picked at once.
  public let multiple: Bool
  /// How many must be picked at least, where the bot says.
  public let least: Int?
  /// How many may be picked at most, where the bot says.
  public let most: Int?
}

/// One option of a choice.
public struct ChoiceOption: Sendable, Hashable, Codable {
  /// What to show.
  public let label: String
  /// The message that picks it; `nil` on a mere link.
  public let answer: Message?
  /// The page to open when it is picked.
  public let url: String?
  /// The card of a carousel that it belongs to.
  public let card: Card?
}

/// One card of a carousel.
public struct Card: Sendable, Hashable, Codable {
  /// The card's place, from 0.
  public let index: Int
  public let title: String
  /// Empty when there is none.
  public let description: String
  /// The URL of a picture.
  public let image: String?
}

/// One field of a form.
public struct FormField: Sendable, Hashable {
  /// What to show, and what to answer under.
  public let label: String
  /// Everything else that the service says about it.
  public let details: [String: JSONValue]
}

extension FormField: Codable {
  public init(from decoder: any Decoder) throws {
    var members = try [String: JSONValue](from: decoder)
    label = members.removeValue(forKey: "label")?.stringValue ?? ""
    details = members
  }

  public func encode(to encoder: any Encoder) throws {
    try details.merging(["label": .string(label)]) { _, label in label }.encode(to: encoder)
  }
}

extension Prompt: Codable {
  enum Key: String, CodingKey {
    case kind, format, limits, fields, validation, code, variables
  }

  /// Never fails on what it does not understand: that is `unknown`.
  public init(from decoder: any Decoder) throws {
    if let known = try? Prompt(known: decoder) {
      self = known
    } else {
      self = .unknown(try JSONValue(from: decoder))
    }
  }

  private init?(known decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: Key.self)
    switch try members.decode(String.self, forKey: .kind) {
    case "text": self = .text(TextFormat(name: try members.decode(String.self, forKey: .format)))
    case "choice": self = .choice(try Choice(from: decoder))
    case "slider": self = .slider(try Slider(from: decoder))
    case "file":
      self = .file(limits: try members.decode([String: JSONValue].self, forKey: .limits))
    case "form": self = .form(try members.decode([FormField].self, forKey: .fields))
    case "date":
      self = .date(validation: try members.decode([String: JSONValue].self, forKey: .validation))
    case "javascript":
      self = .javascript(
        code: try members.decodeIfPresent(String.self, forKey: .code),
        variables: try members.decode([JSONValue].self, forKey: .variables))
    default: return nil
    }
  }

  public func encode(to encoder: any Encoder) throws {
    if case .unknown(let raw) = self { return try raw.encode(to: encoder) }
    var members = encoder.container(keyedBy: Key.self)
    try members.encode(kind, forKey: .kind)
    switch self {
    case .text(let format): try members.encode(format.name, forKey: .format)
    case .choice(let choice): try choice.encode(to: encoder)
    case .slider(let slider): try slider.encode(to: encoder)
    case .file(let limits): try members.encode(limits, forKey: .limits)
    case .form(let fields): try members.encode(fields, forKey: .fields)
    case .date(let validation): try members.encode(validation, forKey: .validation)
    case .javascript(let code, let variables):
      try members.encode(code, forKey: .code)
      try members.encode(variables, forKey: .variables)
    case .unknown: break
    }
  }

  /// The library's word for it, such as `choice`.
  public var kind: String {
    switch self {
    case .text: "text"
    case .choice: "choice"
    case .slider: "slider"
    case .file: "file"
    case .form: "form"
    case .date: "date"
    case .javascript: "javascript"
    case .unknown(let raw): raw["kind"]?.stringValue ?? "unknown"
    }
  }
}

extension Prompt.TextFormat {
  private static let table: [(Prompt.TextFormat, String)] = [
    (.any, "any"), (.name, "name"), (.email, "email"), (.phone, "phone"),
  ]

  init(name: String) {
    self = Self.table.first { $0.1 == name }?.0 ?? .unknown(name)
  }

  var name: String {
    if case .unknown(let name) = self { return name }
    return Self.table.first { $0.0 == self }?.1 ?? "any"
  }
}
