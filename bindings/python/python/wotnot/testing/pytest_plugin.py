"""The pytest fixture `wotnot_emulator`, found through the entry point of the package."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wotnot.testing import Emulator


def pytest_configure(config: pytest.Config) -> None:
    """Makes the marker known."""
    config.addinivalue_line(
        "markers", "wotnot_flow(*paths, seed=None): the bots that the fixture `wotnot_emulator` runs"
    )


@pytest.fixture
def wotnot_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """An emulator of the test's own. `@pytest.mark.wotnot_flow("bot.yaml")` chooses the bot."""
    # Not at the top: this file is loaded in every pytest run, and those that need no emulator pay nothing.
    from wotnot.testing import DEMO_FLOW, Emulator

    marker = request.node.get_closest_marker("wotnot_flow")
    paths = marker.args if marker is not None and marker.args else (DEMO_FLOW,)
    seed = marker.kwargs.get("seed") if marker is not None else None
    with Emulator(paths, seed=seed) as emulator:
        yield emulator
