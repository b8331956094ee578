"""What a program that prints everything prints and logs, when `WOTNOT_SHOW` asks for it. Never an event."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import pprint
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import wotnot

CONTROL = os.environ.get("WOTNOT_SHOW")


def log_everything() -> None:
    """Logs all that Python's own and every other logger has to say, and shows every warning."""
    if CONTROL:
        logging.basicConfig(level=1, stream=sys.stdout, force=True)
        logging.captureWarnings(True)
        logging.getLogger(__name__).debug("logged %s", CONTROL)


def show_client(client: object, config: Mapping[str, Any]) -> None:
    """A client, and the settings that a program would have made it with."""
    if CONTROL:
        _print(client, getattr(client, "__dict__", None), _webhook(config.get("webhook")))


def show_error(error: BaseException) -> None:
    """An error, its fields, and how it looks uncaught or in a log."""
    if CONTROL:
        _print(error, error.args, vars(error))
        _print("".join(traceback.format_exception(error)))
        logging.getLogger("app").exception("a call failed: %s", error, exc_info=error)


def watch_loop() -> None:
    """Has asyncio, under `PYTHONASYNCIODEBUG`, log every callback as one that took too long."""
    if CONTROL:
        with contextlib.suppress(RuntimeError):
            asyncio.get_running_loop().slow_callback_duration = 0


def _webhook(settings: Any) -> wotnot.Webhook | None:
    try:
        return wotnot.Webhook(**settings)
    except TypeError:
        return None


def _print(*values: object) -> None:
    for value in values:
        print(f"shown {CONTROL} {value} {value!r} {pprint.pformat(value)}")
