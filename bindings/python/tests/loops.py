"""What the tests of the awaited client share: its loops, a client, deliveries."""

from __future__ import annotations

import json

import anyio
import pytest
import wotnot
import wotnot.aio


@pytest.fixture(params=["asyncio", "uvloop", "trio"])
def run(request):
    """Runs a coroutine function under each loop, with a deadline."""

    async def bounded(function):
        with anyio.fail_after(60):
            return await function()

    backend = "trio" if request.param == "trio" else "asyncio"
    options = {"use_uvloop": True} if request.param == "uvloop" else {}
    return lambda function: anyio.run(bounded, function, backend=backend, backend_options=options)


def make(base_url="http://127.0.0.1:9", **settings):
    """A client with a webhook and no listener."""
    return wotnot.aio.Client("t", base_url=base_url, webhook=wotnot.Webhook("hook"), **settings)


def delivery(*texts, conversation="3f0c"):
    """A post of the service: the bot says each of the texts."""
    events = [
        {
            "event": {
                "type": "message",
                "payload": {"message_by": {"type": "bot"}, "message": {"type": "text", "text": text}},
            },
            "conversation": {"key": conversation},
        }
        for text in texts
    ]
    return json.dumps({"token": "hook", "events": events})


async def wait_for(condition):
    """Waits until an async condition is true."""
    while not await condition():
        await anyio.sleep(0.005)
