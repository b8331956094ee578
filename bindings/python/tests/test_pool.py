"""The threads of the awaited client: a call runs once or not at all, and nothing waits longer than it was given."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import anyio
import pytest
import wotnot
import wotnot.aio
from loops import delivery, make, run, wait_for
from pythons import INTERPRETERS

__all__ = ["run"]


@pytest.fixture
def counting_service():
    """A service that takes every message, and counts them by their texts."""
    texts = []
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)

    def answer(connection):
        with connection, contextlib.suppress(OSError):
            stream = connection.makefile("rb")
            while head := stream.readline():
                length = 0
                while (line := stream.readline()).strip():
                    name, _, value = line.partition(b":")
                    length = int(value) if name.lower() == b"content-length" else length
                texts.append((head.split()[1].decode(), stream.read(length).decode()))
                body = b'{"ok": true, "message": {"id": "1"}, "message_id": "1"}'
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                # Not by a Thread: that is what these tests take away.
                _thread.start_new_thread(answer, (connection,))

    threading.Thread(target=serve, daemon=True).start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}", texts
    listener.close()


def no_thread(*_args, **_kwargs):
    raise RuntimeError("can't start new thread")


async def outcomes(client, count, **options):
    """What becomes of so many sends at once: `sent`, or the code and the delivery of each."""
    ends = []

    async def send(number):
        try:
            await client.conversation(f"c{number}").send_text("Hello", **options)
            ends.append("sent")
        except wotnot.WotnotError as error:
            ends.append((error.code, error.delivery))

    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(send, number)
    return ends


def test_without_a_thread_nothing_is_sent(run, counting_service, monkeypatch):
    base_url, texts = counting_service

    async def main():
        async with make(base_url) as client:
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", no_thread)
                refused = await outcomes(client, 4)
            return refused, await outcomes(client, 1)

    refused, later = run(main)
    assert refused == [("overloaded", "not_sent")] * 4
    assert len(later) == 1
    assert len(texts) == 1, texts


def test_with_one_thread_everything_is_sent_once(run, counting_service, monkeypatch):
    base_url, texts = counting_service

    async def main():
        async with make(base_url) as client:
            await outcomes(client, 1)
            with monkeypatch.context() as patch:
                patch.setattr(threading.Thread, "start", no_thread)
                await outcomes(client, 8)

    run(main)
    assert len(texts) == 9
    assert len({path for path, _ in texts}) == 8


def test_close_needs_no_thread(run, monkeypatch):
    async def main():
        client = make()
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", no_thread)
            await client.close()
        with pytest.raises(wotnot.ClientClosedError):
            await client.receive()

    run(main)


async def all_busy(client, tasks, count):
    """Fills every thread with calls that no service answers."""
    for number in range(count):
        tasks.start_soon(outcomes, client, 1)
        del number
    while client._native.call("status", {})["counters"]["calls"] < count:
        await anyio.sleep(0.005)


def test_what_sends_nothing_waits_for_no_thread(run, silent_service):
    async def main():
        async with make(silent_service, max_threads=2) as client, anyio.create_task_group() as tasks:
            await all_busy(client, tasks, 2)
            with anyio.fail_after(20):
                await client.accept_webhook(delivery("1"))
                await client.parse_webhook(delivery("2"))
                assert (await client.status()).counters.events_held == 1
            tasks.cancel_scope.cancel()

    run(main)


def test_turns_take_no_thread_of_the_calls(run, counting_service):
    base_url, _ = counting_service

    async def main():
        turns = []
        async with make(base_url, max_threads=2) as client, anyio.create_task_group() as tasks:

            async def ask(conversation):
                turns.append(await client.conversation(conversation).ask("Hello"))

            for number in range(8):
                tasks.start_soon(ask, f"c{number}")

            async def all_are_asked():
                return (await client.status()).counters.calls == 8

            # All are under way at once, though none has its turn yet, and a call still finds a thread.
            await wait_for(all_are_asked)
            await client.conversation("another").send_text("Hello")
            assert turns == []
            for number in range(8):
                await client.accept_webhook(delivery("And you?", conversation=f"c{number}"))
        return turns

    turns = run(main)
    assert [turn.text for turn in turns] == ["And you?"] * 8


def test_a_turn_that_never_left_the_queue_says_so(run, counting_service, monkeypatch):
    base_url, _ = counting_service
    monkeypatch.setattr(wotnot.aio, "_MAX_WAITS", 1)

    async def main():
        async with make(base_url) as client, anyio.create_task_group() as tasks:
            tasks.start_soon(client.conversation("c1").ask, "Hello")
            while client._native.call("status", {})["counters"]["calls"] < 1:
                await anyio.sleep(0.005)
            with pytest.raises(wotnot.RequestTimeoutError) as caught:
                await client.conversation("c2").ask("Hello", timeout=0.2)
            tasks.cancel_scope.cancel()
            return caught.value

    error = run(main)
    assert (error.delivery, error.method) == ("not_sent", "converse")


def test_a_cancelled_turn_ends_at_once_and_leaves_its_events(run, counting_service):
    base_url, _ = counting_service

    async def main():
        async with make(base_url) as client:
            chat = client.conversation("3f0c")
            begun = anyio.Event()

            async def cancel_once_asked():
                async def is_asked():
                    return (await client.status()).counters.calls == 1

                await wait_for(is_asked)
                begun.set()
                tasks.cancel_scope.cancel()

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(cancel_once_asked)
                await chat.ask("Hello")
            assert begun.is_set()
            await client.accept_webhook(delivery("And you?"))
            return await client.receive()

    assert run(main).text == "And you?"


def test_a_call_that_never_left_the_queue_says_so(run, silent_service):
    async def main():
        async with make(silent_service, max_threads=2) as client, anyio.create_task_group() as tasks:
            await all_busy(client, tasks, 2)
            with anyio.fail_after(20):
                ends = await outcomes(client, 1, timeout=0.2)
            tasks.cancel_scope.cancel()
            return ends

    assert run(main) == [("request_timeout", "not_sent")]


def test_the_time_in_the_queue_counts(run, silent_service):
    async def main():
        async with make(silent_service, max_threads=1) as client, anyio.create_task_group() as tasks:
            first = {}

            async def blocked():
                first["ends"] = await outcomes(client, 1, timeout=1)

            tasks.start_soon(blocked)
            while client._native.call("status", {})["counters"]["calls"] < 1:
                await anyio.sleep(0.005)
            begun = time.monotonic()
            ends = await outcomes(client, 1, timeout=3)
            took = time.monotonic() - begun
            return first["ends"], ends, took

    first, second, took = run(main)
    assert first == second == [("request_timeout", "unknown")]
    # A second of it passed in the queue.
    assert took < 3.9


def test_a_cancelled_call_leaves_the_queue(run, silent_service):
    async def main():
        async with make(silent_service, max_threads=1) as client, anyio.create_task_group() as tasks:
            await all_busy(client, tasks, 1)
            for _ in range(20):
                with anyio.move_on_after(0.001):
                    await outcomes(client, 20)
            assert not client._pool._backlog
            tasks.cancel_scope.cancel()

    run(main)


def test_close_ends_what_is_queued(run, silent_service):
    async def main():
        client = make(silent_service, max_threads=1)
        ends = []

        async def send():
            ends.extend(await outcomes(client, 5))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send)
            while client._native.call("status", {})["counters"]["calls"] < 1:
                await anyio.sleep(0.005)
            await client.close()
        return ends

    ends = run(main)
    assert {code for code, _ in ends} == {"closed"}
    assert [delivery for _, delivery in ends].count("not_sent") >= 4


def test_a_send_after_close_is_closed_and_not_sent(run):
    async def main():
        client = make()
        await client.close()
        return await outcomes(client, 2)

    assert run(main) == [("closed", "not_sent")] * 2


def test_threads_end_with_a_client_that_nobody_closed(silent_service):
    def own_threads():
        return [thread for thread in threading.enumerate() if thread.name.startswith("wotnot_")]

    async def main():
        await outcomes(make("http://127.0.0.1:9", retry=wotnot.Retry(1)), 3)

    before = len(own_threads())
    asyncio.run(main())

    async def ended():
        gc.collect()
        return len(own_threads()) <= before

    asyncio.run(asyncio.wait_for(wait_for(ended), 30))


@pytest.mark.parametrize("version", INTERPRETERS)
def test_a_collection_that_ends_a_wait_blocks_nobody(version):
    program = """
