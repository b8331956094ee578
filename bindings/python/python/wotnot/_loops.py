"""The two event loops, as far as the async client needs them: to be woken from a thread, and to run a call on one."""

from __future__ import annotations

import asyncio
import math
import sys
from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Executor

    from wotnot._native import CancelToken

T = TypeVar("T")


class Waiter(Protocol):
    """One wait of one task."""

    def wake(self) -> None:
        """Ends the wait, from any thread."""

    async def wait(self, timeout: float | None) -> None:
        """Waits for `wake`, at most `timeout` seconds."""


class _AsyncioWaiter:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken: asyncio.Future[None] = self._loop.create_future()

    def wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self._set)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            return

    def _set(self) -> None:
        if not self._woken.done():
            self._woken.set_result(None)

    async def wait(self, timeout: float | None) -> None:
        timer = None if timeout is None else self._loop.call_later(timeout, self._set)
        try:
            await self._woken
        finally:
            if timer is not None:
                timer.cancel()


class _TrioWaiter:
    def __init__(self) -> None:
        import trio

        self._token = trio.lowlevel.current_trio_token()
        self._finished = trio.RunFinishedError
        self._move_on_after = trio.move_on_after
        self._woken = trio.Event()

    def wake(self) -> None:
        try:
            self._token.run_sync_soon(self._woken.set)
        except self._finished:
            # The run is over: nobody waits any more.
            return

    async def wait(self, timeout: float | None) -> None:
        with self._move_on_after(math.inf if timeout is None else timeout):
            await self._woken.wait()


def _in_trio() -> bool:
    trio = sys.modules.get("trio")
    if trio is None:
        return False
    try:
        trio.lowlevel.current_trio_token()
    except RuntimeError:
        return False
    return True


def waiter() -> Waiter:
    """A wait of the current task, under whichever loop runs it."""
    return _TrioWaiter() if _in_trio() else _AsyncioWaiter()


async def checkpoint() -> None:
    """Lets other tasks run, and a cancellation take effect."""
    if _in_trio():
        import trio

        await trio.lowlevel.checkpoint()
    else:
        await asyncio.sleep(0)


async def run(pool: Executor, call: Callable[[], T], token: CancelToken) -> T:
    """Runs a blocking call on a thread of `pool`; cancelling the task ends the call."""
    finished = waiter()
    try:
        future = pool.submit(call)
    except RuntimeError:
        # The threads are gone with the client: the call says at once that it is closed.
        return call()
    future.add_done_callback(lambda _: finished.wake())
    try:
        await finished.wait(None)
    except BaseException:
        token.cancel()
        future.cancel()
        raise
    return future.result()
