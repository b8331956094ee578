// Who waits sleeps: nothing wakes them but what they wait for.

import XCTest

@testable import Wotnot

#if os(Linux)
  final class SleepTests: LeakCheckedCase {
    func testTasksThatWaitForEventsWakeNoThread() async throws {
      // XCTest's own threads tick, and those of what other tests left behind.
      let before = try wakeUpsOfThreeSeconds()
      let client = try client()
      var waiting = (1...200).map { number in
        Task { _ = try await client.conversation("c\(number)").receive() }
      }
      waiting.append(Task { _ = try await client.receive(timeout: .seconds(3600)) })
      waiting.append(Task { for try await _ in client.events() { XCTFail("there is no event") } })
      // All of them wait, and the threads that brought them there sleep, once such a time is as quiet as
      // before. A tick of a tenth of a second would be 30 wake-ups more, each time.
      try await eventually("fewer than 15 wake-ups more in three seconds") {
        try wakeUpsOfThreeSeconds() < before + 15
      }
      for task in waiting {
        task.cancel()
        _ = await task.result
      }
    }

    private func wakeUpsOfThreeSeconds() throws -> Int {
      let before = try switches()
      sleep(3)
      return try switches().map { thread, count in count - before[thread, default: 0] }.reduce(0, +)
    }

    /// How often each thread went to sleep, but for the first: the run loop of the tests.
    private func switches() throws -> [String: Int] {
      let threads = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task")
      var found: [String: Int] = [:]
      for thread in threads where thread != "\(getpid())" {
        // A thread may have ended meanwhile.
        let path = "/proc/self/task/\(thread)/status"
        let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("voluntary_ctxt_switches:") {
          found[thread] = Int(line.split(separator: "\t").last ?? "")
        }
      }
      return found
    }
  }
#endif
