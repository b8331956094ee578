"""One visitor's conversation, over the blocking client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from wotnot import _calls, _messages
from wotnot._calls import ConversationFacts

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping

    from wotnot._client import Client
    from wotnot._events import Event
    from wotnot._messages import FileLink, Message, Scalar
    from wotnot._results import Sent, Turn


class Conversation(ConversationFacts):
    """One visitor's conversation: what is known of it, and the ways to answer."""

    __module__ = "wotnot"

    def __init__(self, client: Client, **facts: Any) -> None:
        """Clients make it: `start_conversation`, `open_conversation` and `conversation`."""
        super().__init__(**facts)
        self._client = client

    def send(
        self,
        message: Message,
        *,
        timeout: float | None = None,
        client_id: str | None = None,
        queue: bool = False,
    ) -> Sent:
        """Sends a message in the vendor's own form, such as the `answer` of a prompt's option.

        A type that this library does not know needs `"unchecked": True` beside it.

        Args:
            message: What the visitor says.
            timeout: The overall deadline in seconds, instead of the client's.
            client_id: Your own id of the message, by which a gateway counts it once.
            queue: Through a gateway: whether it is kept where there is no network, and goes out later.
        """
        params = _calls.send_params(self.id, message, timeout, client_id, queue)
        return _calls.sent(self._client.call("send_message", params))

    def ask(self, message: str | Message, *, timeout: float | None = None, quiet: float | None = None) -> Turn:
        """Says something and gives the bot's whole turn. Needs a webhook.

        The turn is what comes until the bot asks something, the conversation is closed or handed over, or nothing more
        comes. While it is collected nobody else gets the conversation's events.

        Args:
            message: What the visitor says, or a whole message such as the `answer` of a prompt's option.
            timeout: The time of the message and the turn together in seconds, instead of the client's.
            quiet: A bot that has said something and then nothing for so many seconds has ended its turn; 3 when `None`.

        Raises:
            WotnotError: The message was not taken, or nobody can say: see `delivery`. The events wait for `events()`.
            InvalidArgumentError: An argument is wrong, or the client has no webhook.
        """
        params = _calls.ask_params(self.id, message, timeout, quiet)
        return _calls.turn(self._client.call("converse", params))

    def send_text(
        self, body: str, *, timeout: float | None = None, client_id: str | None = None, queue: bool = False
    ) -> Sent:
        """Sends typed text. Arguments are those of `send`."""
        return self.send(_messages.text(body), timeout=timeout, client_id=client_id, queue=queue)

    def send_slider(self, value: float, *, timeout: float | None = None) -> Sent:
        """Answers a slider."""
        return self.send(_messages.slider(value), timeout=timeout)

    def send_files(self, files: Iterable[FileLink], *, timeout: float | None = None) -> Sent:
        """Answers with files that you host."""
        return self.send(_messages.files(files), timeout=timeout)

    def send_form(self, fields: Mapping[str, Scalar], *, timeout: float | None = None) -> Sent:
        """Answers a form: values by label."""
        return self.send(_messages.form(fields), timeout=timeout)

    def send_variables(
        self,
        *,
        contact: Mapping[str, Scalar] | None = None,
        other: Mapping[str, Scalar] | None = None,
        timeout: float | None = None,
    ) -> Sent:
        """Answers a JavaScript block with the values of variables: those of the contact, and all others."""
        return self.send(_messages.variables(contact, other), timeout=timeout)

    def resolve(self, client_id: str, action: Literal["resend", "discard"], *, timeout: float | None = None) -> Sent:
        """Decides on a message whose `state` is `unconfirmed`, through a gateway."""
        params = _calls.resolve_params(self.id, client_id, action, timeout)
        return _calls.sent(self._client.call("resolve", params))

    def transcript(self, format: Literal["json", "txt", "html"] = "txt", *, timeout: float | None = None) -> str:  # noqa: A002
        """The whole conversation as a gateway has it."""
        params = _calls.transcript_params(self.id, format, timeout)
        content: str = self._client.call("transcript", params)["content"]
        return content

    def events(self, timeout: float | None = None) -> Generator[Event, None, None]:
        """The events of this conversation alone, as `Client.events` gives them.

        Those of other conversations stay queued; as long as nobody takes them they fill the client's queue.
        """
        return self._client._events(timeout, self.id)
