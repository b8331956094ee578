"""The event loops, as far as the async client needs them: to be woken from a thread, and by a descriptor."""

from __future__ import annotations

import asyncio
import math
import socket
import sys
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import trio

    from wotnot._native import Notifier


class Waiter(Protocol):
    """One wait of one task."""

    def set(self) -> None:
        """Ends the wait, from its own loop."""

    def wake(self) -> None:
        """Ends the wait, from any thread."""

    def reset(self) -> None:
        """Has the next wait wait for another waking, from its own loop."""

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
        _soon_in_asyncio(self._loop, self.set)

    def reset(self) -> None:
        self._woken = self._loop.create_future()

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
        self._move_on_after = trio.move_on_after
        self._event = trio.Event
        self._woken = trio.Event()

    def set(self) -> None:
        self._woken.set()

    def wake(self) -> None:
        _soon_in_trio(self._token, self._woken.set)

    def reset(self) -> None:
        self._woken = self._event()

    async def wait(self, timeout: float | None, late: Callable[[], None] | None = None) -> None:
        with self._move_on_after(math.inf if timeout is None else timeout):
            await self._woken.wait()
        if late is not None and not self._woken.is_set():
            late()
            await self._woken.wait()


def _soon_in_asyncio(loop: asyncio.AbstractEventLoop, step: Callable[[], None]) -> None:
    # The loop may be closed: then nobody waits any more.
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(step)


def _soon_in_trio(token: trio.lowlevel.TrioToken, step: Callable[[], None]) -> None:
    import trio

    # The run may be over: then nobody waits any more.
    with suppress(trio.RunFinishedError):
        token.run_sync_soon(step)


class Room:
    """The tasks of one loop that wait for events, and the notifier that wakes them. It knows no client.

    An event wakes the first of those who wait for its conversation, and the first of those who take any; one that
    leaves has the next one look. A task may be collected on another thread, or at any line of this class, so leaving
    only notes it, and the loop does the rest.
    """

    def __init__(self, notifier: Notifier) -> None:
        self._notifier = notifier
        # By conversation; under `None`, those who take any event. Who came first stands in front.
        self._lines: dict[str | None, dict[Waiter, None]] = {}
        self._left: deque[tuple[str | None, Waiter]] = deque()
        self.closed = False

    def join(self, conversation_id: str | None) -> Waiter:
        """A wait of the current task, for an event of this conversation or of any. It lasts until it leaves."""
        self._tidy()
        one = waiter()
        self._lines.setdefault(conversation_id, {})[one] = None
        return one

    def leave(self, conversation_id: str | None, one: Waiter) -> None:
        """Ends a wait, from any thread. What it was woken for, and did not take, is for the next one."""
        self._left.append((conversation_id, one))
        if len(self._lines.get(conversation_id, ())) > 1:
            self._soon(self._pass_on)

    def is_over(self) -> bool:
        """Whether nothing wakes a wait here any more."""
        return self.closed

    def _soon(self, step: Callable[[], None]) -> None:
        """Has the loop do something, from any thread."""
        raise NotImplementedError

    def _notified(self) -> None:
        """Wakes those whose events came; where nobody waits, the room closes."""
        woken = self._notifier.drain()
        self._tidy()
        self.closed = not self._lines
        if woken is None:
            for line in self._lines.values():
                for one in line:
                    one.set()
        else:
            self._wake_first(woken)

    def _pass_on(self) -> None:
        self._wake_first(self._tidy())

    def _wake_first(self, conversations: Iterable[str | None]) -> None:
        for conversation_id in conversations:
            for one in self._lines.get(conversation_id, ()):
                one.set()
                break

    def _tidy(self) -> set[str | None]:
        """Takes out those who left, and gives the conversations that they waited for."""
        lines = set()
        while self._left:
            conversation_id, one = self._left.popleft()
            lines.add(conversation_id)
            line = self._lines.get(conversation_id, {})
            line.pop(one, None)
            if not line:
                self._lines.pop(conversation_id, None)
        return lines


class _AsyncioRoom(Room):
    def __init__(self, notifier: Notifier) -> None:
        super().__init__(notifier)
        self._loop = asyncio.get_running_loop()
        self._listening: asyncio.Task[None] | None = None
        try:
            self._loop.add_reader(notifier.fileno(), self._notified)
        except NotImplementedError:
            # The loop of Windows reads from sockets; it does not say when they can be read.
            self._listening = self._loop.create_task(self._listen())

    def is_over(self) -> bool:
        return self.closed or self._loop.is_closed()

    def _soon(self, step: Callable[[], None]) -> None:
        _soon_in_asyncio(self._loop, step)

    def _notified(self) -> None:
        super()._notified()
        if self.closed and self._listening is None:
            self._loop.remove_reader(self._notifier.fileno())

    async def _listen(self) -> None:
        end = socket.socket(fileno=self._notifier.fileno())
        try:
            while not self.closed:
                await self._loop.sock_recv(end, 1)
                self._notified()
        finally:
            # The notifier closes it. The loop may end first.
            end.detach()
            self.closed = True


class _TrioRoom(Room):
    def __init__(self, notifier: Notifier) -> None:
        super().__init__(notifier)
        import trio

        self._token = trio.lowlevel.current_trio_token()
        self._wait_readable = trio.lowlevel.wait_readable
        trio.lowlevel.spawn_system_task(self._listen)

    def _soon(self, step: Callable[[], None]) -> None:
        _soon_in_trio(self._token, step)

    async def _listen(self) -> None:
        try:
            while not self.closed:
                await self._wait_readable(self._notifier.fileno())
                self._notified()
        finally:
            # The run may end first.
            self.closed = True


class Rooms:
    """The rooms of one client, by their loops."""

    def __init__(self) -> None:
        self._rooms: dict[asyncio.AbstractEventLoop | trio.lowlevel.TrioToken, Room] = {}

    def enter(self, notifier: Callable[[], Notifier]) -> Room:
        """The room of the current loop; `notifier` makes a new notifier."""
        loop = _trio_token() or asyncio.get_running_loop()
        room = self._rooms.get(loop)
        if room is None or room.is_over():
            for other, left in list(self._rooms.items()):
                if left.is_over():
                    self._rooms.pop(other, None)
            room = (_AsyncioRoom if isinstance(loop, asyncio.AbstractEventLoop) else _TrioRoom)(notifier())
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
