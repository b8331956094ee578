// Many visitors, each in a window of their own. It knows no web server: `answer` takes a request of
// any, that of Vapor, Hummingbird or SwiftNIO as that of `Server.swift`.
//
//   POST   /wotnot/events           the service posts what the bots say
//   POST   /visitors/ID/messages    {"text": ...}: the visitor says something; at first, that starts
//                                   a conversation
//   GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
//   DELETE /visitors/ID             the visitor has left
//
// The client keeps the events of each conversation until its window asks for them, so that one that
// nobody looks at holds up no other. What nobody asks for in 15 minutes gives way when there is no
// room.

import Foundation
import Wotnot

struct Request: Sendable {
  var method: String
  /// Without a query.
  var path: String
  var authorization: String?
  var body: String
}

struct Response: Sendable {
  var status = 200
  var body = "{}"

  static let badRequest = Response(status: 400)
  static let notFound = Response(status: 404)
}

actor Backend {
  private static let wait = Duration.seconds(20)

  private let client: WotnotClient
  private var chats: [String: Conversation] = [:]

  init(client: WotnotClient) {
    self.client = client
  }

  func answer(_ request: Request) async -> Response {
    let path = request.path.split(separator: "/").map(String.init)
    do {
      switch (request.method, path.first, path.count > 2 ? path[2] : nil) {
      case ("POST", "wotnot", nil) where path == ["wotnot", "events"]:
        return accept(request)
      case ("POST", "visitors", "messages"?) where path.count == 3:
        let said = try? JSONDecoder().decode(JSONValue.self, from: Data(request.body.utf8))
        guard let text = said?["text"]?.stringValue else { return .badRequest }
        return try await say(text, by: path[1])
      case ("GET", "visitors", "events"?) where path.count == 3:
        return try await events(of: path[1])
      case ("DELETE", "visitors", nil) where path.count == 2:
        return try leave(path[1])
      default:
        return .notFound
      }
    } catch let error as WotnotError {
      // The window asks before it offers to say it again: it may have been taken.
      let delivery = error.delivery.map { JSONValue.string($0.rawValue) } ?? .null
      let document: JSONValue = ["code": .string(error.code.name), "delivery": delivery]
      return Response(status: 502, body: (try? document.json()) ?? "{}")
    } catch {
      return Response(status: 500)
    }
  }

  /// Starts the visitor's conversation with this, or goes on with the one that they have.
  private func say(_ text: String, by visitor: String) async throws -> Response {
    let chat = try await client.openConversation(visitorID: visitor, text: text)
    chats[visitor] = chat
    if chat.started?.messageSent == false { _ = try await chat.sendText(text) }
    let document: JSONValue = ["conversation": .string(chat.id)]
    return try Response(body: document.json())
  }

  /// What the visitor's window has to show next: waits for one event, and takes the rest that is
  /// there already. Meanwhile the actor serves others.
  private func events(of visitor: String) async throws -> Response {
    guard let chat = chats[visitor] else { return .notFound }
    var seen: [String] = []
    var next = try await chat.receive(timeout: Self.wait)
    while let event = next {
      if event.content?.by != .visitor { try seen.append(event.windowJSON()) }
      next = try await chat.receive(timeout: .zero)
    }
    return Response(body: "[\(seen.joined(separator: ","))]")
  }

  /// Drops the conversation, and the events of it that wait.
  private func leave(_ visitor: String) throws -> Response {
    let wasHere = chats.removeValue(forKey: visitor) != nil
    try client.forget(visitorID: visitor)
    return wasHere ? Response() : .notFound
  }

  /// What the service must be answered.
  private func accept(_ request: Request) -> Response {
    do {
      let reply = try client.acceptWebhook(
        body: request.body, authorization: request.authorization)
      return Response(status: reply.status, body: reply.body)
    } catch {
      // 401 for a wrong token, 503 when there is no room: the service comes again.
      return Response(status: error.reply?.status ?? 500, body: error.reply?.body ?? "{}")
    }
  }
}
