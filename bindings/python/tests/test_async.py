"""The awaited client under asyncio, trio and anyio: no loop waits, a cancellation ends its call, no event is lost."""

from __future__ import annotations

import asyncio
import threading
import time

import anyio
import pytest
import trio
import wotnot
import wotnot.aio
from loops import delivery, make, run, wait_for

__all__ = ["run"]


def test_no_loop_waits_while_calls_wait(run, silent_service):
    async def main():
        late = []
        async with make(silent_service) as client, anyio.create_task_group() as tasks:
            for number in range(8):
                tasks.start_soon(client.conversation(f"c{number}").send_text, "Hello")
                tasks.start_soon(client.receive)

            async def all_are_under_way():
                return (await client.status()).counters.calls == 8

            await wait_for(all_are_under_way)
            for _ in range(100):
                due = time.perf_counter() + 0.002
                await anyio.sleep(0.002)
                late.append(time.perf_counter() - due)
            tasks.cancel_scope.cancel()
        return late

    late = sorted(run(main))
    assert late[50] < 0.02, late
    assert late[-1] < 0.2, late


@pytest.mark.parametrize("what", ["send", "receive"])
def test_a_cancellation_ends_the_call_at_once(run, silent_service, what):
    async def main():
        async with make(silent_service) as client:
            chat = client.conversation("3f0c")

            async def failed():
                return (await client.status()).counters.failures == 1

            begun = time.monotonic()
            with anyio.move_on_after(0.1) as scope:
                await (chat.send_text("Hello") if what == "send" else client.receive())
            took = time.monotonic() - begun
            assert scope.cancelled_caught
            if what == "send":
                # The thread is free again as well: nothing waits for the service any more.
                await wait_for(failed)
            return took

    assert run(main) < 1


def test_a_cancelled_task_of_asyncio_ends_at_once(silent_service):
    async def main():
        async with make(silent_service) as client:
            task = asyncio.create_task(client.conversation("3f0c").send_text("Hello"))
            await asyncio.sleep(0.1)
            begun = time.monotonic()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            return time.monotonic() - begun

    assert asyncio.run(main()) < 0.2


def test_a_cancelled_wait_loses_no_event(run):
    async def main():
        async with make() as client:
            received = []
            for number in range(200):
                async with anyio.create_task_group() as tasks:

                    async def take():
                        event = await client.receive()
                        received.append(event.text)

                    tasks.start_soon(take)
                    await anyio.sleep(0)
                    await client.accept_webhook(delivery(str(number)))
                    tasks.cancel_scope.cancel()
            async for event in client.events(timeout=0.01):
                received.append(event.text)
            return received

    assert run(main) == [str(number) for number in range(200)]


def test_events_come_in_order_and_the_loop_ends_with_the_time(run):
    async def main():
        async with make() as client:
            await client.accept_webhook(delivery("1", "2", "3"))
            return [(event.seq, event.text) async for event in client.events(timeout=0.05)]

    assert run(main) == [(1, "1"), (2, "2"), (3, "3")]


def test_an_event_wakes_the_loop_that_waits(run):
    async def main():
        async with make() as client:
            seen = []

            async def listen():
                async for event in client.events():
                    seen.append(event.text)

            async with anyio.create_task_group() as tasks:
                tasks.start_soon(listen)
                for text in ["1", "2"]:
                    await anyio.sleep(0.02)
                    await client.accept_webhook(delivery(text))

                async def both():
                    return len(seen) == 2

                await wait_for(both)
                await client.close()
            return seen

    assert run(main) == ["1", "2"]


def test_a_conversation_hears_itself_alone(run):
    async def main():
        async with make() as client:
            await client.accept_webhook(delivery("mine", conversation="a"))
            await client.accept_webhook(delivery("yours", conversation="b"))
            mine = [event.text async for event in client.conversation("a").events(timeout=0.01)]
            rest = [event.text async for event in client.events(timeout=0.01)]
            return mine, rest

    assert run(main) == (["mine"], ["yours"])


def test_interrupt_ends_loops_over_events(run):
    async def main():
        async with make() as client, anyio.create_task_group() as tasks:
            ended = []

            async def listen():
                async for _ in client.events():
                    pytest.fail("nothing was sent")
                ended.append(True)

            tasks.start_soon(listen)

            async def is_over():
                client.interrupt()
                return bool(ended)

            await wait_for(is_over)
            assert await client.receive(timeout=0.01) is None

    run(main)


def test_a_receive_without_a_webhook_says_why(run):
    async def main():
        async with wotnot.aio.Client("t") as client:
            with pytest.raises(wotnot.InvalidArgumentError, match="no webhook"):
                await client.receive()

    run(main)


def test_more_calls_than_threads_wait_for_their_turn(run):
    async def main():
        async with make(max_threads=2) as client, anyio.create_task_group() as tasks:
            before = set(threading.enumerate())
            for _ in range(50):
                tasks.start_soon(client.status)
            await client.status()
            own = [thread for thread in set(threading.enumerate()) - before if thread.name.startswith("wotnot_")]
            assert len(own) <= 2, own

    run(main)


def test_close_ends_the_calls_of_other_tasks_even_with_every_thread_busy(run, silent_service):
    async def main():
        codes = []
        client = make(silent_service, max_threads=2)

        async def send(number):
            try:
                await client.conversation(f"c{number}").send_text("Hello")
            except wotnot.ClientClosedError as error:
                codes.append(error.code)

        async with anyio.create_task_group() as tasks:
            for number in range(2):
                tasks.start_soon(send, number)
            while client._native.call("status", {})["counters"]["calls"] < 2:
                await anyio.sleep(0.005)
            await client.close()
        return codes

    assert run(main) == ["closed", "closed"]


def test_several_loops_share_a_client():
    client = make()
    heard = []

    def listen(name, runner):
        async def main():
            async for event in client.conversation(name).events():
                heard.append((name, event.text))
                return

        runner(main)

    threads = [
        threading.Thread(target=listen, args=("a", lambda main: asyncio.run(main()))),
        threading.Thread(target=listen, args=("b", trio.run)),
    ]
    for thread in threads:
        thread.start()
    asyncio.run(client.accept_webhook(delivery("1", conversation="a")))
    asyncio.run(client.accept_webhook(delivery("2", conversation="b")))
    for thread in threads:
        thread.join(30)
    assert sorted(heard) == [("a", "1"), ("b", "2")]
    asyncio.run(client.close())


class LoopWithoutReaders(asyncio.SelectorEventLoop):
    """As the loop of Windows is: it reads from sockets, and does not say when they can be read."""

    def add_reader(self, *_):
        raise NotImplementedError


def test_a_loop_without_readers_hears_of_events():
    async def main():
        heard = []

        async def listen():
            async for event in client.conversation("a").events():
                heard.append(event.text)
                if event.text == "19":
                    return

        async with make() as client:
            listening = asyncio.create_task(listen())

            async def it_waits():
                return client._rooms._rooms or listening.done()

            await wait_for(it_waits)
            for number in range(20):
                await client.accept_webhook(delivery(str(number), conversation="a"))
            await asyncio.wait_for(listening, 30)
        return heard

    loop = LoopWithoutReaders()
    try:
        assert loop.run_until_complete(main()) == [str(number) for number in range(20)]
    finally:
        loop.close()


def test_a_panic_is_an_error(run):
    async def main():
        async with make() as client:
            with pytest.raises(wotnot.InternalError) as caught:
                await client.call("test_panic", {})
            return caught.value.code

    assert run(main) == "panic"
