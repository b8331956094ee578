"""The WotNot API channel: put a chatbot behind your own window.

    import wotnot

    with wotnot.Client(token=..., bot_key=...) as client:
        chat = client.start_conversation(visitor_id="visitor-42", text="Hello")
        chat.send_text("30")

For asyncio and trio there is `wotnot.aio`, for tests `wotnot.testing`.
"""

from typing import TYPE_CHECKING

from wotnot._native import VERSION as __version__  # noqa: N811

if TYPE_CHECKING:
    from wotnot._client import Client
    from wotnot._config import Gateway, Retry, State, Tls, Webhook
    from wotnot._conversation import Conversation
    from wotnot._errors import (
        # generated: errors
        CallInterruptedError,
        ChannelNotEnabledError,
        ClientClosedError,
        ConversationNotCreatedError,
        ForkedError,
        InternalError,
        InvalidArgumentError,
        InvalidRequestError,
        NetworkError,
        NotFoundError,
        OverloadedError,
        ProtocolError,
        ProxyError,
        RateLimitedError,
        RejectedError,
        RequestTimeoutError,
        ServerError,
        TlsError,
        UnauthorizedError,
        WebhookRejectedError,
        WotnotError,
        # generated: end
    )
    from wotnot._events import Event, Handover
    from wotnot._messages import FileLink
    from wotnot._prompts import (
        Card,
        Choice,
        ChoiceOption,
        Date,
        FileUpload,
        Form,
        FormField,
        Javascript,
        Prompt,
        Slider,
        TextInput,
        UnknownPrompt,
    )
    from wotnot._results import (
        Assignee,
        Contact,
        Counters,
        Forgotten,
        GatewayStatus,
        MessageState,
        ParsedWebhook,
        RefusedPosts,
        Reply,
        Sent,
        Status,
        Turn,
        Uploaded,
        WebhookStatus,
    )

__all__ = [
    "Assignee",
    "CallInterruptedError",
    "Card",
    "ChannelNotEnabledError",
    "Choice",
    "ChoiceOption",
    "Client",
    "ClientClosedError",
    "Contact",
    "Conversation",
    "ConversationNotCreatedError",
    "Counters",
    "Date",
    "Event",
    "FileLink",
    "FileUpload",
    "Forgotten",
    "ForkedError",
    "Form",
    "FormField",
    "Gateway",
    "GatewayStatus",
    "Handover",
    "InternalError",
    "InvalidArgumentError",
    "InvalidRequestError",
    "Javascript",
    "MessageState",
    "NetworkError",
    "NotFoundError",
    "OverloadedError",
    "ParsedWebhook",
    "Prompt",
    "ProtocolError",
    "ProxyError",
    "RateLimitedError",
    "RefusedPosts",
    "RejectedError",
    "Reply",
    "RequestTimeoutError",
    "Retry",
    "Sent",
    "ServerError",
    "Slider",
    "State",
    "Status",
    "TextInput",
    "Tls",
    "TlsError",
    "Turn",
    "UnauthorizedError",
    "UnknownPrompt",
    "Uploaded",
    "Webhook",
    "WebhookRejectedError",
    "WebhookStatus",
    "WotnotError",
    "__version__",
]


_MODULES = ("_client", "_config", "_conversation", "_errors", "_events", "_messages", "_prompts", "_results")


def __getattr__(name: str) -> object:
    """Everything is loaded when it is first named, so that `import wotnot` costs next to nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    for module in _MODULES:
        found = import_module(f"wotnot.{module}")
        if name in vars(found):
            globals()[name] = getattr(found, name)
            return globals()[name]
    raise AttributeError(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
