"""Settings of a client, and their JSON form. The checks are the native layer's."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from wotnot import _native
from wotnot._errors import InvalidArgumentError


# generated: sections, by `cargo xtask generate`
@dataclass(frozen=True, slots=True)
class Webhook:
    """How events come in. Without it a client only sends."""

    token: str = field(repr=False)
    """The shared token that is set beside the endpoint at the vendor."""
    listen: str | None = None
    """Where to listen, such as `127.0.0.1:8089` (port 0 picks a free one). Without it your own web server takes the
    posts."""
    path: str | None = None
    """The path of the endpoint. `/wotnot/events` when `None`."""
    capacity: int | None = None
    """How many events wait to be received before posts are refused. 16,384 when `None`."""
    capacity_bytes: int | None = None
    """How many bytes they take before posts are refused: each its JSON text and 256 bytes. 64 MiB when `None`."""
    idle: float | None = None
    """After how long without a reader a conversation gives way when all is full. In seconds; 900 when `None`."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Automatic retries of what cannot double a message."""

    max_attempts: int | None = None
    """Requests in all, the first included. 1 turns retries off. 4 when `None`."""
    base_delay: float | None = None
    """The upper bound of the first wait; it doubles from there. In seconds; 0.2 when `None`."""
    max_delay: float | None = None
    """The upper bound of any wait. In seconds; 8 when `None`."""


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS trust roots. There is no switch that turns verification off."""

    roots: Literal["auto", "system", "bundled", "none"] | None = None
    """The base set of authorities: `auto` is the system's store, or the bundled set where there is none. `auto` when
    `None`."""
    ca_file: str | os.PathLike[str] | None = None
    """A PEM file whose certificates are trusted besides."""
    ca_pem: str | None = field(default=None, repr=False)
    """PEM text whose certificates are trusted besides."""


@dataclass(frozen=True, slots=True)
class State:
    """What is kept beyond the life of the client."""

    path: str | os.PathLike[str]
    """The file that keeps which conversation each visitor has, in a folder that exists. Several processes of one
    machine may share it; each account has its own. Through a gateway it keeps who the visitor is, what was received and
    what waits for a network, and belongs to one client."""
    key: str | None = field(default=None, repr=False)
    """Seals that file: 32 random bytes in Base64, which the app keeps where its system keeps keys. A file that was
    written with another key, or without one, is refused."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway to talk through as a visitor, in place of `token`, `bot_key`, `base_url` and `webhook`: for phones,
    kiosks and programs that must not hold the account's token."""

    url: str
    """Scheme, host and port of the gateway; https, or http on loopback."""
    app: str
    """The app id of the gateway's site."""
    identity: str | None = field(default=None, repr=False)
    """What the site signed of the visitor. Without it the visitor is anonymous, and stays the same through the state
    file."""
    background: bool = False
    """Whether a background thread fills the inbox. Without it the thread that waits for events fetches them."""


# generated: end
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


def _path(value: object, name: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, (str, os.PathLike)):
        raise _wrong(name, "expected a path, as a str or a pathlib.Path", value)
    return os.fspath(value)


# generated: section-documents, by `cargo xtask generate`
def _webhook(webhook: Webhook | None) -> dict[str, Any] | None:
    if webhook is None:
        return None
    return given(
        token=webhook.token,
        listen=webhook.listen,
        path=webhook.path,
        capacity=webhook.capacity,
        capacity_bytes=webhook.capacity_bytes,
        idle_ms=_span(webhook.idle, "webhook.idle", _native.MAX_IDLE),
    )


def _retry(retry: Retry | None) -> dict[str, Any] | None:
    if retry is None:
        return None
    return given(
        max_attempts=retry.max_attempts,
        base_delay_ms=_span(retry.base_delay, "retry.base_delay", _native.MAX_TIMEOUT),
        max_delay_ms=_span(retry.max_delay, "retry.max_delay", _native.MAX_TIMEOUT),
    )


def _tls(tls: Tls | None) -> dict[str, Any] | None:
    if tls is None:
        return None
    return given(
        roots=tls.roots,
        ca_file=_path(tls.ca_file, "tls.ca_file"),
        ca_pem=tls.ca_pem,
    )


def _state(state: State | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return given(
        path=_path(state.path, "state.path"),
        key=state.key,
    )


def _gateway(gateway: Gateway | None) -> dict[str, Any] | None:
    if gateway is None:
        return None
    return given(
        url=gateway.url,
        app=gateway.app,
        identity=gateway.identity,
        background=gateway.background or None,
    )


# generated: end
def document(
    *,
    token: str | None,
    # generated: settings, by `cargo xtask generate`
    bot_key: str | None,
    base_url: str | None,
    webhook: Webhook | None,
    timeout: float | None,
    connect_timeout: float | None,
    retry: Retry | None,
    proxy: str | None,
    tls: Tls | None,
    user_agent: str | None,
    bot_key_field: str | None,
    allow_http: bool,
    state: State | None,
    log: Literal["off", "retries", "calls"] | None,
    gateway: Gateway | None,
    # generated: end
) -> Mapping[str, object]:
    """The JSON form of a client's settings."""
    for name, value, kind in (
        ("retry", retry, Retry),
        ("tls", tls, Tls),
        ("webhook", webhook, Webhook),
        ("state", state, State),
        ("gateway", gateway, Gateway),
    ):
        if value is not None and not isinstance(value, kind):
            raise _wrong(name, f"expected wotnot.{kind.__name__}(...) or None", value)
    settings = given(
        # generated: document, by `cargo xtask generate`
        token=token,
        bot_key=bot_key,
        base_url=base_url,
        webhook=_webhook(webhook),
        timeout_ms=millis(timeout, "timeout"),
        connect_timeout_ms=millis(connect_timeout, "connect_timeout"),
        retry=_retry(retry),
        tls=_tls(tls),
        user_agent=user_agent,
        bot_key_field=bot_key_field,
        allow_http=allow_http or None,
        state=_state(state),
        log=log,
        gateway=_gateway(gateway),
        # generated: end
    )
    settings["proxy"] = proxy
    return settings
