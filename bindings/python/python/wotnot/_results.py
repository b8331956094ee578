"""What the calls give back, as frozen dataclasses. `raw` is the document that each was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from typing_extensions import Self

    from wotnot._events import Event
    from wotnot._prompts import Prompt


MessageState = (
    Literal["kept", "queued", "sending"]  # noqa: PYI030 (stubtest takes no single literal for an alias)
    | Literal["accepted", "rejected", "unconfirmed", "resent", "discarded"]
)
"""What became of a message, through a gateway. `kept`: it waits here for a network. `queued`: the gateway has it.
`sending`: it is on its way to the bot. `accepted`: the bot has it. `rejected`: the service refused it; an event's
`reason` says why. `unconfirmed`: the bot has it or not, and `Conversation.resolve` decides. `resent`, `discarded`: that
was decided."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that the service took."""

    message_id: str | None
    """The service's id of it; ``None`` when the service gives none."""
    client_id: str | None = None
    """Through a gateway: your own id of it, or the one that was made."""
    seq: int | None = None
    """Through a gateway: its entry in the gateway's log."""
    state: MessageState | None = None
    """Through a gateway: what becomes of it."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Uploaded:
    """How far a file is on its way to a gateway. A `repr` does not show its name."""

    file_id: str
    """The gateway's id of it."""
    name: str = field(repr=False)
    """The name that is shown."""
    size: int
    """How many bytes it has."""
    offset: int
    """How many of them the gateway has."""
    ready: bool
    """Whether it is there as a whole."""
    link: str | None = field(repr=False)
    """What answers a prompt for a file, once it is ready: `prompt.answer(uploaded.link)`."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(
            file_id=raw["file_id"],
            name=raw["name"],
            size=raw["size"],
            offset=raw["offset"],
            ready=raw["ready"],
            link=raw["link"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class Turn:
    """What the bot made of a message. A `repr` shows no visitor's words."""

    message_id: str | None
    """The service's id of the message; `None` when the service gives none."""
    text: str = field(repr=False)
    """What was said, as plain text, one message a line; without what is late."""
    ended: Literal["prompt", "closed", "handed_over", "quiet", "timeout"]
    """How it came to its end. `prompt`: the bot asked something. `closed`: the conversation was closed.
    `handed_over`: a person answers from now on. `quiet`: something came, and then nothing for a while. `timeout`:
    the time was over."""
    prompt: Prompt | None
    """The last question of the turn; `None` when the bot waits for no answer."""
    events: tuple[Event, ...]
    """Every event of the turn but the visitor's own messages. Those from before the message stand first and are
    `late`."""
    confirmed_by: Literal["echo", "prompt"] | None = None
    """What showed that the message was taken, when its answer was lost; `None` when it was not."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten."""

    forgotten: int
    """How many visitors have no conversation any more."""
    events: int
    """How many events that waited were dropped."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(forgotten=raw["forgotten"], events=raw["events"], raw=raw)


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
    """The visitor as the service knows them; all `None` on a conversation that was not started here.

    A `repr` shows nothing personal.
    """

    name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
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
    bytes_held: int
    """What they take of the webhook's `capacity_bytes`."""
    conversations_held: int
    """The conversations that they belong to."""
    events_evicted: int
    """Events that nobody read and that gave way to others when all was full."""
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
            bytes_held=raw["bytes_held"],
            conversations_held=raw["conversations_held"],
            events_evicted=raw["events_evicted"],
            deliveries_refused=raw["deliveries_refused"],
            events_duplicate=raw["events_duplicate"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class RefusedPosts:
    """Posts to the webhook that were refused since the client was made, by reason."""

    unauthorized: int
    """No webhook token, or a wrong one (401)."""
    malformed: int
    """No JSON, or no delivery (400)."""
    too_large: int
    """A body over 1 MiB, or more than an empty queue takes (413)."""
    overloaded: int
    """The queue was full (503)."""
    wrong_path: int
    """The listener was asked for another path (404)."""
    wrong_method: int
    """The listener was asked by another method than POST (405)."""
    too_slow: int
    """The sender took too long for its body (408)."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(
            unauthorized=raw["unauthorized"],
            malformed=raw["malformed"],
            too_large=raw["too_large"],
            overloaded=raw["overloaded"],
            wrong_path=raw["wrong_path"],
            wrong_method=raw["wrong_method"],
            too_slow=raw["too_slow"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class WebhookStatus:
    """How events come in, and what was refused."""

    capacity: int
    """How many events wait at most."""
    capacity_bytes: int
    """How many bytes they take at most."""
    idle_ms: int
    """After how many milliseconds without a reader a conversation gives way when all is full."""
    refused: RefusedPosts
    last_refused_at: str | None
    """When a post was last refused, RFC 3339 in UTC."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        return cls(
            capacity=raw["capacity"],
            capacity_bytes=raw["capacity_bytes"],
            idle_ms=raw["idle_ms"],
            refused=RefusedPosts.read(raw["refused"]),
            last_refused_at=raw["last_refused_at"],
            raw=raw,
        )


@dataclass(frozen=True, slots=True)
class GatewayStatus:
    """Who the visitor is at a gateway, and what waits for a network."""

    visitor_id: str | None
    """The gateway's id of the visitor; `None` before the first call."""
    conversation_id: str | None
    """The conversation that was begun; `None` when none was."""
    kept: int
    """How many messages are kept here and go out when there is a network."""
    background: bool
    """Whether a thread of this client's own fills the inbox."""


@dataclass(frozen=True, slots=True)
class Status:
    """What a client is and has done so far."""

    version: str
    """This library's version."""
    base_url: str
    """The service it talks to."""
    webhook_url: str | None
    """Where its listener takes events; `None` when it has none."""
    event_fd: int | None
    """A descriptor that is readable while events wait, for `select` and its like. Never read from it; it is closed
    with the client. `None` on a client without a webhook."""
    timeout: float
    """The overall deadline of a call that names none, in seconds."""
    counters: Counters
    webhook: WebhookStatus | None
    """How events come in; `None` on a client without a webhook."""
    gateway: GatewayStatus | None = None
    """What is known at the gateway; `None` on a client of the service itself."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Self:
        """Reads the JSON form."""
        webhook = raw["webhook"]
        gateway = raw.get("gateway")
        return cls(
            version=raw["version"],
            base_url=raw["base_url"],
            webhook_url=raw["webhook_url"],
            event_fd=raw["event_fd"],
            timeout=raw["timeout_ms"] / 1000,
            counters=Counters.read(raw["counters"]),
            webhook=None if webhook is None else WebhookStatus.read(webhook),
            gateway=None if gateway is None else GatewayStatus(**gateway),
            raw=raw,
        )
