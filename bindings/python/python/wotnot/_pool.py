"""The threads of an async client: a few that make its calls, so that no event loop waits.

Nothing here takes a lock: a garbage collection or a signal handler may come back in at any line. Every step is one
operation of a built-in container, which is whole under any interleaving.
"""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from contextlib import suppress
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from wotnot import _loops
from wotnot._errors import OverloadedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from wotnot._native import QueuedCall


class _Job:
    """Work for a thread, and a task that waits for it."""

    __slots__ = ("_error", "_finished", "_value", "_work")

    def __init__(self, work: Callable[[], Any]) -> None:
        self._work = work
        self._value: Any = None
        self._error: BaseException | None = None
        self._finished = _loops.waiter()

    def run(self) -> None:
        """Does the work and wakes the task."""
        try:
            self._value = self._work()
        except SystemExit:
            # The interpreter is ending. The thread ends without a word, and its task sleeps until all is over.
            raise
        except BaseException as error:  # noqa: BLE001 (the task raises it)
            self._error = error
        self._finished.wake()

    def expire(self, call: QueuedCall) -> None:
        """Ends the wait when `call` has not begun by now."""
        try:
            call.expire()
        except BaseException as error:  # noqa: BLE001 (the task raises it)
            self._error = error
            self._finished.wake()

    async def result(self, call: QueuedCall | None) -> Any:
        if call is None:
            await self._finished.wait(None)
        else:
            await self._finished.wait(call.time_left, lambda: self.expire(call))
        if self._error is None:
            return self._value
        try:
            raise self._error
        finally:
            # The traceback holds this frame, and this frame the error.
            self._error = None


_Worker = SimpleQueue["_Job | None"]


class Pool:
    """At most `size` threads, each made when no other is idle. They end with `close`, not with the interpreter."""

    def __init__(self, size: int, name: str) -> None:
        self.closed = False
        self._size = size
        self._name = name
        self._permits = deque(range(size))
        self._idle: deque[_Worker] = deque()
        self._backlog: OrderedDict[_Job, None] = OrderedDict()

    async def run(self, call: QueuedCall) -> Any:
        """Runs a call. Cancelling the task ends it, and frees its place."""
        job = _Job(call.run)
        try:
            self._submit(job)
            return await job.result(call)
        except BaseException:
            call.cancel()
            self._backlog.pop(job, None)
            raise

    async def run_to_its_end(self, work: Callable[[], Any]) -> Any:
        """Runs what goes on even when the task is cancelled."""
        job = _Job(work)
        self._submit(job)
        return await job.result(None)

    def close(self) -> None:
        """Lets the threads go once nothing waits for them."""
        self.closed = True
        with suppress(IndexError):
            while True:
                self._idle.pop().put(None)

    def _submit(self, job: _Job) -> None:
        self._backlog[job] = None
        try:
            self._match()
        except RuntimeError as error:
            # Taken back, so that it never runs. Where others took it meanwhile, they run it.
            if self._backlog.pop(job, self) is None:
                raise OverloadedError(
                    f"the system gives no thread for the call ({error}); end some, or raise the limit",
                    code="overloaded",
                    retryable=True,
                    delivery="not_sent",
                ) from None

    def _match(self) -> None:
        """Hands waiting jobs to idle threads. Called after either was added to."""
        while self._backlog:
            try:
                worker = self._idle.pop()
            except IndexError:
                self._start()
                return
            try:
                job, _ = self._backlog.popitem(last=False)
            except KeyError:
                self._idle.append(worker)
            else:
                worker.put(job)

    def _start(self) -> None:
        try:
            number = self._permits.pop()
        except IndexError:
            return
        try:
            threading.Thread(target=self._work, args=(number,), name=f"{self._name}_{number}", daemon=True).start()
        except RuntimeError:
            self._permits.append(number)
            if len(self._permits) == self._size:
                raise

    def _work(self, number: int) -> None:
        worker: _Worker = SimpleQueue()
        try:
            while (job := self._next(worker)) is not None:
                job.run()
                del job
        finally:
            self._permits.append(number)

    def _next(self, worker: _Worker) -> _Job | None:
        self._idle.append(worker)
        self._match()
        if self.closed:
            try:
                self._idle.remove(worker)
            except ValueError:
                # Somebody took it, and has put something in.
                return worker.get()
            return None
        return worker.get()
