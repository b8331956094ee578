"""A stand-in for the vendor's service on this machine, for tests: no account, no network.

    from wotnot.testing import Emulator

    with Emulator(flow="lead-capture.yaml") as emulator, emulator.client() as client:
        chat = client.start_conversation(visitor_id="visitor-42", text="Hello")

It runs the `wotnot` command, which comes with `pip install wotnot[testing]`. Under pytest there is the fixture
`wotnot_emulator`.
"""

from wotnot.testing._command import EmulatorError
from wotnot.testing._emulator import DEMO_FLOW, Bot, Emulator

__all__ = ["DEMO_FLOW", "Bot", "Emulator", "EmulatorError"]
