"""The event loops, as far as the async client needs them: to be woken from a thread, and by a descriptor."""

from __future__ import annotations

import asyncio
import math
import sys
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    import trio

    from wotnot._native import Bell


class Waiter(Protocol):
    """One wait of one task."""

    def set(self) -> None:
        """Ends the wait, from its own loop."""

    def wake(self) -> None:
        """Ends the wait, from any thread."""

    async def wait(self, timeout: float | None, late: Callable[[], None] | None = None) -> None:
        """Waits to be woken. After `timeout` seconds it calls `late` and waits on, or without one ends."""


class _AsyncioWaiter:
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._woken: asyncio.Future[None] = self._loop.create_future()

    def set(self) -> None:
        if not self._woken.done():
            self._woken.set_result(None)

    def wake(self) -> None:
        try:
            self._loop.call_soon_threadsafe(self.set)
        except RuntimeError:
            # The loop is closed: nobody waits any more.
            return

    async def wait(self, timeout: float | None, late: Callable[[], None] | None = None) -> None:
        timer = None if timeout is None else self._loop.call_later(timeout, late or self.set)
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

    def set(self) -> None:
        self._woken.set()

    def wake(self) -> None:
        try:
            self._token.run_sync_soon(self._woken.set)
        except self._finished:
            # The run is over: nobody waits any more.
            return

    async def wait(self, timeout: float | None, late: Callable[[], None] | None = None) -> None:
        with self._move_on_after(math.inf if timeout is None else timeout):
            await self._woken.wait()
        if late is not None and not self._woken.is_set():
            late()
            await self._woken.wait()


class Room:
    """The tasks of one loop that wait for events, and the bell that wakes them. It knows no client."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._waiters: dict[Waiter, None] = {}
        self.closed = False

    def add(self) -> Waiter:
        """A wait of the current task, woken by every change until it is discarded."""
        one = waiter()
        self._waiters[one] = None
        return one

    def discard(self, one: Waiter) -> None:
        """Ends a wait, from any thread: a task may be collected on another one."""
        self._waiters.pop(one, None)

    def is_over(self) -> bool:
        """Whether nothing wakes a wait here any more."""
        return self.closed

    def _rung(self) -> None:
        """Wakes those who wait; where nobody does, the room closes."""
        self._bell.hush()
        waiters = list(self._waiters)
        self.closed = not waiters
        for one in waiters:
            one.set()


class _AsyncioRoom(Room):
    def __init__(self, bell: Bell) -> None:
        super().__init__(bell)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(bell.fileno(), self._rung)

    def is_over(self) -> bool:
        return self.closed or self._loop.is_closed()

    def _rung(self) -> None:
        super()._rung()
        if self.closed:
            self._loop.remove_reader(self._bell.fileno())


class _TrioRoom(Room):
    def __init__(self, bell: Bell) -> None:
        super().__init__(bell)
        import trio

        self._wait_readable = trio.lowlevel.wait_readable
        trio.lowlevel.spawn_system_task(self._listen)

    async def _listen(self) -> None:
        try:
            while not self.closed:
                await self._wait_readable(self._bell.fileno())
                self._rung()
        finally:
            # The run may end first.
            self.closed = True


class Rooms:
    """The rooms of one client, by their loops."""

    def __init__(self) -> None:
        self._rooms: dict[asyncio.AbstractEventLoop | trio.lowlevel.TrioToken, Room] = {}

    def enter(self, bell: Callable[[], Bell]) -> Room:
        """The room of the current loop; `bell` makes a new bell."""
        loop = _trio_token() or asyncio.get_running_loop()
        room = self._rooms.get(loop)
        if room is None or room.is_over():
            for other, left in list(self._rooms.items()):
                if left.is_over():
                    self._rooms.pop(other, None)
            room = (_AsyncioRoom if isinstance(loop, asyncio.AbstractEventLoop) else _TrioRoom)(bell())
            self._rooms[loop] = room
        return room


def _trio_token() -> trio.lowlevel.TrioToken | None:
    if "trio" not in sys.modules:
        return None
    import trio

    try:
        return trio.lowlevel.current_trio_token()
    except RuntimeError:
        return None


def waiter() -> Waiter:
    """A wait of the current task, under whichever loop runs it."""
    return _AsyncioWaiter() if _trio_token() is None else _TrioWaiter()


async def checkpoint() -> None:
    """Lets other tasks run, and a cancellation take effect."""
    if _trio_token() is None:
        await asyncio.sleep(0)
    else:
        import trio

        await trio.lowlevel.checkpoint()
