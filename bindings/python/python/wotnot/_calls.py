"""What the sync and the async client share: how a call is put and how its value is read."""

from __future__ import annotations

import logging
from base64 import b64encode
from collections.abc import Generator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from io import BytesIO
from os import PathLike, fspath
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from wotnot import _messages
from wotnot._config import given, millis
from wotnot._errors import InvalidArgumentError, WotnotError
from wotnot._messages import Message, Scalar
from wotnot._results import Assignee, Contact, ParsedWebhook, Reply, Sent, Turn

if TYPE_CHECKING:
    from typing_extensions import Self

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
    """Who answers: the bot; `None` on a conversation that was not started now."""
    opened: Literal["started", "reused", "recovered"] | None = field(default=None, compare=False)
    """How it was come by. `started`: the service made it now. `reused`: the visitor had it. `recovered`: the answer to
    its start was lost, and an event named it. `None` on a conversation that was neither started nor opened here."""
    message_sent: bool = field(default=False, compare=False)
    """Whether the message that it was started or opened with was taken; where it was not, send it."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    """The value of `start_conversation` or `open_conversation`; empty on a conversation that was neither started nor
    opened here."""

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """A copy of what is known, which goes on with the same client."""
        again = object.__new__(type(self))
        for name, value in vars(self).items():
            object.__setattr__(again, name, value if name == "_client" else deepcopy(value, memo))
        return again


def started(value: dict[str, Any]) -> dict[str, Any]:
    """The fields of a conversation that was started or opened."""
    conversation = value["conversation"]
    assignee = conversation["assignee"]
    return {
        "id": conversation["id"],
        "contact": Contact.read(value["contact"]),
        "created_at": conversation["created_at"],
        "assignee": None if assignee is None else Assignee.read(assignee),
        "opened": value.get("opened", "started"),
        "message_sent": value.get("message_sent", True),
        "raw": value,
    }


def start_params(
    visitor_id: str | None,
    text: str | None,
    message: Message | None,
    variables: Variables | None,
    bot_key: str | None,
    timeout: float | None,
    *,
    method: str = "start_conversation",
) -> dict[str, Any]:
    """The parameters of `start_conversation` and `open_conversation`."""
    if text is not None:
        if message is not None:
            raise InvalidArgumentError(
                "text: give either `text` or `message`, not both",
                code="invalid_argument",
                delivery="not_sent",
                method=method,
            )
        message = _messages.text(text)
    return given(
        visitor_id=visitor_id,
        message=message,
        variables=variables,
        bot_key=bot_key,
        timeout_ms=_millis(timeout, "timeout", method),
    )


def open_params(
    visitor_id: str | None,
    text: str | None,
    message: Message | None,
    variables: Variables | None,
    bot_key: str | None,
    if_known: Literal["reuse", "refuse", "new"],
    timeout: float | None,
) -> dict[str, Any]:
    """The parameters of `open_conversation`."""
    start = start_params(visitor_id, text, message, variables, bot_key, timeout, method="open_conversation")
    return {**start, "if_known": if_known}


def _millis(seconds: float | None, name: str, method: str) -> int | None:
    """The argument `name` of a call that sends, in milliseconds."""
    try:
        return millis(seconds, name)
    except InvalidArgumentError as error:
        error.delivery, error.method = "not_sent", method
        raise


def send_params(
    conversation_id: str, message: Message, timeout: float | None, client_id: str | None, queue: bool
) -> dict[str, Any]:
    """The parameters of `send_message`."""
    more = given(timeout_ms=_millis(timeout, "timeout", "send_message"), client_id=client_id, queue=queue or None)
    return {"conversation_id": conversation_id, "message": message, **more}


def resolve_params(
    conversation_id: str, client_id: str, action: Literal["resend", "discard"], timeout: float | None
) -> dict[str, Any]:
    """The parameters of `resolve`."""
    return given(
        conversation_id=conversation_id,
        client_id=client_id,
        action=action,
        timeout_ms=_millis(timeout, "timeout", "resolve"),
    )


def transcript_params(
    conversation_id: str,
    format: Literal["json", "txt", "html"],  # noqa: A002
    timeout: float | None,
) -> dict[str, Any]:
    """The parameters of `transcript`."""
    return given(conversation_id=conversation_id, format=format, timeout_ms=_millis(timeout, "timeout", "transcript"))


def upload_params(
    path: str | PathLike[str], name: str | None, media_type: str | None, timeout: float | None
) -> dict[str, Any]:
    """The parameters of `upload` for a whole file."""
    return given(path=fspath(path), name=name, type=media_type, timeout_ms=_millis(timeout, "timeout", "upload"))


_PART = 256 * 1024


def upload_parts(
    file: str | PathLike[str] | bytes, name: str | None, media_type: str | None, file_id: str | None
) -> Generator[dict[str, Any], dict[str, Any], None]:
    """The parameters of each `upload` of a file by parts; is sent the value of each."""
    content: BinaryIO
    if isinstance(file, bytes):
        content = BytesIO(file)
    else:
        name = name or Path(file).name
        content = open(file, "rb")  # noqa: SIM115
    with content:
        size = content.seek(0, 2)
        begin = given(name=name, size=size, type=media_type) if file_id is None else {"file_id": file_id}
        value = yield begin
        while not value["ready"]:
            content.seek(value["offset"])
            data = b64encode(content.read(_PART)).decode()
            value = yield {"file_id": value["file_id"], "offset": value["offset"], "data": data}


def identity_params(identity: str | None) -> dict[str, Any]:
    """The parameters of `set_identity`."""
    return given(identity=identity)


def ask_params(
    conversation_id: str, message: str | Message, timeout: float | None, quiet: float | None
) -> dict[str, Any]:
    """The parameters of `converse`."""
    return given(
        conversation_id=conversation_id,
        message=_messages.text(message) if isinstance(message, str) else message,
        timeout_ms=_millis(timeout, "timeout", "converse"),
        quiet_ms=_millis(quiet, "quiet", "converse"),
    )


def forget_params(visitor_id: str | None, conversation_id: str | None) -> dict[str, Any]:
    """The parameters of `forget`."""
    return given(visitor_id=visitor_id, conversation_id=conversation_id)


def post_params(body: str | bytes, authorization: str | None) -> dict[str, Any]:
    """The parameters of `parse_webhook` and `accept_webhook`."""
    if isinstance(body, (bytes, bytearray, memoryview)):
        # What is not UTF-8 is no JSON either, and is refused as such.
        body = bytes(body).decode("utf-8", errors="replace")
    return given(body=body, authorization=authorization)


def sent(value: dict[str, Any]) -> Sent:
    """The value of `send_message`."""
    get = value.get
    return Sent(value["message_id"], get("client_id"), get("seq"), get("state"), value)


def turn(value: dict[str, Any]) -> Turn:
    """The value of `converse`."""
    from wotnot._prompts import read_prompt

    prompt = value["prompt"]
    return Turn(
        message_id=value["message_id"],
        text=value["text"],
        ended=value["ended"],
        prompt=None if prompt is None else read_prompt(prompt),
        events=tuple(map(event, value["events"])),
        confirmed_by=value.get("confirmed_by"),
        raw=value,
    )


def event(document: dict[str, Any]) -> Event:
    """An event of the native layer."""
    # Not at the top: its many classes are most of what an import costs, and a client that only sends needs none.
    from wotnot._events import Event

    return Event.read(document)


def parsed(value: dict[str, Any]) -> ParsedWebhook:
    """The value of `parse_webhook`."""
    return ParsedWebhook([event(document) for document in value["events"]], Reply.read(value["reply"]))


REJECTIONS_EVERY = 10.0
"""At most one refused post in so many seconds is recorded: anybody can send them."""


class Log:
    """The failures of one client, recorded without what they carried."""

    __slots__ = ("_is_logged", "_left_out", "_quiet_until")

    def __init__(self, config: Mapping[str, object]) -> None:
        """`config` may ask the library to log how calls end."""
        self._is_logged = config.get("log", "off") != "off"
        self._left_out = 0
        self._quiet_until = 0.0

    def failure(self, method: str, error: WotnotError) -> None:
        """Records a call that failed."""
        if self._is_logged and error.attempts:
            return
        more = ""
        if error.reply is not None:
            now = monotonic()
            if now < self._quiet_until:
                self._left_out += 1
                return
            self._quiet_until = now + REJECTIONS_EVERY
            if self._left_out:
                more = f", and {self._left_out} more before it"
                self._left_out = 0
        # The error as text: a record may be kept, and the error keeps every frame that it went through.
        said, delivery = str(error), error.delivery or "none"
        log.warning("%s failed: %s (delivery %s, %d attempts)%s", method, said, delivery, error.attempts, more)


def tell(record: dict[str, Any]) -> None:
    """Records what the library logs of a call, on the thread of that call."""
    level = logging.INFO if record["code"] == "ok" else logging.WARNING
    log.log(level, "%s", record["text"], extra={"wotnot": record})


def log_success(method: str, seconds: float) -> None:
    """Records a call that succeeded, without what it carried."""
    log.debug("%s took %.1f ms", method, seconds * 1000)
