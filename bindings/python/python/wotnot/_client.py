"""The blocking client."""

from __future__ import annotations

import logging
from collections.abc import Generator, Mapping
from time import perf_counter
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from wotnot import _calls, _config, _native
from wotnot._calls import Variables
from wotnot._config import Gateway, Retry, State, Tls, Webhook
from wotnot._conversation import Conversation
from wotnot._errors import CallInterruptedError, ClientClosedError, WotnotError
from wotnot._messages import Message
from wotnot._results import Forgotten, ParsedWebhook, Reply, Status, Uploaded

if TYPE_CHECKING:
    from os import PathLike
    from types import TracebackType

    from typing_extensions import Self

    from wotnot._events import Event


class Client:
    """A client of one WotNot account or a gateway. Share it between threads; use it as a context manager or `close()`.

    Every call releases the GIL while it runs, ends on Ctrl-C, and raises `WotnotError`.
    """

    __module__ = "wotnot"
    __slots__ = ("__weakref__", "_base_url", "_log", "_native")

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
    ) -> None:
        """Checks the settings and opens the listener when `webhook` asks for one. Sends nothing.

        Args:
            token: The account's JWT. A master key: keep it on servers. Required, but where there is a `gateway`.
            bot_key: The bot to talk to when a call names none. The bot's trigger block shows it.
            base_url: Scheme, host and port of the service; https, or http on loopback. A path `/api/v1` at its end
                is left off. `https://app.wotnot.io` when `None`.
            webhook: How events come in. Without it a client only sends.
            timeout: The overall deadline of a call: attempts, waits, DNS and connecting included. In seconds; 30
                when `None`.
            connect_timeout: The share of `timeout` that making one connection may take: look-up, TCP, TLS and the
                way through a proxy. What takes longer has sent nothing, and is tried again. In seconds; 10 when `None`.
            retry: Automatic retries of what cannot double a message.
            proxy: `"env"` for what the environment says, the URL of an http or https proxy, or `None` for none.
            tls: TLS trust roots. There is no switch that turns verification off.
            user_agent: The `User-Agent` header. The library's name and version when absent.
            bot_key_field: The name of the field that carries the bot key on the wire: `"bot_key"` or
                `"publish_key"`. `bot_key` when `None`.
            allow_http: Allows `http://` to hosts beyond loopback. The token then travels in the clear.
            state: What is kept beyond the life of the client.
            log: What is logged: `retries` logs each retry and the end of each call that was tried again or failed,
                `calls` the end of every other call too. The logger `wotnot` receives them. `off` when `None`.
            gateway: The gateway to talk through as a visitor, in place of `token`, `bot_key`, `base_url` and
                `webhook`: for phones, kiosks and programs that must not hold the account's token.

        Raises:
            InvalidArgumentError: A setting is wrong; the message names it.
        """
        self._open(
            _config.document(
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
        )

    @classmethod
    def from_config(cls, config: Mapping[str, object]) -> Self:
        """A client from the JSON form of its settings, the same in every language.

        Raises:
            InvalidArgumentError: A setting is wrong or unknown; the message names it.
        """
        client = cls.__new__(cls)
        client._open(config)
        return client

    def _open(self, config: Mapping[str, object]) -> None:
        self._native = _native.Client(config, _calls.tell)
        self._base_url = self._native.call("status", {})["base_url"]
        self._log = _calls.Log(config)

    def start_conversation(
        self,
        visitor_id: str | None = None,
        text: str | None = None,
        *,
        message: Message | None = None,
        variables: Variables | None = None,
        bot_key: str | None = None,
        timeout: float | None = None,
    ) -> Conversation:
        """Starts a conversation. Call it once for each visitor, and keep the conversation's `id`.

        Args:
            visitor_id: Your own unique id of the visitor; a gateway knows its visitor, and needs none.
            text: What they said first; or give the whole `message`.
            message: `{"type": "text", "data": {"body": ...}}`.
            variables: What is known: `{"system": {...}, "contact": {...}, "conversation": {...}}`.
            bot_key: The bot to talk to, instead of the client's.
            timeout: The overall deadline in seconds, instead of the client's.
        """
        params = _calls.start_params(visitor_id, text, message, variables, bot_key, timeout)
        return Conversation(self, **_calls.started(self.call("start_conversation", params)))

    def open_conversation(
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
        """The conversation that the visitor has with the bot, started where they have none.

        `opened` on it says which, `message_sent` whether the message went out. However many threads open for one
        visitor at once, one of them starts the conversation and the others get it.

        Args:
            visitor_id: Your own unique id of the visitor; a gateway knows its visitor, and needs none.
            text: What they say, for the case that a conversation is started; or give the whole `message`.
            message: `{"type": "text", "data": {"body": ...}}`.
            variables: What is known: `{"system": {...}, "contact": {...}, "conversation": {...}}`.
            bot_key: The bot to talk to, instead of the client's.
            if_known: When the visitor has a conversation: give it (`reuse`), fail (`refuse`), or start a `new` one in
                its place.
            timeout: The overall deadline in seconds, instead of the client's.

        Raises:
            InvalidArgumentError: An argument is wrong, or the visitor has a conversation and `if_known` is `refuse`.
            RequestTimeoutError: An earlier start was lost and what became of it is not known yet; `not_sent`.
            WotnotError: The start failed; see `delivery`. One that is `unknown` is not started again on a client with
                a webhook: the next call gives it, once an event has shown it.
        """
        params = _calls.open_params(visitor_id, text, message, variables, bot_key, if_known, timeout)
        return Conversation(self, **_calls.started(self.call("open_conversation", params)))

    def forget(self, *, visitor_id: str | None = None, conversation_id: str | None = None) -> Forgotten:
        """Forgets what `open_conversation` knows, and drops the events of the conversation that wait.

        Args:
            visitor_id: The visitor whose conversations are forgotten; or give `conversation_id`.
            conversation_id: The conversation that is forgotten. Through a gateway give neither: all that it keeps of
                the visitor is erased there.

        Raises:
            InvalidArgumentError: Neither or both are given, or the state file cannot be written.
        """
        params = _calls.forget_params(visitor_id, conversation_id)
        return Forgotten.read(self.call("forget", params))

    def set_identity(self, identity: str | None) -> None:
        """Says who the visitor is, as your site signed it for a gateway; `None` is anonymous.

        Give a fresh one when the event `identity_wanted` asks for it.
        """
        self.call("set_identity", _calls.identity_params(identity))

    def upload(
        self,
        path: str | PathLike[str],
        *,
        name: str | None = None,
        media_type: str | None = None,
        timeout: float | None = None,
    ) -> Uploaded:
        """Hands a file to the gateway, and gives the `link` that answers a prompt for one.

        It goes on after a cut. After an error, or a kill of the program, the same call goes on where it stopped.

        Args:
            path: The file.
            name: The name to show; that of `path` when `None`.
            media_type: Such as `image/png`; what the name says when `None`.
            timeout: The deadline of the whole in seconds; without it each part has the client's.
        """
        params = _calls.upload_params(path, name, media_type, timeout)
        return Uploaded.read(self.call("upload", params))

    def upload_parts(
        self,
        file: str | PathLike[str] | bytes,
        *,
        name: str | None = None,
        media_type: str | None = None,
        file_id: str | None = None,
    ) -> Generator[Uploaded, None, None]:
        """The same part by part: a generator that tells how far it is, the last time with the `link`.

        Args:
            file: The path of the file, or its bytes, which need a `name`.
            name: The name to show; that of the path when `None`.
            media_type: Such as `image/png`; what the name says when `None`.
            file_id: That of an upload that was begun before, to go on with it.
        """
        parts = _calls.upload_parts(file, name, media_type, file_id)
        params: dict[str, Any] | None = next(parts)
        while params is not None:
            value = self.call("upload", params)
            yield Uploaded.read(value)
            try:
                params = parts.send(value)
            except StopIteration:
                params = None

    def set_app_state(self, state: Literal["foreground", "background"]) -> None:
        """Says through a gateway whether people see the program now; in the background it is asked less often."""
        self.call("set_app_state", {"state": state})

    def conversation(self, conversation_id: str) -> Conversation:
        """Continues a conversation that was started earlier. Sends nothing."""
        return Conversation(self, id=conversation_id)

    def receive(self, timeout: float | None = None) -> Event | None:
        """The next event, in the order of arrival; `None` when none came within `timeout` seconds."""
        return self._receive(timeout, None)

    def _receive(self, timeout: float | None, conversation_id: str | None) -> Event | None:
        document = self._native.receive(_config.wait_millis(timeout), conversation_id)
        return None if document is None else _calls.event(document)

    def events(self, timeout: float | None = None) -> Generator[Event, None, None]:
        """Events as they come. Ends when none came for `timeout` seconds, on `interrupt()` and on `close()`."""
        return self._events(timeout, None)

    def _events(self, timeout: float | None, conversation_id: str | None) -> Generator[Event, None, None]:
        try:
            while (event := self._receive(timeout, conversation_id)) is not None:
                yield event
        except (CallInterruptedError, ClientClosedError):
            return

    def parse_webhook(self, body: str | bytes, authorization: str | None = None) -> ParsedWebhook:
        """Checks a post to your own web server and takes it apart. Keeps nothing.

        Args:
            body: The whole body of the post.
            authorization: Its `Authorization` header, if it has one.

        Raises:
            WebhookRejectedError: The token is missing or wrong; give `error.reply` as your answer.
            InvalidArgumentError: The body is no delivery; give `error.reply` as your answer.
        """
        return _calls.parsed(self.call("parse_webhook", _calls.post_params(body, authorization)))

    def accept_webhook(self, body: str | bytes, authorization: str | None = None) -> Reply:
        """Checks a post to your own web server and queues its events for `events()`.

        Gives what to answer. Arguments are those of `parse_webhook`.

        Raises:
            WebhookRejectedError: The token is missing or wrong; give `error.reply` as your answer.
            InvalidArgumentError: The body is no delivery; give `error.reply` as your answer.
            OverloadedError: The queue is full; give `error.reply`, and the service sends it again.
        """
        value = self.call("accept_webhook", _calls.post_params(body, authorization))
        return Reply.read(value["reply"])

    def status(self) -> Status:
        """What this client is and has done: its version, addresses and counters."""
        return Status.read(self.call("status", {}))

    def call(self, method: str, params: Mapping[str, object]) -> Any:
        """Calls a method by its name, parameters and value in their JSON form, the same in every language."""
        timed = _calls.log.isEnabledFor(logging.DEBUG)
        begun = perf_counter() if timed else 0.0
        try:
            value = self._native.call(method, params)
        except WotnotError as error:
            self._log.failure(method, error)
            raise
        if timed:
            _calls.log_success(method, perf_counter() - begun)
        return value

    def interrupt(self) -> None:
        """Wakes everybody who waits for an event now, and nobody else. For use from another thread."""
        self._native.interrupt()

    def close(self) -> None:
        """Ends every call and every wait at once and stops the listener, for good. A second time does nothing."""
        self._native.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} base_url={getattr(self, '_base_url', None)!r}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a client holds connections and cannot be pickled; make one in each process")
