"""The WotNot API channel: put a chatbot behind your own window.

    import wotnot

    with wotnot.Client(token=..., bot_key=...) as client:
        chat = client.start_conversation(visitor_id="visitor-42", text="Hello")
        chat.send_text("30")

For asyncio and trio there is `wotnot.aio`, for tests `wotnot.testing`.
"""

from typing import TYPE_CHECKING

from wotnot._client import Client, Conversation
from wotnot._config import Retry, Tls, Webhook
from wotnot._errors import (
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
)
from wotnot._messages import File
from wotnot._native import VERSION as __version__  # noqa: N811
from wotnot._results import Assignee, Contact, Counters, ParsedWebhook, Reply, Sent, Status

if TYPE_CHECKING:
    from wotnot._events import Event
    from wotnot._prompts import (
        Card,
        Choice,
        Date,
        FileUpload,
        Form,
        FormField,
        Javascript,
        Option,
        Prompt,
        Slider,
        TextInput,
        UnknownPrompt,
    )

__all__ = [
    "Assignee",
    "CallInterruptedError",
    "Card",
    "ChannelNotEnabledError",
    "Choice",
    "Client",
    "ClientClosedError",
    "Contact",
    "Conversation",
    "ConversationNotCreatedError",
    "Counters",
    "Date",
    "Event",
    "File",
    "FileUpload",
    "ForkedError",
    "Form",
    "FormField",
    "InternalError",
    "InvalidArgumentError",
    "InvalidRequestError",
    "Javascript",
    "NetworkError",
    "NotFoundError",
    "Option",
    "OverloadedError",
    "ParsedWebhook",
    "Prompt",
    "ProtocolError",
    "ProxyError",
    "RateLimitedError",
    "RejectedError",
    "Reply",
    "RequestTimeoutError",
    "Retry",
    "Sent",
    "ServerError",
    "Slider",
    "Status",
    "TextInput",
    "Tls",
    "TlsError",
    "UnauthorizedError",
    "UnknownPrompt",
    "Webhook",
    "WebhookRejectedError",
    "WotnotError",
    "__version__",
]


def __getattr__(name: str) -> object:
    """Events and prompts are loaded when they are first named, which halves what `import wotnot` costs."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from wotnot import _events, _prompts

    for module in (_events, _prompts):
        if hasattr(module, name):
            globals()[name] = getattr(module, name)
            return globals()[name]
    raise AttributeError(name)
