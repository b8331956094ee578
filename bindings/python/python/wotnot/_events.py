"""What the service says through the webhook."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from wotnot._prompts import Prompt, read_prompt
from wotnot._results import MessageState

if TYPE_CHECKING:
    from typing_extensions import Self


@dataclass(frozen=True, slots=True)
class Handover:
    """Who answers from now on."""

    direction: str
    """`to_agent` or `to_bot`."""
    name: str | None
    """Their name, where the service gives it."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. What only messages have is `None` on every other type. A `repr` shows no visitor's words."""

    type: str
    """`message`, `conversation_created`, `status`, `assignee`, `variables`, `label`, `note`, `sla_breached`,
    `message_status`, `evicted` (nobody read this conversation, and it gave way to others), or `unknown`: then
    look at `raw`. Through a gateway also `delivery` (what became of the visitor's message), `reset` (what the gateway
    has of the conversation follows), `identity_wanted` (give a fresh one) and `upload` (how far a file is)."""
    event_id: str
    """The same for every delivery of the same event."""
    conversation_id: str | None
    """The conversation, as `start_conversation` named it."""
    visitor_key: str | None
    """The visitor, as `start_conversation` named them."""
    received_at: datetime
    """When this library took it."""
    occurred_at: datetime | None = None
    """When it happened by the service's clock, where it says so."""
    seq: int | None = None
    """Counts the events of one client in the order in which they arrived; `None` from `parse_webhook`."""
    by: str | None = None
    """Who said it: `bot`, `agent` or `visitor`, where the service says so."""
    text: str | None = field(default=None, repr=False)
    """The message as plain text; empty when it has none."""
    html: str | None = field(default=None, repr=False)
    """The message as HTML, as it was sent."""
    message: Any = field(default=None, hash=False, repr=False)
    """The message as it was sent."""
    prompt: Prompt | None = None
    """The answer that the bot waits for; `None` when it waits for none."""
    closed: bool | None = None
    """On `status`: whether the conversation is closed now, where the service says so."""
    handover: Handover | None = None
    """On `assignee`: who answers from now on, where the service says so."""
    events: int | None = None
    """On `evicted`: how many events of the conversation are gone."""
    client_id: str | None = None
    """Through a gateway: the visitor's own id of a message of theirs."""
    state: MessageState | None = None
    """Beside `client_id`: what became of it."""
    reason: str | None = None
    """On `delivery` and `reset`: why."""
    payload: Any = field(default=None, hash=False, repr=False)
    """The payload of every type but `message` and `evicted`, as it was sent."""
    late: bool = False
    """Whether it came before the message that was asked; in a `Turn` alone."""
    raw: Any = field(default=None, repr=False, compare=False)
    """The element of `events`, as it was sent: a mapping, but its text where it cannot be read, and `None` on
    `evicted`."""

    @classmethod
    def read(cls, document: dict[str, Any]) -> Self:
        """Reads the JSON form that the native layer gives."""
        get = document.get
        prompt = get("prompt")
        occurred_at = get("occurred_at")
        handover = get("handover")
        return cls(
            type=document["type"],
            event_id=document["event_id"],
            conversation_id=document["conversation_id"],
            visitor_key=document["visitor_key"],
            received_at=_read_time(document["received_at"]),
            occurred_at=None if occurred_at is None else _read_time(occurred_at),
            seq=get("seq"),
            by=get("by"),
            text=get("text"),
            html=get("html"),
            message=get("message"),
            prompt=None if prompt is None else read_prompt(prompt),
            closed=get("closed"),
            handover=None if handover is None else Handover(**handover),
            events=get("events"),
            client_id=get("client_id"),
            state=get("state"),
            reason=get("reason"),
            payload=get("payload"),
            late=get("late", False),
            raw=document["raw"],
        )

    def to_json(self) -> dict[str, Any]:
        """What a browser may see of it, ready for `json.dumps`; never `raw`, `payload`, `message` or `visitor_key`.

        Every event has `type`, `seq`, `event_id`, `conversation_id`, `received_at` and `occurred_at`; a `message` also
        `by`, `text`, `html` and `prompt`, a `status` `closed`, and an `assignee` `handover` (`direction`, `name`).
        What is not known is `None`. Times are RFC 3339 in UTC, and `prompt` is its JSON form: `kind`, and what it asks.
        """
        form: dict[str, Any] = {
            "type": self.type,
            "seq": self.seq,
            "event_id": self.event_id,
            "conversation_id": self.conversation_id,
            "received_at": _write_time(self.received_at),
            "occurred_at": None if self.occurred_at is None else _write_time(self.occurred_at),
        }
        if self.type == "message":
            form |= {"by": self.by, "text": self.text, "html": self.html}
            form["prompt"] = None if self.prompt is None else self.prompt.raw
        elif self.type == "status":
            form["closed"] = self.closed
        elif self.type == "assignee":
            handover = self.handover
            form["handover"] = None if handover is None else {"direction": handover.direction, "name": handover.name}
        return form


def _read_time(text: str) -> datetime:
    # Python 3.10 does not read the letter.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _write_time(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
