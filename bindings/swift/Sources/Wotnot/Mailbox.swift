// Tasks that wait for events. Waiting holds no thread but one for each client, which wakes those whose
// events came; each takes its event from the library itself, so that none is ever on its way to a task
// that has left.

import Foundation

final class Mailbox: @unchecked Sendable {
  private let handle: Handle
  private let lock = NSLock()
  /// By conversation; under `nil`, those who take any event.
  private var waiters: [String?: [ObjectIdentifier: Waiter]] = [:]
  private var isWatched = false

  init(handle: Handle) {
    self.handle = handle
  }

  /// The next event of this conversation, or of any; `nil` when none came within the time.
  func next<Taken: Decodable>(
    of conversation: String?, within timeout: Duration?, log: LogFilter = .without
  ) async throws -> Taken? {
    let deadline = timeout.map { ContinuousClock.now + min($0, .seconds(1_000_000_000)) }
    let waiter = Waiter()
    func look() throws -> Taken? { try self.look(for: conversation, log, waiter) }
    if let taken = try look() { return taken }
    join(waiter, conversation)
    defer { leave(waiter, conversation) }
    while true {
      if let taken = try look() { return taken }
      if let deadline, deadline <= .now { return nil }
      try await waiter.wait(until: deadline)
    }
  }

  /// Ends the waits of now.
  func interrupt() {
    for waiter in lock.withLock({ everybody() }) { waiter.interrupt() }
  }

  /// Takes the event that is there; nothing suspends between this and the caller.
  private func look<Taken: Decodable>(
    for conversation: String?, _ log: LogFilter, _ waiter: Waiter
  ) throws -> Taken? {
    try Task.checkCancellation()
    let parameters = ReceiveParameters(
      conversation_id: conversation, log: log, cancelled: waiter.isInterrupted)
    return try handle.receive(text(of: parameters))
  }

  private func join(_ waiter: Waiter, _ conversation: String?) {
    let isFirst = lock.withLock {
      waiters[conversation, default: [:]][ObjectIdentifier(waiter)] = waiter
      defer { isWatched = true }
      return !isWatched
    }
    if isFirst { Thread.detachNewThread { self.watch() } }
  }

  private func leave(_ waiter: Waiter, _ conversation: String?) {
    lock.withLock {
      waiters[conversation]?[ObjectIdentifier(waiter)] = nil
      if waiters[conversation]?.isEmpty ?? false { waiters[conversation] = nil }
    }
  }

  /// Wakes waiters as long as there are any. When the last one leaves, it waits for the change that
  /// ends it.
  private func watch() {
    struct Change: Decodable {
      let change: UInt64
      let conversations: [String]
    }
    var after: UInt64 = 0
    while lock.withLock({ isNeeded() }) {
      do {
        let found: Change = try value(of: handle.call("wait", #"{"after":\#(after)}"#))
        after = found.change
        let woken = lock.withLock {
          (found.conversations + [nil]).flatMap { waiters[$0]?.values.map { $0 } ?? [] }
        }
        for waiter in woken { waiter.wake() }
      } catch {
        let failed = lock.withLock {
          defer { waiters = [:] }
          return everybody()
        }
        for waiter in failed { waiter.fail(error) }
      }
    }
  }

  private func isNeeded() -> Bool {
    isWatched = !waiters.isEmpty
    return isWatched
  }

  private func everybody() -> [Waiter] {
    waiters.values.flatMap(\.values)
  }
}

/// A look that does not wait.
private struct ReceiveParameters: Encodable {
  let conversation_id: String?
  let log: LogFilter
  let timeout_ms = 0
  let cancelled: Bool
}

/// One task that waits. What changes is guarded by its lock.
private final class Waiter: @unchecked Sendable {
  private let lock = NSLock()
  private var continuation: CheckedContinuation<Void, any Error>?
  /// A waking that came while the task did not wait.
  private var pending: Result<Void, any Error>?
  private var wasInterrupted = false

  var isInterrupted: Bool { lock.withLock { wasInterrupted } }

  /// Until the next waking, the deadline, or the end of the task.
  func wait(until deadline: ContinuousClock.Instant?) async throws {
    let alarm = deadline.map { deadline in
      let alarm = DispatchWorkItem { [weak self] in self?.wake() }
      let left = Int(max(0, (deadline - .now).wholeMilliseconds) + 1)
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(left), execute: alarm)
      return alarm
    }
    defer { alarm?.cancel() }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let pending = lock.withLock {
          defer { self.pending = nil }
          if self.pending == nil { self.continuation = continuation }
          return self.pending
        }
        if let pending { continuation.resume(with: pending) }
      }
    } onCancel: {
      wake()
    }
  }

  func wake() {
    settle(.success(()))
  }

  func interrupt() {
    lock.withLock { wasInterrupted = true }
    wake()
  }

  func fail(_ error: any Error) {
    settle(.failure(error))
  }

  private func settle(_ outcome: Result<Void, any Error>) {
    let waiting = lock.withLock {
      defer { continuation = nil }
      if continuation == nil { pending = outcome }
      return continuation
    }
    waiting?.resume(with: outcome)
  }
}
