// What a visitor says: the vendor's own message object, and the ways to build one.

/// A message to send. A choice's `answer` is one that is ready.
///
/// The library checks known types before anything is sent, and fills in what follows from the rest.
public struct Message: Sendable, Hashable {
  /// Such as `text` or `slider.response`.
  public var type: String
  /// The vendor's fields for that type.
  public var data: [String: JSONValue]
  /// Sends a type that the library does not know as it stands.
  public var isUnchecked: Bool

  public init(type: String, data: [String: JSONValue], isUnchecked: Bool = false) {
    self.type = type
    self.data = data
    self.isUnchecked = isUnchecked
  }

  /// Typed text.
  public static func text(_ body: String) -> Message {
    Message(type: "text", data: ["body": .string(body)])
  }

  /// A slider's value.
  public static func slider(_ value: Double) -> Message {
    let number = Int64(exactly: value).map(JSONValue.integer) ?? .number(value)
    return Message(type: "slider.response", data: ["value": number])
  }

  /// Links to files that you host.
  public static func files(_ files: [FileLink]) -> Message {
    Message(
      type: "file_upload.response", data: ["files": .array(files.map(\.json))])
  }

  /// The answer to a `javascript` prompt: variables about the person, and others.
  public static func variables(
    contact: [String: JSONValue] = [:], other: [String: JSONValue] = [:]
  ) -> Message {
    Message(
      type: "javascript.response",
      data: [
        "variables": [
          "contact_variables": pairs(contact), "non_contact_variables": pairs(other),
        ]
      ])
  }

  /// The answer to a `form` prompt: what was filled in, by the fields' labels.
  public static func form(_ fields: KeyValuePairs<String, JSONValue>) -> Message {
    Message(
      type: "form.response",
      data: ["fields": .array(fields.map { ["label": .string($0.key), "value": $0.value] })])
  }

  private static func pairs(_ values: [String: JSONValue]) -> JSONValue {
    .array(values.sorted { $0.key < $1.key }.map { ["name": .string($0.key), "value": $0.value] })
  }
}

extension Message: Codable {
  enum CodingKeys: String, CodingKey {
    case type, data
    case isUnchecked = "unchecked"
  }

  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    type = try fields.decode(String.self, forKey: .type)
    data = try fields.decode([String: JSONValue].self, forKey: .data)
    isUnchecked = try fields.decodeIfPresent(Bool.self, forKey: .isUnchecked) ?? false
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: CodingKeys.self)
    try fields.encode(type, forKey: .type)
    try fields.encode(data, forKey: .data)
    if isUnchecked { try fields.encode(true, forKey: .isUnchecked) }
  }
}

/// A file of an answer: a link that you host. What is left out follows from `path` or the link.
public struct FileLink: Sendable, Hashable {
  /// Where the service can fetch it: an absolute http or https URL.
  public var link: String
  /// The local file that stands behind the link. Only its name is used; nothing is uploaded.
  public var path: String?
  /// The name to show.
  public var filename: String?
  /// Such as `image/png`.
  public var mimeType: String?
  /// Without the dot.
  public var fileExtension: String?

  public init(
    link: String, path: String? = nil, filename: String? = nil, mimeType: String? = nil,
    fileExtension: String? = nil
  ) {
    self.link = link
    self.path = path
    self.filename = filename
    self.mimeType = mimeType
    self.fileExtension = fileExtension
  }

  /// The JSON form, as `WotnotClient.answer` takes it.
  public var json: JSONValue {
    let members = [
      "link": link, "path": path, "filename": filename, "mime_type": mimeType,
      "extension": fileExtension,
    ]
    return .object(members.compactMapValues { $0 }.mapValues(JSONValue.string))
  }
}

/// What is known about a visitor before the first word. Values are scalars.
public struct Variables: Sendable, Hashable, Encodable {
  /// About the device, in camelCase: `timezone`, `referrerUrl`, `browserLanguage`.
  public var system: [String: JSONValue]?
  /// About the person; lives across conversations.
  public var contact: [String: JSONValue]?
  /// About this conversation only.
  public var conversation: [String: JSONValue]?

  public init(
    system: [String: JSONValue]? = nil, contact: [String: JSONValue]? = nil,
    conversation: [String: JSONValue]? = nil
  ) {
    self.system = system
    self.contact = contact
    self.conversation = conversation
  }
}
