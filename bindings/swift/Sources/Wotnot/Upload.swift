// Files of a visitor's, handed to a gateway.

import Foundation

/// How far a file is on its way to a gateway.
public struct Uploaded: Sendable, Hashable, Codable {
  /// The gateway's id of it.
  public let fileID: String
  /// The name that is shown.
  public let name: String
  /// How many bytes it has.
  public let size: UInt64
  /// How many of them the gateway has.
  public let offset: UInt64
  /// Whether it is there as a whole.
  public let isReady: Bool
  /// What answers a prompt for a file, once it is ready.
  public let link: String?

  enum CodingKeys: String, CodingKey {
    case name, size, offset, link
    case fileID = "file_id"
    case isReady = "ready"
  }

  public func encode(to encoder: any Encoder) throws {
    var members = encoder.container(keyedBy: CodingKeys.self)
    try members.encode(fileID, forKey: .fileID)
    try members.encode(name, forKey: .name)
    try members.encode(size, forKey: .size)
    try members.encode(offset, forKey: .offset)
    try members.encode(isReady, forKey: .isReady)
    try members.encode(link, forKey: .link)
  }
}

extension Uploaded: CustomStringConvertible {
  /// Without the name and the link.
  public var description: String { "Uploaded(\(fileID), \(offset) of \(size) bytes)" }
}

/// Whether people see an app now.
public enum AppState: String, Sendable, Codable, CaseIterable {
  case foreground
  /// The gateway is asked less often.
  case background
}

/// Bytes of one part.
private let partSize = 256 * 1024

extension WotnotClient {
  /// Hands a file to the gateway, and gives the link that answers a prompt for one. It goes on after a cut;
  /// after an error, or a kill of the program, the same call goes on where it stopped.
  ///
  /// `name` is that of the path and `mediaType` what the name says, when they are `nil`. Without `timeout`
  /// each part has the configured one.
  public func upload(
    path: String, name: String? = nil, mediaType: String? = nil, timeout: Duration? = nil
  ) async throws -> Uploaded {
    struct Parameters: Encodable {
      let path: String
      let name: String?
      let type: String?
      let timeout_ms: Int64?
    }
    let parameters = Parameters(
      path: path, name: name, type: mediaType, timeout_ms: timeout?.wholeMilliseconds)
    return try await performNamed("upload", parameters, timeout)
  }

  /// The same part by part: tells how far it is, the last time with the link. `fileID` is that of an upload
  /// that was begun before, to go on with it.
  public func uploadParts(
    of content: Data, name: String, mediaType: String? = nil, fileID: String? = nil
  ) -> AsyncThrowingStream<Uploaded, any Error> {
    uploadParts(of: .bytes(content), name, mediaType, fileID)
  }

  /// The same of a file, of which one part at a time is in memory.
  public func uploadParts(
    of file: URL, mediaType: String? = nil, fileID: String? = nil
  ) throws -> AsyncThrowingStream<Uploaded, any Error> {
    let content = Content.file(try FileHandle(forReadingFrom: file))
    return uploadParts(of: content, file.lastPathComponent, mediaType, fileID)
  }

  private func uploadParts(
    of content: Content, _ name: String, _ mediaType: String?, _ fileID: String?
  ) -> AsyncThrowingStream<Uploaded, any Error> {
    let parts = Parts(
      client: self, content: content, name: name, mediaType: mediaType, fileID: fileID)
    return AsyncThrowingStream { try await parts.next() }
  }

  /// Says through a gateway whether people see the app now.
  public func setAppState(_ state: AppState) throws(WotnotError) {
    _ = try callNow("set_app_state", ["state": .string(state.rawValue)])
  }
}

/// What is handed over. A file is not mapped: one that became shorter meanwhile would end the process.
private enum Content {
  case bytes(Data)
  case file(FileHandle)

  func size() throws -> UInt64 {
    switch self {
    case .bytes(let bytes): UInt64(bytes.count)
    case .file(let file): try file.seekToEnd()
    }
  }

  /// What stands behind `offset`, a part at most; nothing where a file has become shorter.
  func part(at offset: UInt64) throws -> Data {
    switch self {
    case .bytes(let bytes):
      return bytes.dropFirst(Int(offset)).prefix(partSize)
    case .file(let file):
      try file.seek(toOffset: offset)
      return try file.read(upToCount: partSize) ?? Data()
    }
  }
}

private actor Parts {
  private let client: WotnotClient
  private let content: Content
  private let name: String
  private let mediaType: String?
  private let fileID: String?
  private var now: Uploaded?

  init(
    client: WotnotClient, content: Content, name: String, mediaType: String?, fileID: String?
  ) {
    self.client = client
    self.content = content
    self.name = name
    self.mediaType = mediaType
    self.fileID = fileID
  }

  /// The next part on its way; `nil` once all is there.
  func next() async throws -> Uploaded? {
    struct Parameters: Encodable {
      var name: String?
      var size: UInt64?
      var type: String?
      var file_id: String?
      var offset: UInt64?
      var data: String?
    }
    var parameters = Parameters()
    switch (now, fileID) {
    case (let now?, _):
      if now.isReady { return nil }
      parameters.file_id = now.fileID
      parameters.offset = now.offset
      parameters.data = try content.part(at: now.offset).base64EncodedString()
    case (nil, let fileID?):
      parameters.file_id = fileID
    case (nil, nil):
      parameters.name = name
      parameters.size = try content.size()
      parameters.type = mediaType
    }
    let told: Uploaded = try await client.performNamed("upload", parameters, nil)
    now = told
    return told
  }
}
