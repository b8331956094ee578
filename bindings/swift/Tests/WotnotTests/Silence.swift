// A service that takes connections and never answers, on a port of the system's choosing.

import Foundation

final class Silence {
  private let socket: Int32
  private var taken: [Int32] = []
  let url: String

  init() throws {
    #if canImport(Glibc)
      let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      let socket = Darwin.socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { raw in
        bind(socket, raw, size) == 0 && listen(socket, 128) == 0
          && fcntl(socket, F_SETFL, O_NONBLOCK) == 0
          && getsockname(socket, raw, &size) == 0
      }
    }
    self.socket = socket
    url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    guard bound else { throw POSIXError(.EADDRNOTAVAIL) }
  }

  /// Whether the first bytes of a request are here.
  func hasRequest() -> Bool {
    let connection = accept(socket, nil, nil)
    if connection >= 0 { taken.append(connection) }
    var byte: UInt8 = 0
    return taken.contains { recv($0, &byte, 1, Int32(Int(MSG_PEEK) | Int(MSG_DONTWAIT))) > 0 }
  }

  deinit {
    for connection in taken { close(connection) }
    close(socket)
  }
}
