"""What the logger `wotnot` gets, as the vectors ask for it."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import Any

import wotnot


class Records(logging.Handler):
    """Keeps the records of the library."""

    def __init__(self) -> None:
        super().__init__()
        self._records: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        if hasattr(record, "wotnot"):
            assert record.getMessage() == record.wotnot["text"]
            self._records.append(record.wotnot)

    def wants(self, method: str, params: Any) -> bool:
        """Whether a call of a vector asks for what was logged."""
        return method == "receive" and isinstance(params, dict) and params.keys() == {"log", "timeout_ms"}

    def take(self) -> dict[str, Any]:
        """The oldest, in the form of an event."""
        if not self._records:
            raise wotnot.WotnotError("nothing was logged", code="timeout", retryable=True)
        return {"type": "log", "log": self._records.pop(0)}


@contextlib.contextmanager
def records() -> Iterator[Records]:
    """The records of the block."""
    logger, handler = logging.getLogger("wotnot"), Records()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield handler
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
