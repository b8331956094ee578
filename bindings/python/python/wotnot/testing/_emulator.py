"""The emulator as tests see it: where it is, what it saw, and the faults to inject."""

from __future__ import annotations

import http.client
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from wotnot import aio
from wotnot._client import Client
from wotnot._config import Webhook
from wotnot.testing._command import EmulatorError, Process

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

DEMO_FLOW = Path(__file__).with_name("demo.yaml")
"""A small sample bot: a greeting, a choice, a slider, and a hand-over to a person."""

WEBHOOK_TOKEN = "emulator-webhook-token"  # noqa: S105
"""The webhook's shared token between the emulator and the clients that it makes. It guards nothing real."""

OK = 200


@dataclass(frozen=True, slots=True)
class Bot:
    """A bot that the emulator runs."""

    name: str
    key: str
    """The bot key."""


class Emulator:
    """A local service of its own, in a child process. Use it as a context manager, or `close()` it.

    Attributes:
        base_url: Where it listens.
        token: The account's token.
        bot_key: The key of the first bot.
        bots: All bots.
        seed: The number that every id, time and chance is drawn from; give it again to repeat a run.
    """

    def __init__(
        self,
        flow: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] = DEMO_FLOW,
        *,
        seed: int | None = None,
    ) -> None:
        """Starts it and waits until it listens.

        Args:
            flow: The flow file of a bot, or several.
            seed: Draw every id, time and chance from this number.

        Raises:
            EmulatorError: The command is missing, or a flow cannot run; the message says what to do.
        """
        flows = [flow] if isinstance(flow, (str, os.PathLike)) else list(flow)
        arguments = [word for path in flows for word in ("--flow", os.fspath(path))]
        if seed is not None:
            arguments += ["--seed", str(seed)]
        self._process = Process(arguments)
        ready = self._process.ready()
        self.base_url: str = ready["base_url"]
        self.token: str = ready["token"]
        self.bots = [Bot(name=bot["name"], key=bot["key"]) for bot in ready["bots"]]
        self.bot_key = self.bots[0].key
        self.seed: int = ready["seed"]

    def client(self, **settings: Any) -> Client:
        """A client of this service, with a listener that gets its events. Settings go to `wotnot.Client`."""
        client = Client(**self._settings(settings))
        self._deliver_to(client.status().webhook_url, settings)
        return client

    async def async_client(self, **settings: Any) -> aio.Client:
        """The same for asyncio and trio. Settings go to `wotnot.aio.Client`."""
        client = aio.Client(**self._settings(settings))
        self._deliver_to((await client.status()).webhook_url, settings)
        return client

    def _settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        defaults = {
            "token": self.token,
            "bot_key": self.bot_key,
            "base_url": self.base_url,
            "webhook": Webhook(WEBHOOK_TOKEN, listen="127.0.0.1:0"),
        }
        return {**defaults, **settings}

    def _deliver_to(self, url: str | None, settings: Mapping[str, Any]) -> None:
        if url is not None:
            webhook: Webhook | None = settings.get("webhook")
            self.set_webhook(url, WEBHOOK_TOKEN if webhook is None else webhook.token)

    def set_webhook(self, url: str, token: str) -> None:
        """Posts events to this URL from now on. The endpoint is tested first, as the service does."""
        self._control("PUT", "/webhook", {"url": url, "token": token})

    def clear_webhook(self) -> None:
        """Posts events nowhere."""
        self._control("DELETE", "/webhook")

    def conversations(self) -> list[dict[str, Any]]:
        """The conversations so far, in short."""
        listed: list[dict[str, Any]] = self._control("GET", "/conversations")["conversations"]
        return listed

    def transcript(self, conversation_id: str) -> dict[str, Any]:
        """What was said in a conversation, and the events that it made."""
        return self._control("GET", f"/conversations/{quote(conversation_id, safe='')}")

    def requests(self) -> list[dict[str, Any]]:
        """The calls that came in, and what they were answered."""
        listed: list[dict[str, Any]] = self._control("GET", "/requests")["requests"]
        return listed

    def set_faults(self, rules: Iterable[Mapping[str, Any]]) -> None:
        """The fault rules from now on, in place of those before; an empty list ends it."""
        self._control("PUT", "/faults", {"faults": list(rules)})

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force, and how often each matched and struck."""
        listed: list[dict[str, Any]] = self._control("GET", "/faults")["faults"]
        return listed

    def agent_says(self, conversation_id: str, text: str) -> None:
        """Has a person on the company's side write."""
        self._control("POST", f"/conversations/{quote(conversation_id, safe='')}/agent", {"text": text})

    def close_conversation(self, conversation_id: str) -> None:
        """Has the company's side close the conversation."""
        self._control("POST", f"/conversations/{quote(conversation_id, safe='')}/close")

    def advance(self, seconds: float) -> None:
        """Moves the emulator's clock, so that a bot's delay is over at once."""
        self._control("POST", "/clock", {"advance_ms": round(seconds * 1000)})

    def reset(self) -> None:
        """Forgets every conversation, request and fault."""
        self._control("POST", "/reset")

    def close(self) -> None:
        """Ends it. A second time does nothing."""
        self._process.stop()

    def _control(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        address = urlsplit(self.base_url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, f"/_emulator{path}", text, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer: dict[str, Any] = json.loads(response.read() or b"{}")
        finally:
            connection.close()
        if response.status != OK:
            raise EmulatorError(f"{method} {path}: {answer.get('error', response.status)}")
        return answer

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
        return f"<wotnot.testing.Emulator base_url={self.base_url!r}>"
