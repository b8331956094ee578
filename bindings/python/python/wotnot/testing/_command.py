"""Finds and runs the `wotnot` command."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sysconfig
import tempfile
import threading
from collections import deque
from pathlib import Path
from typing import Any

NAME = "wotnot.exe" if os.name == "nt" else "wotnot"
START_TIMEOUT = 60.0
STOP_TIMEOUT = 10.0


class EmulatorError(Exception):
    """The emulator did not start, or refused what it was asked for."""


def find() -> str:
    """The command: `WOTNOT_BIN`, else beside this Python, else on the `PATH`."""
    chosen = os.environ.get("WOTNOT_BIN")
    if chosen:
        return chosen
    beside = Path(sysconfig.get_path("scripts"), NAME)
    found = str(beside) if beside.is_file() else shutil.which("wotnot")
    if found is None:
        raise EmulatorError(
            "`wotnot emulate` cannot start, for the `wotnot` command is missing: install it with "
            "`pip install wotnot[testing]`, "
            "or name it in the environment variable WOTNOT_BIN"
        )
    return found


class Process:
    """`wotnot emulate` as a child: its first line, and the end of it."""

    def __init__(self, arguments: list[str]) -> None:
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._child = subprocess.Popen(
                [find(), "emulate", "--json", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=self._complaints,
                encoding="utf-8",
            )
        except OSError as error:
            self._complaints.close()
            raise EmulatorError(f"`wotnot emulate` does not run: {error}") from error
        self.activity: deque[str] = deque(maxlen=1000)
        self._first = threading.Event()
        # What it says must be read all the time, because a full pipe would hold it up.
        self._reader = threading.Thread(target=self._read, name="wotnot-emulator", daemon=True)
        self._reader.start()

    def _read(self) -> None:
        if self._child.stdout is not None:
            for line in self._child.stdout:
                self.activity.append(line)
                self._first.set()
        self._first.set()

    def ready(self) -> dict[str, Any]:
        """Waits until it listens, and gives what it says about itself."""
        self._first.wait(START_TIMEOUT)
        try:
            ready: dict[str, Any] = json.loads(self.activity[0])
        except (IndexError, ValueError):
            self._child.kill()
            self._child.wait()
            self._complaints.seek(0)
            said = self._complaints.read().decode("utf-8", "replace").strip()
            self.stop()
            raise EmulatorError(f"the emulator did not start: {said or 'it said nothing'}") from None
        return ready

    def stop(self) -> None:
        """Ends it. A second time does nothing."""
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()
        self._reader.join(STOP_TIMEOUT)
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._complaints.close()
