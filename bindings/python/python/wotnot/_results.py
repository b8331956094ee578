"""What the calls give back, as frozen dataclasses. `raw` is the document that each was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self

    from wotnot._events import Event


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the service took."""

    message_id: str | None
    """The service's id of it; ``None`` when the service told none."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Assignee:
    """Who answers in a conversation: the bot."""

    id: str | None = None
    """The bot user's id."""
    to: str | None = None
    """The bot user's e-mail address."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(id=raw["id"], to=raw["to"], raw=raw)


@dataclass(frozen=True, slots=True)
class Contact:
    """The visitor as the service knows them; all `None` on a conversation that was not started here."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None
    visitor_key: str | None = None
    """`<visitor_id>_<account_id>`; events name it as `visitor_key`."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(
            name=raw["name"],
            email=raw["email"],
            phone=raw["phone"],
            visitor_key=raw["visitor_key"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Reply:
    """What your own web server must answer to a post of the service."""

    status: int
    """The HTTP status."""
    body: str = field(repr=False)
    """The body, JSON. Holds the webhook token in answer to the service's test of the endpoint."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(status=raw["status"], body=raw["body"], raw=raw)


class ParsedWebhook(NamedTuple):
    """A post of the service, taken apart: `events, reply = client.parse_webhook(body)`."""

    events: list[Event]
    """Its events; none when it was the service's test of the endpoint."""
    reply: Reply
    """What to answer, once the events are kept."""


@dataclass(frozen=True, slots=True)
class Counters:
    """Counts since the client was made."""

    calls: int
    """Calls that sent something, or meant to."""
    failures: int
    """Those of them that failed."""
    retries: int
    """Requests beyond the first of a call."""
    bytes_sent: int
    bytes_received: int
    events_held: int
    """Events that wait to be received now."""
    deliveries_refused: int
    """Deliveries that were answered 503 because the queue was full."""
    events_duplicate: int
    """Events that were delivered more than once and left out."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(
            calls=raw["calls"],
            failures=raw["failures"],
            retries=raw["retries"],
            bytes_sent=raw["bytes_sent"],
            bytes_received=raw["bytes_received"],
            events_held=raw["events_held"],
            deliveries_refused=raw["deliveries_refused"],
            events_duplicate=raw["events_duplicate"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Status:
    """What a client is and has done so far."""

    version: str
    """This library's version."""
    base_url: str
    """The service it talks to."""
    webhook_url: str | None
    """Where its listener takes events; `None` when it has none."""
    counters: Counters
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(
            version=raw["version"],
            base_url=raw["base_url"],
            webhook_url=raw["webhook_url"],
            counters=Counters.read(raw["counters"]),
            raw=raw,
        )
