// Blocking calls on threads of their own, never on those that run the tasks.

import Foundation

/// Runs `work` on a thread that may block. A cancelled task gets its `CancellationError` at once,
/// while the work goes on to its end and its outcome is dropped.
func blocking<Value: Sendable>(
  _ work: @escaping @Sendable () throws -> Value
) async throws -> Value {
  let answer = Answer<Value>()
  return try await withTaskCancellationHandler {
    try await withCheckedThrowingContinuation { continuation in
      guard answer.await(continuation) else { return }
      // A queue of its own overcommits: as many calls block as there are, and none waits for another.
      DispatchQueue(label: "wotnot.call").async {
        answer.settle(Result(catching: work))
      }
    }
  } onCancel: {
    answer.settle(.failure(CancellationError()))
  }
}

/// The first outcome counts.
private final class Answer<Value: Sendable>: @unchecked Sendable {
  private let lock = NSLock()
  private var continuation: CheckedContinuation<Value, any Error>?
  private var isSettled = false

  /// Whether the work is still wanted.
  func await(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
    lock.lock()
    defer { lock.unlock() }
    if isSettled {
      continuation.resume(throwing: CancellationError())
      return false
    }
    self.continuation = continuation
    return true
  }

  func settle(_ outcome: Result<Value, any Error>) {
    lock.lock()
    defer { lock.unlock() }
    isSettled = true
    continuation?.resume(with: outcome)
    continuation = nil
  }
}
