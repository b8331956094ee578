"""The client for asyncio and trio (anyio runs on either): the same names, awaited.

Calls run on a few threads of the client's own, so no event loop waits; cancelling a task ends its call at once.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import AsyncIterator, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from time import monotonic, perf_counter
from typing import TYPE_CHECKING, Any, NoReturn

from wotnot import _calls, _config, _loops, _messages, _native
from wotnot._calls import ConversationFacts, Variables
from wotnot._config import Retry, Tls, Webhook
from wotnot._errors import CallInterruptedError, ClientClosedError, WotnotError
from wotnot._events import Event
from wotnot._messages import File, Message, Scalar
from wotnot._results import ParsedWebhook, Reply, Sent, Status

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ["Client", "Conversation"]


class _Waiters:
    """The tasks that wait for an event. It knows no client, for a watcher must not keep one alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiters: set[_loops.Waiter] = set()

    def add(self) -> _loops.Waiter:
        waiter = _loops.waiter()
        with self._lock:
            self._waiters.add(waiter)
        return waiter

    def discard(self, waiter: _loops.Waiter) -> None:
        with self._lock:
            self._waiters.discard(waiter)

    def wake_all(self) -> None:
        with self._lock:
            waiters = tuple(self._waiters)
        for waiter in waiters:
            waiter.wake()


class Client:
    """A client of one WotNot account, for asyncio and trio. Use it with `async with`, or `await close()`.

    The settings and the errors are those of `wotnot.Client`. Its tasks may run in several loops and threads.
    """

    def __init__(
        self,
        token: str,
        *,
        bot_key: str | None = None,
        bot_key_field: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        connect_timeout: float | None = None,
        retry: Retry | None = None,
        proxy: str | None = "env",
        tls: Tls | None = None,
        webhook: Webhook | None = None,
        user_agent: str | None = None,
        allow_http: bool = False,
        max_threads: int = 16,
    ) -> None:
        """Checks the settings and opens the listener when `webhook` asks for one. Sends nothing.

        Args:
            token: As in `wotnot.Client`, like everything else but:
            bot_key: The same.
            bot_key_field: The same.
            base_url: The same.
            timeout: The same.
            connect_timeout: The same.
            retry: The same.
            proxy: The same.
            tls: The same.
            webhook: The same.
            user_agent: The same.
            allow_http: The same.
            max_threads: How many calls run at a time; more of them wait for their turn.
        """
        config = _config.document(
            token=token,
            bot_key=bot_key,
            bot_key_field=bot_key_field,
            base_url=base_url,
            timeout=timeout,
            connect_timeout=connect_timeout,
            retry=retry,
            proxy=proxy,
            tls=tls,
            webhook=webhook,
            user_agent=user_agent,
            allow_http=allow_http,
        )
        self._open(config, max_threads)

    @classmethod
    def from_config(cls, config: Mapping[str, object], *, max_threads: int = 16) -> Self:
        """A client from the JSON form of its settings, the same in every language."""
        client = cls.__new__(cls)
        client._open(config, max_threads)
        return client

    def _open(self, config: Mapping[str, object], max_threads: int) -> None:
        self._native = _native.Client(config)
        self._base_url = self._native.call("status", {})["base_url"]
        self._pool = ThreadPoolExecutor(max_threads, thread_name_prefix="wotnot")
        self._process = os.getpid()
        self._waiters = _Waiters()
        self._watching = False
        self._watch_lock = threading.Lock()
        self._interrupts = 0

    async def start_conversation(
        self,
        visitor_id: str,
        text: str | None = None,
        *,
        message: Message | None = None,
        variables: Variables | None = None,
        bot_key: str | None = None,
        timeout: float | None = None,
    ) -> Conversation:
        """Starts a conversation; see `wotnot.Client.start_conversation`."""
        params = _calls.start_params(visitor_id, text, message, variables, bot_key, timeout)
        return Conversation(**_calls.started(await self.call("start_conversation", params)), _client=self)

    def conversation(self, conversation_id: str) -> Conversation:
        """Continues a conversation that was started earlier. Sends nothing."""
        return Conversation(conversation_id, _client=self)

    async def receive(self, timeout: float | None = None) -> Event | None:
        """The next event, in the order of arrival; `None` when none came within `timeout` seconds.

        A wait that is cancelled takes no event.
        """
        return await self._receive(timeout, None)

    async def _receive(self, timeout: float | None, conversation_id: str | None) -> Event | None:
        deadline = None if timeout is None else monotonic() + timeout
        interrupts = self._interrupts
        # From here to the return there is no await once an event was taken, so none is ever lost.
        await _loops.checkpoint()
        while True:
            waiter = self._waiters.add()
            try:
                document = self._native.receive(0, conversation_id, _native.CancelToken())
                if document is not None:
                    return Event.read(document)
                if self._interrupts != interrupts:
                    raise CallInterruptedError("the wait was interrupted", code="interrupted", retryable=True)
                left = None if deadline is None else deadline - monotonic()
                if left is not None and left <= 0:
                    return None
                if not self._watching:
                    self._watch()
                    continue
                await waiter.wait(left)
            finally:
                self._waiters.discard(waiter)

    def _watch(self) -> None:
        with self._watch_lock:
            if not self._watching:
                self._native.watch(self._waiters.wake_all)
                self._watching = True

    def events(self, timeout: float | None = None) -> AsyncIterator[Event]:
        """Events as they come. Ends when none came for `timeout` seconds, on `interrupt()` and on `close()`."""
        return self._events(timeout, None)

    async def _events(self, timeout: float | None, conversation_id: str | None) -> AsyncIterator[Event]:
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
        if os.getpid() != self._process:
            # The threads stayed behind in the parent. This raises the error that says so.
            self._native.call("status", {})
        token = _native.CancelToken()
        begun = perf_counter()
        try:
            value = await _loops.run(self._pool, lambda: self._native.call(method, params, token), token)
        except WotnotError as error:
            _calls.log_failure(method, error)
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
        closer = ThreadPoolExecutor(1, thread_name_prefix="wotnot-close")
        try:
            await _loops.run(closer, self._native.close, _native.CancelToken())
        finally:
            closer.shutdown(wait=False)
            self._pool.shutdown(wait=False)

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


@dataclass(frozen=True)
class Conversation(ConversationFacts):
    """One visitor's conversation: what is known of it, and the ways to answer."""

    _client: Client = field(kw_only=True, repr=False, compare=False)

    async def send(self, message: Message, *, timeout: float | None = None) -> Sent:
        """Sends a message in the vendor's own form, such as the `answer` of a prompt's option.

        A type that this library does not know needs `"unchecked": True` beside it.
        """
        params = _calls.send_params(self.id, message, timeout)
        return _calls.sent(await self._client.call("send_message", params))

    async def send_text(self, body: str, *, timeout: float | None = None) -> Sent:
        """Sends typed text."""
        return await self.send(_messages.text(body), timeout=timeout)

    async def send_slider(self, value: float, *, timeout: float | None = None) -> Sent:
        """Answers a slider."""
        return await self.send(_messages.slider(value), timeout=timeout)

    async def send_files(self, files: Iterable[File], *, timeout: float | None = None) -> Sent:
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

    def events(self, timeout: float | None = None) -> AsyncIterator[Event]:
        """The events of this conversation alone, as `Client.events` gives them.

        Those of other conversations stay queued; as long as nobody takes them they fill the client's queue.
        """
        return self._client._events(timeout, self.id)
