"""A web backend on the standard library's HTTP server: many visitors, each in a window of their own.

    POST   /wotnot/events           the service posts what the bots say
    POST   /visitors/ID/messages    {"text": ...}: the visitor says something; at first, that starts a conversation
    GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
    DELETE /visitors/ID             the visitor has left

The client keeps the events of each conversation until its window asks for them, so that one that nobody looks at
holds up no other. What nobody asks for in 15 minutes gives way when there is no room.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import wotnot

WAIT = 20.0


class Backend(ThreadingHTTPServer):
    """The server, and who is here."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], client: wotnot.Client) -> None:
        super().__init__(address, Handler)
        self.client = client
        self.chats: dict[str, wotnot.Conversation] = {}

    def say(self, visitor: str, text: str) -> object:
        """Starts the visitor's conversation with this, or goes on with the one that they have."""
        chat = self.client.open_conversation(visitor, text)
        self.chats[visitor] = chat
        if not chat.message_sent:
            chat.send_text(text)
        return {"conversation": chat.id}

    def events(self, visitor: str) -> object:
        """What the visitor's window has to show next."""
        chat = self.chats[visitor]
        seen = []
        for event in chat.events(timeout=WAIT):
            seen.append(event)
            # The rest that is there already, and then no more waiting.
            seen += chat.events(timeout=0)
            break
        return [event.to_json() for event in seen if event.by != "visitor"]

    def leave(self, visitor: str) -> object:
        """Drops the conversation, and the events of it that wait."""
        del self.chats[visitor]
        self.client.forget(visitor_id=visitor)
        return {}


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Backend

    def do_POST(self) -> None:
        """The service's events, and what visitors say."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        match self.path.split("/")[1:]:
            case ["wotnot", "events"]:
                try:
                    reply = self.server.client.accept_webhook(body, self.headers.get("Authorization"))
                except wotnot.WotnotError as error:
                    reply = error.reply or wotnot.Reply(500, "{}")
                self.answer(reply.status, reply.body)
            case ["visitors", visitor, "messages"]:
                self.serve(lambda: self.server.say(visitor, json.loads(body)["text"]))
            case _:
                self.answer(HTTPStatus.NOT_FOUND, "{}")

    def do_GET(self) -> None:
        """What a window asks for."""
        match self.path.split("/")[1:]:
            case ["visitors", visitor, "events"]:
                self.serve(lambda: self.server.events(visitor))
            case _:
                self.answer(HTTPStatus.NOT_FOUND, "{}")

    def do_DELETE(self) -> None:
        """A visitor leaves."""
        match self.path.split("/")[1:]:
            case ["visitors", visitor]:
                self.serve(lambda: self.server.leave(visitor))
            case _:
                self.answer(HTTPStatus.NOT_FOUND, "{}")

    def serve(self, work: Callable[[], object]) -> None:
        """Answers with what comes of the work."""
        try:
            self.answer(HTTPStatus.OK, json.dumps(work()))
        except (KeyError, ValueError):
            self.answer(HTTPStatus.NOT_FOUND, "{}")
        except wotnot.WotnotError as error:
            # The window asks before it offers to say it again: it may have been taken.
            self.answer(HTTPStatus.BAD_GATEWAY, json.dumps({"code": error.code, "delivery": error.delivery}))

    def answer(self, status: int, text: str) -> None:
        """Answers with this JSON."""
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: a path holds the id of a visitor."""


def main() -> None:
    client = wotnot.Client(
        os.environ["WOTNOT_TOKEN"],
        bot_key=os.environ["WOTNOT_BOT_KEY"],
        base_url=os.environ.get("WOTNOT_BASE_URL"),
        webhook=wotnot.Webhook(os.environ["WOTNOT_WEBHOOK_TOKEN"]),
        log="retries",
    )
    host, port = os.environ["WOTNOT_LISTEN"].split(":")
    Backend((host, int(port)), client).serve_forever()


if __name__ == "__main__":
    main()
