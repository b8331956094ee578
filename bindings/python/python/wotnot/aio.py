"""The client for asyncio and trio (anyio runs on either): the same names, awaited.

Calls run on a few threads of the client's own, so no event loop waits; cancelling a task ends its call at once.
"""

from __future__ import annotations

import logging
import os
import weakref
from collections.abc import AsyncGenerator, Iterable, Mapping
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from wotnot import _calls, _config, _loops, _messages, _native
from wotnot._calls import ConversationFacts, Variables
from wotnot._config import Gateway, Retry, State, Tls, Webhook
from wotnot._errors import CallInterruptedError, ClientClosedError, OverloadedError, WotnotError
from wotnot._events import Event
from wotnot._messages import FileLink, Message, Scalar
from wotnot._pool import Pool
from wotnot._results import Forgotten, ParsedWebhook, Reply, Sent, Status, Turn, Uploaded

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Client", "Conversation"]


def __dir__() -> list[str]:
    """What a shell completes: the names for programs, not what this module imports."""
    return sorted({*__all__, *(name for name in globals() if name.startswith("__"))})


# They wait for nothing, so they never wait behind those that do.
_QUICK = frozenset({"parse_webhook", "accept_webhook", "status", "cancel", "set_identity", "set_app_state"})

# How many calls wait for events at a time, each on a thread that sleeps; more of them wait for their turn.
_MAX_WAITS = 1024


