// A web server just large enough for an example: one request a connection, on sockets of the system.
// Swift has none of its own; a program of yours has that of its framework.

import Foundation

#if canImport(Glibc)
  import Glibc
  private let stream = Int32(SOCK_STREAM.rawValue)
#else
  import Darwin
  private let stream = SOCK_STREAM
#endif

struct Server {
  private static let largest = 1024 * 1024

  private let socket: Int32

  /// Listens at an address of IPv4 such as `127.0.0.1:8089`.
  init?(listen: String) {
    let parts = listen.split(separator: ":")
    guard parts.count == 2, let port = UInt16(parts[1]) else { return nil }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    guard inet_pton(AF_INET, String(parts[0]), &address.sin_addr) == 1 else { return nil }
    socket = systemSocket(AF_INET, stream, 0)
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    let size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, size) == 0 }
    }
    guard isBound, systemListen(socket, 128) == 0 else { return nil }
  }

  /// Answers requests for as long as the program runs.
  func run(_ answer: @escaping @Sendable (Request) async -> Response) -> Never {
    while true {
      let connection = accept(socket, nil, nil)
      guard connection >= 0 else { continue }
      // Reading blocks, which a task must not.
      Thread.detachNewThread {
        guard let request = Self.read(connection) else {
          close(connection)
          return
        }
        Task {
          Self.write(await answer(request), to: connection)
          close(connection)
        }
      }
    }
  }

  private static func read(_ connection: Int32) -> Request? {
    let end = Data("\r\n\r\n".utf8)
    var received = Data()
    var buffer = [UInt8](repeating: 0, count: 16 * 1024)
    while received.count < largest {
      if let head = received.range(of: end),
        let request = parse(received[..<head.lowerBound], received[head.upperBound...])
      {
        return request
      }
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      received.append(contentsOf: buffer[..<count])
    }
    return nil
  }

  /// `nil` while the body is not whole.
  private static func parse(_ head: Data, _ body: Data) -> Request? {
    let lines = String(decoding: head, as: UTF8.self).components(separatedBy: "\r\n")
    func header(_ name: String) -> String? {
      lines.dropFirst().lazy.compactMap { line in
        let parts = line.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, parts[0].lowercased() == name else { return nil }
        return parts[1].trimmingCharacters(in: .whitespaces)
      }.first
    }
    let start = (lines.first ?? "").split(separator: " ").map(String.init)
    guard start.count == 3, body.count >= Int(header("content-length") ?? "0") ?? 0 else {
      return nil
    }
    let path = start[1].prefix { $0 != "?" }
    return Request(
      method: start[0], path: String(path).removingPercentEncoding ?? "",
      authorization: header("authorization"), body: String(decoding: body, as: UTF8.self))
  }

  private static func write(_ response: Response, to connection: Int32) {
    let text =
      "HTTP/1.1 \(response.status) -\r\nContent-Type: application/json\r\n"
      + "Content-Length: \(response.body.utf8.count)\r\nConnection: close\r\n\r\n\(response.body)"
    var rest = ArraySlice(Array(text.utf8))
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, 0) }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}

// Members of `Server` hide the functions of these names.
private func systemSocket(_ domain: Int32, _ type: Int32, _ kind: Int32) -> Int32 {
  socket(domain, type, kind)
}

private func systemListen(_ socket: Int32, _ backlog: Int32) -> Int32 {
  listen(socket, backlog)
}
