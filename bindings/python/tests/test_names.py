"""What a shell, `help` and a traceback show: the names that programs import, and none of our own modules."""

from __future__ import annotations

import asyncio
import pydoc
import rlcompleter
import traceback

import pytest
import wotnot
import wotnot.aio


@pytest.mark.parametrize(("typed", "offered"), [("wotnot.Rate", "RateLimitedError"), ("wotnot.aio.Cli", "aio.Client")])
def test_a_shell_completes_the_names(typed, offered):
    found = rlcompleter.Completer({"wotnot": wotnot}).attr_matches(typed)
    assert [match.rstrip("()") for match in found] == [f"wotnot.{offered}"]


def test_what_is_printed_names_the_package(waiting_client):
    awaited = wotnot.aio.Client("t")
    asyncio.run(awaited.close())
    for item, start in [
        (waiting_client, "<wotnot.Client "),
        (awaited, "<wotnot.aio.Client "),
        (waiting_client.conversation("3f0c"), "Conversation("),
        (wotnot.Retry(3), "Retry("),
    ]:
        assert repr(item).startswith(start)
        assert "._" not in repr(item)


def test_names_are_shown_and_are_the_package_s_own():
    assert set(wotnot.__all__) <= set(dir(wotnot))
    shown = pydoc.plain(pydoc.render_doc(wotnot))
    assert "class Client" in shown
    assert "RateLimitedError" in shown
    for name in ["Client", "Conversation", "WotnotError", "RateLimitedError", "OverloadedError"]:
        assert getattr(wotnot, name).__module__ == "wotnot"
    with pytest.raises(ValueError, match="token") as caught:
        wotnot.Client("")
    assert traceback.format_exception_only(caught.value)[-1].startswith("wotnot.InvalidArgumentError: ")
