"""What the tests of the installed package share."""

from __future__ import annotations

import contextlib
import signal
import socket
from collections.abc import Iterator

import leak_probe
import pytest
import wotnot
from player import Player


def pytest_configure() -> None:
    """Everything is logged when the marks of secrets are looked for, and Ctrl-C means what it does at a terminal.

    A shell that starts the tests in the background ignores the signal, and every child inherits that.
    """
    leak_probe.log_everything()
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="module")
def player() -> Iterator[Player]:
    """A scripted service of the module's own."""
    player = Player()
    yield player
    player.close()


@pytest.fixture
def silent_service() -> Iterator[str]:
    """The base URL of a service that takes connections and never answers."""
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def waiting_client(silent_service: str) -> Iterator[wotnot.Client]:
    """A client whose calls wait for an answer, and whose events never come by themselves."""
    with wotnot.Client("fake.jwt.token", base_url=silent_service, webhook=wotnot.Webhook("hook")) as client:
        yield client
