"""How long an import takes in a fresh interpreter, in turns. Prints one JSON object a run.

Usage: imports.py ROUNDS. `cargo xtask bench python` runs it.
"""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = "import time; begun = time.perf_counter(); import {}; print(time.perf_counter() - begun)"

for round_number in range(int(sys.argv[1]) + 1):
    for subject in ("wotnot", "requests", "httpx", "urllib3"):
        said = subprocess.check_output([sys.executable, "-I", "-c", PROGRAM.format(subject)], text=True)
        if round_number > 0:
            print(json.dumps({"subject": subject, "ms": float(said) * 1000}), flush=True)