import asyncio, faulthandler, gc, wotnot, wotnot.aio
faulthandler.dump_traceback_later(60, exit=True)
class Ends:
    def __init__(self, wait): self.wait, self.cycle = wait, self
    def __del__(self): self.wait.close()
async def main():
    client = wotnot.aio.Client("t", webhook=wotnot.Webhook("h"))
    kept = [asyncio.ensure_future(client.receive(timeout=60)) for _ in range(3)]
    await asyncio.sleep(0.01)
    for number in range(200):
        gc.disable()
        wait = client._receive(None, "another")
        wait.send(None)
        wait.send(None)
        Ends(wait)
        del wait
        gc.enable()
        # The collection begins at every line in turn of what wakes those who wait.
        gc.set_threshold(gc.get_count()[0] + number % 40)
        client._native.interrupt()
        await asyncio.sleep(0)
        gc.set_threshold(700)
    gc.collect()
asyncio.run(main())
"""
    environment = {"PYTHONPATH": str(Path(wotnot.__file__).parents[1])}
    subprocess.run([INTERPRETERS[version], "-s", "-c", program], check=True, timeout=120, env=environment)


def test_a_signal_handler_may_interrupt():
    program = """
import asyncio, faulthandler, signal, wotnot, wotnot.aio
faulthandler.dump_traceback_later(60, exit=True)
client = wotnot.aio.Client("t", webhook=wotnot.Webhook("h"))
signal.signal(signal.SIGALRM, lambda *_: client.interrupt())
async def main():
    ended = 0
    while ended < 2000:
        try:
            await client.receive(timeout=0.001)
        except wotnot.CallInterruptedError:
            pass
        ended += 1
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.0003)
asyncio.run(main())
signal.setitimer(signal.ITIMER_REAL, 0)
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)


def test_a_wait_interrupted_by_a_signal_handler_ends(run):
    async def main():
        async with make() as client:
            before = signal.signal(signal.SIGUSR1, lambda *_: client.interrupt())
            try:
                async with anyio.create_task_group() as tasks:

                    async def ring():
                        while True:
                            await anyio.sleep(0.01)
                            os.kill(os.getpid(), signal.SIGUSR1)

                    tasks.start_soon(ring)
                    with pytest.raises(wotnot.CallInterruptedError):
                        await client.receive()
                    tasks.cancel_scope.cancel()
            finally:
                signal.signal(signal.SIGUSR1, before)

    run(main)
