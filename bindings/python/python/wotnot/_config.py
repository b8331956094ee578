"""Settings of a client, and their JSON form. The checks are the native layer's."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wotnot import _native
from wotnot._errors import InvalidArgumentError


@dataclass(frozen=True, slots=True)
class Webhook:
    """How events come in."""

    token: str = field(repr=False)
    """The shared token that is set beside the endpoint at the vendor."""
    listen: str | None = None
    """Where to listen, such as `127.0.0.1:8089` (port 0 picks a free one); `None` when your own web server
    takes the posts."""
    path: str | None = None
    """The path of the endpoint; `/wotnot/events` when `None`."""
    capacity: int | None = None
    """How many events wait to be received before posts are refused; 16,384 when `None`."""
    capacity_bytes: int | None = None
    """How many bytes they take before posts are refused, each its JSON text and 256 bytes; 64 MiB when `None`."""
    idle: float | None = None
    """After how many seconds without a reader a conversation gives way when all is full; 900 when `None`."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Automatic retries of what cannot double a message."""

    max_attempts: int | None = None
    base_delay: float | None = None
    """Seconds."""
    max_delay: float | None = None
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS trust roots. There is no switch that turns verification off."""

    roots: str | None = None
    """`auto` (the system's store, or the bundled set where there is none), `system`, `bundled` or `none`."""
    ca_file: str | None = None
    """A PEM file whose certificates are trusted besides."""
    ca_pem: str | None = field(default=None, repr=False)
    """PEM text whose certificates are trusted besides."""


@dataclass(frozen=True, slots=True)
class State:
    """Where `open_conversation` keeps what it knows, so that it outlives the program."""

    path: str | os.PathLike[str]
    """The file, in a folder that exists. Several processes of one machine may share it; each account has its own."""


NO_END = 2**32
"""More than a century: as good as no end, and what every clock can hold."""


def millis(seconds: float | None, name: str = "timeout") -> int | None:
    """Seconds as whole milliseconds, for the setting or the argument `name`."""
    if seconds is None:
        return None
    if not _is_number(seconds) or not 0 < seconds <= _native.MAX_TIMEOUT:
        raise _wrong(name, f"expected a number of seconds above 0, {_native.MAX_TIMEOUT} at most", seconds)
    return math.ceil(seconds * 1000)


def _span(seconds: float | None, name: str, longest: int) -> int | None:
    """The same for what may be 0."""
    if seconds is None:
        return None
    if not _is_number(seconds) or not 0 <= seconds <= longest:
        raise _wrong(name, f"expected a number of seconds from 0 to {longest}", seconds)
    return math.ceil(seconds * 1000)


def wait_seconds(timeout: float | None) -> float | None:
    """How long to wait for an event; `None` is without an end."""
    if timeout is None:
        return None
    if not _is_number(timeout):
        raise _wrong("timeout", "expected a number of seconds, or None to wait without an end", timeout)
    return None if timeout >= NO_END else float(max(0, timeout))


def wait_millis(timeout: float | None) -> int | None:
    """The same in milliseconds."""
    seconds = wait_seconds(timeout)
    return None if seconds is None else math.ceil(seconds * 1000)


def _is_number(value: object) -> bool:
    if isinstance(value, float):
        return not math.isnan(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _wrong(name: str, expected: str, value: object) -> InvalidArgumentError:
    got = type(value).__name__
    if isinstance(value, float):
        got = f"{value:g}"
    elif type(value) is int:
        got = str(value) if abs(value) < NO_END else "a number of that size"
    return InvalidArgumentError(f"{name}: {expected}, not {got}", code="invalid_argument")


def given(**values: object) -> dict[str, Any]:
    """The values that are not `None`."""
    return {name: value for name, value in values.items() if value is not None}


def document(
    *,
    token: str,
    bot_key: str | None,
    bot_key_field: str | None,
    base_url: str | None,
    timeout: float | None,
    connect_timeout: float | None,
    retry: Retry | None,
    proxy: str | None,
    tls: Tls | None,
    webhook: Webhook | None,
    state: State | None,
    user_agent: str | None,
    allow_http: bool,
    log: Literal["off", "retries", "calls"] | None,
) -> Mapping[str, object]:
    """The JSON form of a client's settings."""
    for name, value, kind in (
        ("retry", retry, Retry),
        ("tls", tls, Tls),
        ("webhook", webhook, Webhook),
        ("state", state, State),
    ):
        if value is not None and not isinstance(value, kind):
            raise _wrong(name, f"expected wotnot.{kind.__name__}(...) or None", value)
    settings = given(
        token=token,
        bot_key=bot_key,
        bot_key_field=bot_key_field,
        base_url=base_url,
        timeout_ms=millis(timeout),
        connect_timeout_ms=millis(connect_timeout, "connect_timeout"),
        user_agent=user_agent,
        log=log,
    )
    if allow_http:
        settings["allow_http"] = allow_http
    settings["proxy"] = proxy
    if retry is not None:
        settings["retry"] = given(
            max_attempts=retry.max_attempts,
            base_delay_ms=_span(retry.base_delay, "retry.base_delay", _native.MAX_TIMEOUT),
            max_delay_ms=_span(retry.max_delay, "retry.max_delay", _native.MAX_TIMEOUT),
        )
    if tls is not None:
        settings["tls"] = given(roots=tls.roots, ca_file=tls.ca_file, ca_pem=tls.ca_pem)
    if webhook is not None:
        settings["webhook"] = given(
            token=webhook.token,
            listen=webhook.listen,
            path=webhook.path,
            capacity=webhook.capacity,
            capacity_bytes=webhook.capacity_bytes,
            idle_ms=_span(webhook.idle, "webhook.idle", _native.MAX_IDLE),
        )
    if state is not None:
        if not isinstance(state.path, (str, os.PathLike)):
            raise _wrong("state.path", "expected a path, as a str or a pathlib.Path", state.path)
        settings["state"] = {"path": os.fspath(state.path)}
    return settings
