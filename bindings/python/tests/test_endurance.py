"""What holds under attack, in a bounded form: races of cancellation, forks beside calling threads, flat memory."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import random
import resource
import subprocess
import sys
import threading
import time

import anyio
import pytest
import wotnot
import wotnot.aio
from loops import delivery, make, run

__all__ = ["run"]


def test_no_race_of_a_cancellation_loses_or_doubles_an_event(run):
    """Receivers are cancelled at any moment while events come from a thread."""
    count = 2000
    chance = random.Random(7)

    async def main():
        client = make()
        received = []

        def bring():
            for number in range(count):
                client._native.call("accept_webhook", {"body": delivery(str(number))})
                if number % 3 == 0:
                    time.sleep(0)

        async def take():
            while True:
                event = await client.receive()
                received.append(event.text)

        thread = threading.Thread(target=bring)
        thread.start()
        while thread.is_alive() or (await client.status()).counters.events_held:
            with anyio.move_on_after(chance.random() * 0.002):
                async with anyio.create_task_group() as tasks:
                    for _ in range(chance.randrange(1, 4)):
                        tasks.start_soon(take)
        thread.join()
        await client.close()
        return received

    received = run(main)
    assert sorted(received, key=int) == [str(number) for number in range(count)]


def test_no_race_of_a_cancellation_breaks_a_call(run, silent_service):
    """Calls are cancelled while they wait in the queue, begin, and wait for the service."""
    chance = random.Random(7)

    async def main():
        async with make(silent_service, max_threads=4) as client:
            for _ in range(300):
                with anyio.move_on_after(chance.random() * 0.004):
                    async with anyio.create_task_group() as tasks:
                        for number in range(8):
                            tasks.start_soon(client.conversation(f"c{number}").send_text, "Hello")
            # Every thread is free again.
            while len(client._pool._idle) + len(client._pool._permits) < 4:
                await anyio.sleep(0.005)
            return client._pool._backlog

    assert not run(main)


FORKS = """
import os, sys, threading, wotnot
client = wotnot.Client("t", base_url=sys.argv[1], retry=wotnot.Retry(1), webhook=wotnot.Webhook("h"))
over = threading.Event()
def work():
    while not over.is_set():
        try:
            client.conversation("3f0c").send_text("Hello")
        except wotnot.WotnotError:
            pass
        client.receive(timeout=0.0005)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
ends = []
for _ in range(40):
    child = os.fork()
    if child == 0:
        codes = []
        for call in [lambda: client.conversation("3f0c").send_text("Hello"), client.receive, client.status]:
            try:
                call()
            except wotnot.WotnotError as error:
                codes.append(error.code)
        assert codes == ["forked"] * 3, codes
        mine = wotnot.Client("t", base_url=sys.argv[1], retry=wotnot.Retry(1))
        try:
            mine.conversation("3f0c").send_text("Hello")
        except wotnot.WotnotError as error:
            assert error.code == "network", error
        # And not `os._exit`: the child ends as a program does.
        sys.exit()
    ends.append(os.waitpid(child, 0)[1])
over.set()
for thread in threads:
    thread.join()
assert ends == [0] * 40, ends
"""


def test_forks_beside_calling_threads(silent_service):
    subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS, "http://127.0.0.1:9"],
        check=True,
        timeout=300,
    )


FORKS_AT_ANY_MOMENT = """
import os, threading, time, wotnot
client = wotnot.Client("t", retry=wotnot.Retry(1), webhook=wotnot.Webhook("h"))
over = threading.Event()
def work():
    while not over.is_set():
        client.receive(timeout=0)
threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads:
    thread.start()
for _ in range(1500):
    child = os.fork()
    if child == 0:
        os._exit(0)
    until = time.monotonic() + 60
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > until:
            os.kill(child, 9)
            os._exit(1)
        time.sleep(0.0002)
over.set()
for thread in threads:
    thread.join()
"""


def test_a_fork_finds_no_lock_held_by_a_thread_without_the_gil():
    # A child that found one stood still in `after_in_child`: one in a few hundred.
    subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", FORKS_AT_ANY_MOMENT],
        check=True,
        timeout=600,
    )


def resident():
    """How many bytes of memory this process has in use."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def test_memory_stays_flat_over_errors_and_cancellations(silent_service, caplog):
    # What is logged is kept for the report of the test.
    caplog.set_level(logging.CRITICAL, logger="wotnot")

    async def rounds(client, times):
        chat = client.conversation("3f0c")
        for number in range(times):
            with contextlib.suppress(wotnot.WotnotError):
                await client.accept_webhook("{")
            with contextlib.suppress(wotnot.WotnotError):
                await chat.send({"type": "text", "data": {"body": 1}})
            sends = [asyncio.ensure_future(chat.send_text("Hello")) for _ in range(3)]
            waits = [asyncio.ensure_future(client.receive()) for _ in range(3)]
            await asyncio.sleep(0)
            for task in sends + waits:
                task.cancel()
            await asyncio.wait(sends + waits)
            await client.accept_webhook(delivery(f"Hello {number} of {times}"))
            await client.receive()

    async def main():
        async with make(silent_service) as client:
            await rounds(client, 1000)
            before = resident(), len(os.listdir("/proc/self/fd"))
            await rounds(client, 2000)
            gc.collect()
            return before, (resident(), len(os.listdir("/proc/self/fd")))

    (memory, files), (memory_after, files_after) = asyncio.run(main())
    # A kilobyte lost in each round would be 2 MB.
    assert memory_after - memory < 2_000_000
    assert files_after <= files + 4


@pytest.mark.parametrize("loops", [30])
def test_loops_that_came_and_went_leave_no_descriptor(run, loops):
    client = make()

    async def wait():
        await client.receive(timeout=0.001)

    run(wait)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(loops):
        run(wait)
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) <= before + 4
    asyncio.run(client.close())
