"""A program that ends without `close()` ends with 0 and says nothing, on every Python that is installed here."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import wotnot
from pythons import INTERPRETERS

RUNS = 40
AT_A_TIME = 4

LISTENING = """
import asyncio, http.client, itertools, threading, wotnot, wotnot.aio
numbers = itertools.count()
client = wotnot.aio.Client("t", webhook=wotnot.Webhook("h", listen="127.0.0.1:0"))
def post(address):
    connection = http.client.HTTPConnection(address)
    while True:
        body = '{"token": "h", "events": [{"event": {"type": "note", "payload": %d}}]}' % next(numbers)
        try:
            connection.request("POST", "/wotnot/events", body)
            connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            return
async def main():
    address = (await client.status()).webhook_url.split("/")[2]
    for _ in range(2):
        threading.Thread(target=post, args=(address,), daemon=True).start()
    for _ in range(30):
        assert await client.receive() is not None
asyncio.run(main())
"""

CALLING = """
import asyncio, sys, wotnot, wotnot.aio
async def main():
    client = wotnot.aio.Client("t", base_url=sys.argv[1], retry=wotnot.Retry(1))
    sends = [asyncio.ensure_future(client.conversation(f"c{n}").send_text("Hello")) for n in range(4)]
    while (await client.status()).counters.calls < 4:
        await asyncio.sleep(0.001)
asyncio.run(main())
"""

DAEMONS = """
import sys, threading, wotnot
client = wotnot.Client("t", base_url=sys.argv[1], retry=wotnot.Retry(1), webhook=wotnot.Webhook("h"))
def send():
    chat = client.conversation("3f0c")
    while True:
        try:
            chat.send_text("Hello")
        except wotnot.WotnotError:
            pass
def poll():
    while True:
        client.receive(timeout=0.0005)
for target in [send, send, poll, client.receive, lambda: list(client.events())]:
    threading.Thread(target=target, daemon=True).start()
while client.status().counters.calls < 4:
    pass
"""

LOOP_IN_A_DAEMON = """
import asyncio, sys, threading, wotnot, wotnot.aio
client = wotnot.aio.Client("t", base_url=sys.argv[1], retry=wotnot.Retry(1), webhook=wotnot.Webhook("h"))
ready = threading.Event()
async def send():
    while True:
        try:
            await client.conversation("3f0c").send_text("Hello")
        except wotnot.WotnotError:
            ready.set()
async def main():
    await asyncio.gather(send(), send(), client.receive())
threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
ready.wait()
"""

PROGRAMS = {
    "a listener is open": LISTENING,
    "calls are under way": CALLING,
    "daemon threads call": DAEMONS,
    "a loop runs in a daemon thread": LOOP_IN_A_DAEMON,
}


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """A service that breaks off every request after it was read, so that calls end all the time."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                connection.recv(4096)

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join()


@pytest.mark.parametrize("version", INTERPRETERS)
@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_that_closes_nothing_ends_well(name, version, service, silent_service):
    arguments = ["-c", PROGRAMS[name], silent_service if name == "calls are under way" else service]
    environment = {"PYTHONPATH": str(Path(wotnot.__file__).parents[1])}

    def run(_):
        ended = subprocess.run(
            [INTERPRETERS[version], "-s", *arguments],
            capture_output=True,
            text=True,
            timeout=300,
            env=environment,
            check=False,
        )
        return ended.returncode, ended.stderr[-2000:]

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        ends = list(pool.map(run, range(RUNS)))
    assert [end for end in ends if end != (0, "")] == []
