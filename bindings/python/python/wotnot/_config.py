"""Settings of a client, and their JSON form. The checks are the native layer's."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
    """Whom to trust. There is no switch that turns verification off."""

    roots: str | None = None
    """`auto` (the system's store, or the bundled set where there is none), `system`, `bundled` or `none`."""
    ca_file: str | None = None
    """A PEM file whose certificates are trusted besides."""
    ca_pem: str | None = field(default=None, repr=False)
    """PEM text whose certificates are trusted besides."""


def millis(seconds: float | None) -> object:
    """Seconds as whole milliseconds. What is no number goes through, for the native layer to name."""
    if isinstance(seconds, (int, float)) and math.isfinite(seconds):
        return math.ceil(seconds * 1000)
    return seconds


def wait_millis(timeout: float | None) -> int | None:
    """How long to wait for an event; `None` is for ever."""
    if timeout is None or timeout == math.inf:
        return None
    return max(0, math.ceil(timeout * 1000))


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
    user_agent: str | None,
    allow_http: bool,
) -> Mapping[str, object]:
    """The JSON form of a client's settings."""
    settings = given(
        token=token,
        bot_key=bot_key,
        bot_key_field=bot_key_field,
        base_url=base_url,
        timeout_ms=millis(timeout),
        connect_timeout_ms=millis(connect_timeout),
        user_agent=user_agent,
    )
    if allow_http:
        settings["allow_http"] = allow_http
    settings["proxy"] = proxy
    if retry is not None:
        settings["retry"] = given(
            max_attempts=retry.max_attempts,
            base_delay_ms=millis(retry.base_delay),
            max_delay_ms=millis(retry.max_delay),
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
            idle_ms=millis(webhook.idle),
        )
    return settings
