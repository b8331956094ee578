// The C library: the only file that holds its pointers. Every call here blocks its thread.

import CWotnot
import Foundation

/// A client of the C library: an id, closed once.
struct Handle: Sendable {
  let id: wotnot_client

  /// Makes a client from the JSON form of its configuration.
  init(configuration: String) throws(WotnotError) {
    var id: wotnot_client = 0
    let (status, text) = taken { out in wotnot_client_new(configuration, &id, out) }
    guard status == WOTNOT_OK else { throw failure(status, text) }
    self.id = id
  }

  /// Calls a method and gives the success envelope.
  func call(_ method: String, _ parameters: String) throws(WotnotError) -> Data {
    // A NUL would cut the name; with another character that no name holds, the library refuses it.
    let method = method.replacingOccurrences(of: "\0", with: "\u{1}")
    let (status, text) = taken { out in wotnot_call(id, method, parameters, out) }
    guard status == WOTNOT_OK else { throw failure(status, text) }
    return text
  }

  /// The event that the parameters ask for; `nil` when none came within their time.
  func receive<Taken: Decodable>(_ parameters: String) throws(WotnotError) -> Taken? {
    let (status, text) = taken { out in wotnot_call(id, "receive", parameters, out) }
    switch status {
    case WOTNOT_OK: return try value(of: text)
    case WOTNOT_TIMEOUT: return nil
    default: throw failure(status, text)
    }
  }

  /// Wakes who waits in `receive` at this moment.
  func interrupt() {
    _ = wotnot_interrupt(id)
  }

  /// Ends every call and every wait, for good.
  func close() {
    _ = wotnot_client_close(id)
  }
}

private struct Success<Value: Decodable>: Decodable {
  let value: Value
}

private struct Failure: Decodable {
  let error: WotnotError
}

/// The value of a success envelope.
func value<Value: Decodable>(of envelope: Data) throws(WotnotError) -> Value {
  do {
    return try JSONDecoder().decode(Success<Value>.self, from: envelope).value
  } catch {
    throw WotnotError(.internal, "the library's answer is not of the shape that was expected")
  }
}

/// Runs a function of the library and takes over the string that it gave.
private func taken(
  _ function: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> wotnot_status
) -> (wotnot_status, Data) {
  var out: UnsafeMutablePointer<CChar>?
  let status = function(&out)
  defer { wotnot_string_free(out) }
  return (status, out.map { Data(bytes: $0, count: strlen($0)) } ?? Data())
}

private func failure(_ status: wotnot_status, _ envelope: Data) -> WotnotError {
  if let error = try? JSONDecoder().decode(Failure.self, from: envelope).error { return error }
  let name = String(cString: wotnot_status_name(status))
  return WotnotError(WotnotError.Code(name: name), "the library said \(name)")
}

/// The version of the C library that was linked.
public var libraryVersion: String {
  String(cString: wotnot_version())
}
