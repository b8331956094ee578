// Calls on threads of their own, never on those that run the tasks. Each call has a name, by which the
// library ends it when its task is cancelled.

import Foundation

/// The calls of one client. What hangs in one client holds up no other.
final class Calls: @unchecked Sendable {
  /// How many calls of a client may block threads at once.
  static let atOnce = 64

  private let handle: Handle
  private let lock = NSLock()
  private var running = 0
  /// Those that wait for their turn, in order.
  private var waiting: [Call] = []
  private var lastName = 0
  /// The overall deadline of a call that names none.
  private lazy var defaultTimeout = timeoutOfLibrary()

  init(handle: Handle) {
    self.handle = handle
  }

  /// Gives the success envelope. A cancelled task gets `interrupted`, which says what became of the
  /// message. `parameters` is the text of a JSON object; it may hold the call's `name`, as JSON.
  func run(
    _ method: String, _ parameters: String, timeout: Duration?, name: String? = nil
  ) async throws -> Data {
    let call = Call(handle, method, parameters, name: name ?? lock.withLock { nextName() })
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        call.continuation = continuation
        begin(call, timeout)
      }
    } onCancel: {
      cancel(call)
    }
  }

  private func nextName() -> String {
    lastName += 1
    return "\"swift-\(lastName)\""
  }

  private func begin(_ call: Call, _ timeout: Duration?) {
    lock.lock()
    if running < Calls.atOnce || call.isCancelled {
      running += 1
      lock.unlock()
      return Thread.detachNewThread { self.work(call) }
    }
    waiting.append(call)
    let limit = timeout ?? defaultTimeout
    lock.unlock()
    guard let limit, limit < .seconds(86_400) else { return }
    let milliseconds = Int(max(0, limit.wholeMilliseconds))
    DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(milliseconds)) {
      [weak self, weak call] in
      if let self, let call, leaveQueue(call) { call.run() }
    }
  }

  /// Runs this call, and then those that wait.
  private func work(_ first: Call) {
    var next: Call? = first
    while let call = next {
      call.run()
      next = lock.withLock {
        // A call that was cancelled before it began runs beside the others, and leaves its turn to none.
        guard !waiting.isEmpty, running <= Calls.atOnce else {
          running -= 1
          return nil
        }
        return waiting.removeFirst()
      }
    }
  }

  /// Whether the call waited for its turn. What leaves early the library ends at once: its time is over,
  /// or it is cancelled.
  private func leaveQueue(_ call: Call) -> Bool {
    lock.withLock {
      guard let at = waiting.firstIndex(where: { $0 === call }) else { return false }
      waiting.remove(at: at)
      return true
    }
  }

  private func cancel(_ call: Call) {
    call.cancel()
    if leaveQueue(call) { call.run() }
  }

  private func timeoutOfLibrary() -> Duration? {
    let status: Status? = try? value(of: handle.call("status", "{}"))
    return status.map { .milliseconds($0.timeoutMilliseconds) }
  }
}

/// One call under a name of its own.
private final class Call: @unchecked Sendable {
  private enum Stage {
    case waits, runs, isOver, isCancelled
  }

  private let handle: Handle
  private let method: String
  private let parameters: String
  private let name: String
  private let asked = ContinuousClock.now
  private let lock = NSLock()
  private var stage = Stage.waits
  /// Set before the call begins.
  var continuation: CheckedContinuation<Data, any Error>?

  init(_ handle: Handle, _ method: String, _ parameters: String, name: String) {
    self.handle = handle
    self.method = method
    self.parameters = parameters
    self.name = name
  }

  var isCancelled: Bool { lock.withLock { stage == .isCancelled } }

  /// Blocks until the call is over. Once.
  func run() {
    let runs = lock.withLock {
      guard stage == .waits else { return false }
      stage = .runs
      return true
    }
    let queued = max(0, (ContinuousClock.now - asked).wholeMilliseconds)
    let facts =
      #"{"call_id":\#(name),"queued_ms":\#(queued)"# + (runs ? "" : #","cancelled":true"#)
    let rest = parameters.dropFirst()
    let outcome = Result { () throws(WotnotError) in
      try handle.call(method, facts + (rest == "}" ? "" : ",") + rest)
    }
    lock.withLock { stage = .isOver }
    continuation?.resume(with: outcome.mapError { $0 })
  }

  /// Ends the call, also when it has yet to begin.
  func cancel() {
    lock.withLock { if stage == .waits { stage = .isCancelled } }
    // The library knows the name a moment after the call has begun.
    while lock.withLock({ stage == .runs }), !isFound() { sched_yield() }
  }

  private func isFound() -> Bool {
    struct Cancelled: Decodable {
      let found: Bool
    }
    let cancelled: Cancelled? = try? value(of: handle.call("cancel", #"{"call_id":\#(name)}"#))
    // A closed client ends the call too.
    return cancelled?.found ?? true
  }
}
