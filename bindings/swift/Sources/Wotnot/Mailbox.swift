// Who waits for which event. Waiting tasks hold no thread; one thread receives for all of them, and
// only while somebody waits.

import Foundation

final class Mailbox: @unchecked Sendable {
  /// How long the thread looks away from who waits; an interrupt that came too early costs no more.
  private static let slice: Duration = .milliseconds(100)

  private let handle: Handle
  private let capacity: Int
  /// Overcommits: a blocked receive takes no thread from anybody.
  private let queue = DispatchQueue(label: "wotnot.receive")
  private let lock = NSCondition()
  private var waiters: [Waiter] = []
  /// Events that nobody wanted when they came, in order.
  private var held: [Event] = []
  private var isReceiving = false
  private var isClosed = false

  init(handle: Handle, capacity: Int) {
    self.handle = handle
    self.capacity = capacity
  }

  /// The next event of this conversation, or of any; `nil` when none came within the time.
  func next(of conversation: String?, within timeout: Duration?) async throws -> Event? {
    let waiter = Waiter(conversation: conversation, timeout: timeout)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        enter(waiter, continuation)
      }
    } onCancel: {
      cancel(waiter)
    }
  }

  /// Fails everybody who waits now.
  func interrupt() {
    lock.withLock { failAll(WotnotError(.interrupted, "the wait was interrupted")) }
    handle.interrupt()
  }

  /// Fails everybody, now and later.
  func close() {
    lock.withLock {
      isClosed = true
      held = []
      failAll(Mailbox.closed)
      lock.signal()
    }
  }

  private static let closed = WotnotError(.closed, "the client was closed", method: "receive")

  private func enter(_ waiter: Waiter, _ continuation: CheckedContinuation<Event?, any Error>) {
    lock.lock()
    defer { lock.unlock() }
    if waiter.isCancelled { return continuation.resume(throwing: CancellationError()) }
    if isClosed { return continuation.resume(throwing: Mailbox.closed) }
    if let at = held.firstIndex(where: waiter.wants) {
      continuation.resume(returning: held.remove(at: at))
      return lock.signal()
    }
    waiter.continuation = continuation
    waiters.append(waiter)
    if isReceiving {
      handle.interrupt()
    } else {
      isReceiving = true
      queue.async { self.receive() }
    }
  }

  private func cancel(_ waiter: Waiter) {
    lock.withLock {
      waiter.isCancelled = true
      waiters.removeAll { $0 === waiter }
      waiter.resume(.failure(CancellationError()))
    }
    handle.interrupt()
  }

  /// Receives for those who wait until nobody does.
  private func receive() {
    while let (present, milliseconds) = round() {
      let outcome = Result { () throws(WotnotError) in
        try handle.receive(milliseconds: milliseconds)
      }
      lock.withLock { settle(outcome, present) }
    }
  }

  /// Who waits at the start of a round, and for how long it may block; `nil` ends the thread.
  private func round() -> (present: [Waiter], milliseconds: UInt32)? {
    lock.lock()
    defer { lock.unlock() }
    while true {
      guard !waiters.isEmpty, !isClosed else {
        isReceiving = false
        return nil
      }
      let now = ContinuousClock.now
      if held.count < capacity {
        let longest = waiters.compactMap { $0.deadline.map { $0 - now } }.min() ?? Mailbox.slice
        let wait = max(.zero, min(longest, Mailbox.slice))
        return (waiters, UInt32(clamping: wait.wholeMilliseconds))
      }
      // Full of events for others: the library keeps the rest, and its senders come again.
      expire(waiters, now)
      _ = lock.wait(until: Date(timeIntervalSinceNow: 0.1))
    }
  }

  private func settle(_ outcome: Result<Event?, WotnotError>, _ present: [Waiter]) {
    switch outcome {
    case .success(let event?):
      if let at = waiters.firstIndex(where: { $0.wants(event) }) {
        waiters.remove(at: at).resume(.success(event))
      } else {
        held.append(event)
      }
    case .success(nil): expire(present, .now)
    // Somebody came or left: look at who waits now.
    case .failure(let error) where error.code == .interrupted: expire(present, .now)
    case .failure(let error): failAll(error)
    }
  }

  /// Ends the waits that are over. Only those who were there before the last look, which found
  /// nothing: a wait of no time at all is still one look.
  private func expire(_ present: [Waiter], _ now: ContinuousClock.Instant) {
    for waiter in present where waiter.deadline.map({ $0 <= now }) ?? false {
      waiters.removeAll { $0 === waiter }
      waiter.resume(.success(nil))
    }
  }

  private func failAll(_ error: WotnotError) {
    for waiter in waiters { waiter.resume(.failure(error)) }
    waiters = []
  }
}

/// One task that waits. Everything that changes is guarded by the mailbox's lock.
private final class Waiter: @unchecked Sendable {
  let conversation: String?
  let deadline: ContinuousClock.Instant?
  var continuation: CheckedContinuation<Event?, any Error>?
  /// A task may be cancelled before its wait begins.
  var isCancelled = false

  init(conversation: String?, timeout: Duration?) {
    self.conversation = conversation
    deadline = timeout.map { ContinuousClock.now + $0 }
  }

  func wants(_ event: Event) -> Bool {
    conversation == nil || conversation == event.conversationID
  }

  func resume(_ outcome: Result<Event?, any Error>) {
    continuation?.resume(with: outcome)
    continuation = nil
  }
}
