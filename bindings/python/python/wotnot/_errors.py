"""What a call can say instead of giving its value: one class for each family of codes."""

from __future__ import annotations

from typing import Any, Literal

from wotnot._results import Reply


class WotnotError(Exception):
    """Anything that this library raises. A code that this version does not know raises this class itself.

    Attributes:
        code: The name of what went wrong, such as `rate_limited`.
        message: What was wrong, what was expected and what to do. Never a secret.
        retryable: Whether the same call may succeed later without a change.
        retry_after: How many seconds the service asked to wait.
        delivery: What became of the message: `not_sent`, `rejected`, or `unknown` when it may have been taken;
            `None` for calls that send nothing.
        http_status: The HTTP status of the last answer, when there was one.
        api_code: The service's own word, such as `JWT_SIGNATURE_EXCEPTION`.
        attempts: How many requests were tried.
        method: The method that was called.
        reply: What your own web server must answer; on webhook errors alone.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "internal",
        retryable: bool = False,
        retry_after: float | None = None,
        delivery: Literal["not_sent", "rejected", "unknown"] | None = None,
        http_status: int | None = None,
        api_code: str | None = None,
        attempts: int = 0,
        method: str | None = None,
        reply: Reply | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable
        self.retry_after = retry_after
        self.delivery = delivery
        self.http_status = http_status
        self.api_code = api_code
        self.attempts = attempts
        self.method = method
        self.reply = reply

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, code={self.code!r}, delivery={self.delivery!r})"


# generated: classes, by `cargo xtask generate`
class CallInterruptedError(WotnotError):
    """`interrupt` or a cancellation woke the call."""


class ClientClosedError(WotnotError):
    """The client was closed, now or before."""


class InvalidArgumentError(WotnotError, ValueError):
    """A field of the configuration or of the parameters is wrong; the message names it. Nothing was sent."""


class ForkedError(WotnotError):
    """The client was made before a fork; make a new one in the child."""


class NetworkError(WotnotError):
    """Resolving, connecting, reading or writing failed."""


class TlsError(NetworkError):
    """The TLS handshake or the certificate was refused."""


class ProxyError(NetworkError):
    """The proxy refused or could not be reached."""


class RequestTimeoutError(WotnotError):
    """The overall deadline passed."""


class UnauthorizedError(WotnotError):
    """The service refused the token."""


class ChannelNotEnabledError(WotnotError):
    """The API channel is not enabled in the account."""


class ConversationNotCreatedError(WotnotError):
    """The service made no conversation; try again later."""


class InvalidRequestError(WotnotError):
    """The service called the request invalid."""


class NotFoundError(WotnotError):
    """The service knows no such path or conversation."""


class RateLimitedError(WotnotError):
    """The service asked to slow down. See `retry_after`."""


class RejectedError(WotnotError):
    """The service refused in another way: any other 4xx."""


class ServerError(WotnotError):
    """The service failed: any 5xx."""


class ProtocolError(WotnotError):
    """The answer is not what the API promises."""


class WebhookRejectedError(WotnotError):
    """The webhook token is missing or wrong. For a post: answer it with `reply`."""


class OverloadedError(WotnotError):
    """A queue of this library is full, or the system gives no thread. For a post: answer it with `reply`."""


class InternalError(WotnotError):
    """A fault of this library. Please report it."""


# generated: end


CLASSES: dict[str, type[WotnotError]] = {
    # generated: codes
    "interrupted": CallInterruptedError,
    "closed": ClientClosedError,
    "null_argument": InvalidArgumentError,
    "invalid_utf8": InvalidArgumentError,
    "invalid_json": InvalidArgumentError,
    "invalid_argument": InvalidArgumentError,
    "invalid_client": ClientClosedError,
    "forked": ForkedError,
    "unknown_method": InvalidArgumentError,
    "network": NetworkError,
    "tls": TlsError,
    "proxy": ProxyError,
    "request_timeout": RequestTimeoutError,
    "unauthorized": UnauthorizedError,
    "channel_not_enabled": ChannelNotEnabledError,
    "conversation_not_created": ConversationNotCreatedError,
    "invalid_request": InvalidRequestError,
    "not_found": NotFoundError,
    "rate_limited": RateLimitedError,
    "rejected": RejectedError,
    "server_error": ServerError,
    "protocol_error": ProtocolError,
    "webhook_rejected": WebhookRejectedError,
    "overloaded": OverloadedError,
    "internal": InternalError,
    "panic": InternalError,
    # generated: end
}

for _class in (WotnotError, *CLASSES.values()):
    # Where users import them from, and so what a traceback shows.
    _class.__module__ = "wotnot"


def from_document(document: dict[str, Any]) -> WotnotError:
    """The exception for an error document of the native layer."""
    code: str = document["code"]
    wait: int | None = document["retry_after_ms"]
    reply: dict[str, Any] | None = document.get("reply")
    return CLASSES.get(code, WotnotError)(
        document["message"],
        code=code,
        retryable=document["retryable"],
        retry_after=None if wait is None else wait / 1000,
        delivery=document["delivery"],
        http_status=document["http_status"],
        api_code=document["api_code"],
        attempts=document["attempts"],
        method=document["method"],
        reply=None if reply is None else Reply.read(reply),
    )
