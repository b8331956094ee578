"""What the sync and the async client share: how a call is put and how its value is read."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wotnot import _messages
from wotnot._config import given, millis
from wotnot._errors import InvalidArgumentError, WotnotError
from wotnot._messages import Message, Scalar
from wotnot._results import Assignee, Contact, ParsedWebhook, Reply, Sent

if TYPE_CHECKING:
    from wotnot._events import Event

log = logging.getLogger("wotnot")
log.addHandler(logging.NullHandler())

Variables = Mapping[str, Mapping[str, Scalar]]


@dataclass(frozen=True)
class ConversationFacts:
    """A conversation as the service describes it."""

    id: str
    """Keep it: with it, `client.conversation(id)` goes on later. Events name it as `conversation_id`."""
    contact: Contact = field(default_factory=Contact)
    """Who the service takes the visitor for."""
    created_at: str | None = None
    """As the service writes it: `YYYY-MM-DD HH:MM:SS.ffffff`, taken to be UTC."""
    assignee: Assignee | None = None
    """Who answers: the bot."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The value of `start_conversation`; empty on a conversation that was not started here."""


def started(value: dict[str, Any]) -> dict[str, Any]:
    """The fields of a conversation that was started."""
    conversation = value["conversation"]
    assignee = conversation["assignee"]
    return {
        "id": conversation["id"],
        "contact": Contact.read(value["contact"]),
        "created_at": conversation["created_at"],
        "assignee": None if assignee is None else Assignee.read(assignee),
        "raw": value,
    }


def start_params(
    visitor_id: str,
    text: str | None,
    message: Message | None,
    variables: Variables | None,
    bot_key: str | None,
    timeout: float | None,
) -> dict[str, Any]:
    """The parameters of `start_conversation`."""
    if text is not None:
        if message is not None:
            raise InvalidArgumentError(
                "text: give either `text` or `message`, not both",
                code="invalid_argument",
                delivery="not_sent",
                method="start_conversation",
            )
        message = _messages.text(text)
    return given(
        visitor_id=visitor_id,
        message=message,
        variables=variables,
        bot_key=bot_key,
        timeout_ms=millis(timeout),
    )


def send_params(conversation_id: str, message: Message, timeout: float | None) -> dict[str, Any]:
    """The parameters of `send_message`."""
    if timeout is None:
        return {"conversation_id": conversation_id, "message": message}
    return {"conversation_id": conversation_id, "message": message, "timeout_ms": millis(timeout)}


def post_params(body: str | bytes, authorization: str | None) -> dict[str, Any]:
    """The parameters of `parse_webhook` and `accept_webhook`."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        # What is not UTF-8 is no JSON either, and is refused as such.
        body = bytes(body).decode("utf-8", errors="replace")
    return given(body=body, authorization=authorization)


def sent(value: dict[str, Any]) -> Sent:
    """The value of `send_message`."""
    return Sent(value["message_id"], value)


def event(document: dict[str, Any]) -> Event:
    """An event of the native layer."""
    # Not at the top: its many classes are most of what an import costs, and a client that only sends needs none.
    from wotnot._events import Event

    return Event.read(document)


def parsed(value: dict[str, Any]) -> ParsedWebhook:
    """The value of `parse_webhook`."""
    return ParsedWebhook([event(document) for document in value["events"]], Reply.read(value["reply"]))


def log_failure(method: str, error: WotnotError) -> None:
    """Records a call that failed, without what it carried."""
    log.warning("%s failed: %s (delivery %s, %d attempts)", method, error, error.delivery or "none", error.attempts)


def log_success(method: str, seconds: float) -> None:
    """Records a call that succeeded, without what it carried."""
    log.debug("%s took %.1f ms", method, seconds * 1000)
