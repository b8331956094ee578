"""maturin as pip calls it, for a wheel that names no folder of the machine that it is built on.

The compiler writes into the module where the crates' sources are, which is below the home of who builds.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import maturin
from maturin import (  # noqa: F401
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)


def build_wheel(
    wheel_directory: str,
    config_settings: dict[str, Any] | None = None,
    metadata_directory: str | None = None,
) -> str:
    """Builds the wheel with the bill of materials that is here, if any."""
    arguments = maturin.get_maturin_pep517_args(config_settings)
    flags = [f"--remap-path-prefix={folder}={name}" for folder, name in _folders()]
    set_by_user = os.environ.get("CARGO_ENCODED_RUSTFLAGS"), os.environ.get("RUSTFLAGS")
    if set_by_user == (None, None):
        # Beside those that cargo's own configuration has for a platform.
        arguments += ["--config", f"target.'cfg(all())'.rustflags={json.dumps(flags)}"]
    else:
        encoded, spaced = set_by_user
        before = encoded.split("\x1f") if encoded else (spaced or "").split()
        os.environ["CARGO_ENCODED_RUSTFLAGS"] = "\x1f".join(before + flags)
    bills = sorted(str(bill) for bill in Path("sboms").glob("*.cdx.json"))
    if bills:
        arguments += ["--sbom-include", *bills]
    settings = {**(config_settings or {}), "maturin.build-args": shlex.join(arguments)}
    return maturin.build_wheel(wheel_directory, settings, metadata_directory)


def _folders() -> list[tuple[str, str]]:
    sysroot = subprocess.run(["rustc", "--print", "sysroot"], capture_output=True, text=True, check=True)  # noqa: S607
    cargo = os.environ.get("CARGO_HOME") or Path.home() / ".cargo"
    return [(str(cargo), "/cargo"), (sysroot.stdout.strip(), "/rust")]