class Client:
    """A client of one WotNot account, for asyncio and trio. Use it with `async with`, or `await close()`.

    The settings and the errors are those of `wotnot.Client`. Its tasks may run in several loops and threads.
    """

    def __init__(
        self,
        token: str | None = None,
        *,
        # generated: settings, by `cargo xtask generate`
        bot_key: str | None = None,
        base_url: str | None = None,
        webhook: Webhook | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        retry: Retry | None = None,
        proxy: str | None = "env",
        tls: Tls | None = None,
        user_agent: str | None = None,
        bot_key_field: str | None = None,
        allow_http: bool = False,
        state: State | None = None,
        log: Literal["off", "retries", "calls"] | None = None,
        gateway: Gateway | None = None,
        # generated: end
        max_threads: int = 16,
    ) -> None:
        """Checks the settings and opens the listener when `webhook` asks for one. Sends nothing.

        Args:
            token: As in `wotnot.Client`, like everything else but:
            bot_key: The same.
            base_url: The same.
            webhook: The same.
            timeout: The same.
            connect_timeout: The same.
            retry: The same.
            proxy: The same.
            tls: The same.
            user_agent: The same.
            bot_key_field: The same.
            allow_http: The same.
            state: The same.
            log: The same. The logger is called on the thread of the call, not on the loop's.
            gateway: The same.
            max_threads: How many calls run at a time; more of them wait for their turn. What mostly waits for events
                counts apart.
        """
        config = _config.document(
            token=token,
            # generated: pass, by `cargo xtask generate`
            bot_key=bot_key,
            base_url=base_url,
            webhook=webhook,
            timeout=timeout,
            connect_timeout=connect_timeout,
            retry=retry,
            proxy=proxy,
            tls=tls,
            user_agent=user_agent,
            bot_key_field=bot_key_field,
            allow_http=allow_http,
            state=state,
            log=log,
            gateway=gateway,
            # generated: end
        )
        self._open(config, max_threads)

    @classmethod
    def from_config(cls, config: Mapping[str, object], *, max_threads: int = 16) -> Self:
        """A client from the JSON form of its settings, the same in every language."""
        client = cls.__new__(cls)
        client._open(config, max_threads)
        return client

    def _open(self, config: Mapping[str, object], max_threads: int) -> None:
        self._native = _native.Client(config, _calls.tell)
        self._base_url = self._native.call("status", {})["base_url"]
        self._pool = Pool(max_threads, "wotnot")
        self._waits = Pool(_MAX_WAITS, "wotnot-wait")
        for pool in (self._pool, self._waits):
            weakref.finalize(self, pool.close).atexit = False
        self._process = os.getpid()
        self._rooms = _loops.Rooms()
        self._interrupts = 0
        self._log = _calls.Log(config)

    async def start_conversation(
        self,
        visitor_id: str | None = None,
        text: str | None = None,
        *,
        message: Message | None = None,
        variables: Variables | None = None,
        bot_key: str | None = None,
        timeout: float | None = None,
    ) -> Conversation:
        """Starts a conversation; see `wotnot.Client.start_conversation`."""
        params = _calls.start_params(visitor_id, text, message, variables, bot_key, timeout)
        return Conversation(self, **_calls.started(await self.call("start_conversation", params)))

    async def open_conversation(
        self,
        visitor_id: str | None = None,
        text: str | None = None,
        *,
        message: Message | None = None,
        variables: Variables | None = None,
        bot_key: str | None = None,
        if_known: Literal["reuse", "refuse", "new"] = "reuse",
        timeout: float | None = None,
    ) -> Conversation:
        """Opens the visitor's one conversation; see `wotnot.Client.open_conversation`."""
        params = _calls.open_params(visitor_id, text, message, variables, bot_key, if_known, timeout)
        return Conversation(self, **_calls.started(await self.call("open_conversation", params)))

    async def forget(self, *, visitor_id: str | None = None, conversation_id: str | None = None) -> Forgotten:
        """Forgets a visitor or a conversation; see `wotnot.Client.forget`."""
        params = _calls.forget_params(visitor_id, conversation_id)
        return Forgotten.read(await self.call("forget", params))

    async def set_identity(self, identity: str | None) -> None:
        """Says who the visitor is; see `wotnot.Client.set_identity`."""
        await self.call("set_identity", _calls.identity_params(identity))

    async def upload(
        self,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        media_type: str | None = None,
        timeout: float | None = None,
    ) -> Uploaded:
        """Hands a file to the gateway; see `wotnot.Client.upload`."""
        params = _calls.upload_params(path, name, media_type, timeout)
        return Uploaded.read(await self.call("upload", params))

    async def upload_parts(
        self,
        file: str | PathLike[str] | bytes,
        *,
        name: str | None = None,
        media_type: str | None = None,
        file_id: str | None = None,
    ) -> AsyncGenerator[Uploaded, None]:
        """The same part by part: tells how far it is; see `wotnot.Client.upload_parts`."""
        parts = _calls.upload_parts(file, name, media_type, file_id)
        params: dict[str, Any] | None = next(parts)
        while params is not None:
            value = await self.call("upload", params)
            yield Uploaded.read(value)
            try:
                params = parts.send(value)
            except StopIteration:
                params = None

    async def set_app_state(self, state: Literal["foreground", "background"]) -> None:
        """Says whether people see the program now; see `wotnot.Client.set_app_state`."""
        await self.call("set_app_state", {"state": state})

    def conversation(self, conversation_id: str) -> Conversation:
        """Continues a conversation that was started earlier. Sends nothing."""
        return Conversation(self, id=conversation_id)

    async def receive(self, timeout: float | None = None) -> Event | None:
        """The next event, in the order of arrival; `None` when none came within `timeout` seconds.

        A wait that is cancelled takes no event.
        """
        return await self._receive(timeout, None)

    async def _receive(self, timeout: float | None, conversation_id: str | None) -> Event | None:
        seconds = _config.wait_seconds(timeout)
        deadline = None if seconds is None else monotonic() + seconds
        interrupts = self._interrupts
        # From here to the return there is no await once an event was taken, so none is ever lost.
        await _loops.checkpoint()
        document = self._native.receive(0, conversation_id)
        if document is None and (deadline is None or deadline > monotonic()):
            room = self._rooms.enter(self._native.notifier)
            waiter = room.join(conversation_id)
            try:
                # Looked at again, now that nothing goes by unseen.
                while (document := self._native.receive(0, conversation_id)) is None:
                    if self._interrupts != interrupts:
                        raise CallInterruptedError("the wait was interrupted", code="interrupted", retryable=True)
                    left = None if deadline is None else deadline - monotonic()
                    if left is not None and left <= 0:
                        break
                    await waiter.wait(left)
                    waiter.reset()
            finally:
                room.leave(conversation_id, waiter)
        return None if document is None else Event.read(document)

    def events(self, timeout: float | None = None) -> AsyncGenerator[Event, None]:
        """Events as they come. Ends when none came for `timeout` seconds, on `interrupt()` and on `close()`."""
        return self._events(timeout, None)

    async def _events(self, timeout: float | None, conversation_id: str | None) -> AsyncGenerator[Event, None]:
        try:
            while (event := await self._receive(timeout, conversation_id)) is not None:
                yield event
        except (CallInterruptedError, ClientClosedError):
            return

    async def parse_webhook(self, body: str | bytes, authorization: str | None = None) -> ParsedWebhook:
        """Takes a post to your own web server apart; see `wotnot.Client.parse_webhook`."""
        return _calls.parsed(await self.call("parse_webhook", _calls.post_params(body, authorization)))

    async def accept_webhook(self, body: str | bytes, authorization: str | None = None) -> Reply:
        """Queues the events of a post to your own web server; see `wotnot.Client.accept_webhook`."""
        value = await self.call("accept_webhook", _calls.post_params(body, authorization))
        return Reply.read(value["reply"])

    async def status(self) -> Status:
        """What this client is and has done: its version, addresses and counters."""
        return Status.read(await self.call("status", {}))

    async def call(self, method: str, params: Mapping[str, object]) -> Any:
        """Calls a method by its name, parameters and value in their JSON form, the same in every language."""
        begun = perf_counter()
        try:
            if method in _QUICK or self._pool.closed or os.getpid() != self._process:
                # Once closed, and in a forked child whose threads stayed behind, this raises the error that says so.
                await _loops.checkpoint()
                value = self._native.call(method, params)
            else:
                queued = self._native.queue(method, params)
                value = await (self._pool if queued.takes_turn else self._waits).run(queued)
        except WotnotError as error:
            self._log.failure(method, error)
            raise
        if _calls.log.isEnabledFor(logging.DEBUG):
            _calls.log_success(method, perf_counter() - begun)
        return value

    def interrupt(self) -> None:
        """Wakes everybody who waits for an event now, and nobody else. For use from any task or thread."""
        self._interrupts += 1
        self._native.interrupt()

    async def close(self) -> None:
        """Ends every call and every wait at once and stops the listener, for good. A second time does nothing."""
        closer = Pool(1, "wotnot-close")
        try:
            await closer.run_to_its_end(self._native.close)
        except OverloadedError:
            # Without a thread the loop waits for the listener, which is better than to stay open.
            self._native.close()
        finally:
            closer.close()
            self._pool.close()
            self._waits.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} base_url={getattr(self, '_base_url', None)!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds connections and cannot be pickled; make one in each process")


class Conversation(ConversationFacts):
    """One visitor's conversation: what is known of it, and the ways to answer."""

    def __init__(self, client: Client, **facts: Any) -> None:
        """Clients make it: `start_conversation`, `open_conversation` and `conversation`."""
        super().__init__(**facts)
        self._client = client

    async def send(
        self,
        message: Message,
        *,
        timeout: float | None = None,
        client_id: str | None = None,
        queue: bool = False,
    ) -> Sent:
        """Sends a message in the vendor's own form; see `wotnot.Conversation.send`."""
        params = _calls.send_params(self.id, message, timeout, client_id, queue)
        return _calls.sent(await self._client.call("send_message", params))

    async def ask(self, message: str | Message, *, timeout: float | None = None, quiet: float | None = None) -> Turn:
        """Says something and gives the bot's whole turn; see `wotnot.Conversation.ask`.

        It takes a thread of its own and none of `max_threads`; cancelling the task ends it at once.
        """
        params = _calls.ask_params(self.id, message, timeout, quiet)
        return _calls.turn(await self._client.call("converse", params))

    async def send_text(
        self, body: str, *, timeout: float | None = None, client_id: str | None = None, queue: bool = False
    ) -> Sent:
        """Sends typed text. Arguments are those of `send`."""
        return await self.send(_messages.text(body), timeout=timeout, client_id=client_id, queue=queue)

    async def send_slider(self, value: float, *, timeout: float | None = None) -> Sent:
        """Answers a slider."""
        return await self.send(_messages.slider(value), timeout=timeout)

    async def send_files(self, files: Iterable[FileLink], *, timeout: float | None = None) -> Sent:
        """Answers with files that you host."""
        return await self.send(_messages.files(files), timeout=timeout)

    async def send_form(self, fields: Mapping[str, Scalar], *, timeout: float | None = None) -> Sent:
        """Answers a form: values by label."""
        return await self.send(_messages.form(fields), timeout=timeout)

    async def send_variables(
        self,
        *,
        contact: Mapping[str, Scalar] | None = None,
        other: Mapping[str, Scalar] | None = None,
        timeout: float | None = None,
    ) -> Sent:
        """Answers a JavaScript block with the values of variables: those of the contact, and all others."""
        return await self.send(_messages.variables(contact, other), timeout=timeout)

    async def resolve(
        self, client_id: str, action: Literal["resend", "discard"], *, timeout: float | None = None
    ) -> Sent:
        """Decides on a message whose `state` is `unconfirmed`; see `wotnot.Conversation.resolve`."""
        params = _calls.resolve_params(self.id, client_id, action, timeout)
        return _calls.sent(await self._client.call("resolve", params))

    async def transcript(
        self,
        format: Literal["json", "txt", "html"] = "txt",  # noqa: A002
        *,
        timeout: float | None = None,
    ) -> str:
        """The whole conversation as a gateway has it."""
        params = _calls.transcript_params(self.id, format, timeout)
        content: str = (await self._client.call("transcript", params))["content"]
        return content

    def events(self, timeout: float | None = None) -> AsyncGenerator[Event, None]:
        """The events of this conversation alone, as `Client.events` gives them.

        Those of other conversations stay queued; as long as nobody takes them they fill the client's queue.
        """
        return self._client._events(timeout, self.id)
