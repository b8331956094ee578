"""The Pythons that are installed here: one wheel serves them all."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path


def _interpreters() -> dict[str, str]:
    """Every Python from 3.10 on that can be found, by its version."""
    places = [sys.executable]
    places += [found for minor in range(10, 20) if (found := shutil.which(f"python3.{minor}"))]
    places += [str(path) for path in Path("/usr/bin").glob("python3.[0-9][0-9]")]
    places += [str(path) for path in Path("~/.pyenv/versions").expanduser().glob("3.*/bin/python3")]
    found: dict[str, str] = {}
    for place in places:
        asked = subprocess.run(
            [place, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3], sys.version_info >= (3, 10))"],
            capture_output=True,
            text=True,
            check=False,
        )
        version, _, new_enough = asked.stdout.strip().partition(" ")
        if new_enough == "True":
            found.setdefault(version, place)
    return found


INTERPRETERS = _interpreters()
