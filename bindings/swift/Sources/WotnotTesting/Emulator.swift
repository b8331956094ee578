// A stand-in for the service on this machine, for tests: no account, no network. It runs the `wotnot`
// command, so there is none where a program cannot start another.
#if os(macOS) || os(Linux)

  import Foundation
  import Wotnot

  #if canImport(FoundationNetworking)
    import FoundationNetworking
  #endif

  /// A stand-in for the service, which runs a bot of yours. It ends with its last reference.
  ///
  /// ```swift
  /// let emulator = try Emulator(flow: "lead.yaml")
  /// let client = try await emulator.client()
  /// ```
  public final class Emulator: Sendable {
    /// Where it listens.
    public let baseURL: String
    /// The account's token.
    public let token: Secret
    /// The key of the bot.
    public let botKey: String

    private let controlURL: String
    private let controlToken: String
    private let child: Child

    /// The webhook's token between the emulator and the clients that it makes. It guards nothing real.
    private static let webhookToken = "emulator-webhook-token"

    /// Starts `wotnot emulate`.
    ///
    /// - Parameters:
    ///   - flow: the file of the bot that it runs
    ///   - seed: draws every id, time and chance, so that a run can be repeated
    ///   - command: the `wotnot` command; else the environment variable `WOTNOT_BIN` names it, else it
    ///     is on the `PATH`
    public init(flow: String, seed: UInt64? = nil, command: String? = nil) throws {
      child = try Child(
        command: command, ["emulate", "--json", "--flow", flow] + (seed.map { ["--seed", "\($0)"] } ?? []))
      let ready = child.ready
      guard let baseURL = ready["base_url"]?.stringValue, let token = ready["token"]?.stringValue,
        let control = ready["control_url"]?.stringValue
      else {
        child.end()
        throw EmulatorError("`wotnot emulate` did not start: it wrote why to the standard error")
      }
      self.baseURL = baseURL
      self.token = Secret(token)
      botKey = ready["bots"]?[0]?["key"]?.stringValue ?? ""
      controlURL = control
      controlToken = ready["control_token"]?.stringValue ?? ""
    }

    deinit {
      child.end()
    }

    /// Ends it. A second time does nothing.
    public func close() {
      child.end()
    }

    /// Settings of a client whose listener takes events; hand its URL to `setWebhook`, or let `client`
    /// do so.
    public var configuration: Configuration {
      Configuration(
        token: token, botKey: botKey, baseURL: baseURL,
        webhook: .init(token: Secret(Self.webhookToken), listen: "127.0.0.1:0"))
    }

    /// A client of this service that gets its events.
    public func client() async throws -> WotnotClient {
      let client = try WotnotClient(configuration)
      try await setWebhook(client.status().webhookURL ?? "", token: Self.webhookToken)
      return client
    }

    /// Posts events to this URL from now on. The endpoint is tested first, as the service does.
    public func setWebhook(_ url: String, token: String) async throws {
      try await control(
        "PUT", "/webhook", ["url": .string(url), "token": .string(token)])
    }

    /// What was said in a conversation, and the events that it made.
    public func transcript(of conversationID: String) async throws -> JSONValue {
      try await control("GET", "/conversations/\(escaped(conversationID))")
    }

    /// The calls that came in, and what they were answered.
    public func requests() async throws -> [JSONValue] {
      try await control("GET", "/requests")["requests"]?.arrayValue ?? []
    }

    /// What goes wrong from now on, in place of the rules before; an empty list ends it.
    public func setFaults(_ rules: [JSONValue]) async throws {
      try await control("PUT", "/faults", ["faults": .array(rules)])
    }

    /// Has a person of the company say something.
    public func agentSays(_ text: String, in conversationID: String) async throws {
      try await control(
        "POST", "/conversations/\(escaped(conversationID))/agent", ["text": .string(text)])
    }

    /// Has the company's side close the conversation.
    public func closeConversation(_ conversationID: String) async throws {
      try await control("POST", "/conversations/\(escaped(conversationID))/close")
    }

    /// Forgets every conversation, request and fault.
    public func reset() async throws {
      try await control("POST", "/reset")
    }

    /// Any call of the control API; `path` is what follows `/_emulator`. Throws an `EmulatorError` with
    /// what the emulator says when it refuses.
    @discardableResult
    public func control(
      _ method: String, _ path: String, _ body: JSONValue? = nil
    ) async throws -> JSONValue {
      guard let url = URL(string: controlURL + path) else {
        throw EmulatorError("\(path): no path of a URL")
      }
      var request = URLRequest(url: url)
      request.httpMethod = method
      request.setValue("Bearer \(controlToken)", forHTTPHeaderField: "Authorization")
      if let body {
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(try body.json().utf8)
      }
      let (data, response) = try await URLSession.shared.data(for: request)
      let answer = (try? JSONDecoder().decode(JSONValue.self, from: data)) ?? [:]
      let status = (response as? HTTPURLResponse)?.statusCode ?? 0
      guard (200..<300).contains(status) else {
        throw EmulatorError("\(method) \(path): \(answer["error"]?.stringValue ?? "\(status)")")
      }
      return answer
    }

    private func escaped(_ id: String) -> String {
      id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
  }

  /// The emulator did not start, or refused what it was asked for.
  public struct EmulatorError: Error, Hashable, CustomStringConvertible, LocalizedError {
    /// What went wrong, and what to do.
    public let description: String
    public var errorDescription: String? { description }

    init(_ description: String) {
      self.description = description
    }
  }

  /// The command, the first line that it printed, and the end of it.
  private final class Child: @unchecked Sendable {
    private let process = Process()
    private let lock = NSLock()
    let ready: JSONValue

    init(command: String?, _ arguments: [String]) throws {
      let command = command ?? ProcessInfo.processInfo.environment["WOTNOT_BIN"]
      // `env` looks through the PATH.
      process.executableURL = URL(fileURLWithPath: command ?? "/usr/bin/env")
      process.arguments = (command == nil ? ["wotnot"] : []) + arguments
      let output = Pipe()
      process.standardOutput = output
      do {
        try process.run()
      } catch {
        throw EmulatorError(
          "`\(command ?? "wotnot") emulate` does not run: put the `wotnot` command on the PATH, or name "
            + "it in the environment variable WOTNOT_BIN")
      }
      let reader = output.fileHandleForReading
      var line = Data()
      while !line.contains(UInt8(ascii: "\n")) {
        let part = reader.availableData
        if part.isEmpty { break }
        line.append(part)
      }
      let first = line.prefix { $0 != UInt8(ascii: "\n") }
      ready = (try? JSONDecoder().decode(JSONValue.self, from: first)) ?? [:]
      // What it says later is not needed, but a full pipe would hold it up.
      Thread.detachNewThread { while !reader.availableData.isEmpty {} }
    }

    func end() {
      lock.withLock {
        guard process.isRunning else { return }
        // A program that is started from a task of Swift has SIGTERM blocked, as the threads of tasks
        // have; and the emulator keeps nothing.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
      }
    }
  }

#endif
