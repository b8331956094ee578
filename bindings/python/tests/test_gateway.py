"""Files and app states, through a gateway in a process of its own."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator

import pytest
import wotnot
import wotnot.aio
from wotnot.testing._command import find

PNG = bytes.fromhex("89504e470d0a1a0a") + bytes(600_000)


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[wotnot.Gateway]:
    """The app of a gateway that `wotnot gateway --dev` runs."""
    data = tmp_path_factory.mktemp("gateway")
    command = [find(), "gateway", "--dev", "--port", "0", "--log-level", "warn", "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            yield wotnot.Gateway(child.stdout.readline().strip(), "dev")
        finally:
            child.kill()


def test_a_file_goes_over_part_by_part(gateway: wotnot.Gateway) -> None:
    with wotnot.Client(gateway=gateway) as client:
        client.set_app_state("background")
        parts = list(client.upload_parts(PNG, name="cat.png"))
        assert [part.offset for part in parts] == [0, 262_144, 524_288, len(PNG)]
        assert [part.ready for part in parts] == [False, False, False, True]
        assert parts[-1].link
        assert "cat" not in repr(parts[-1])


def test_an_upload_goes_on_where_it_was_left(gateway: wotnot.Gateway) -> None:
    with wotnot.Client(gateway=gateway) as client:
        parts = client.upload_parts(PNG, name="cat.png")
        begun = [next(parts), next(parts)][-1]
        parts.close()
        rest = list(client.upload_parts(PNG, file_id=begun.file_id))
        assert [part.offset for part in rest] == [262_144, 524_288, len(PNG)]
        assert rest[-1].ready


def test_a_whole_file_goes_over(gateway: wotnot.Gateway, tmp_path) -> None:
    path = tmp_path / "cat.png"
    path.write_bytes(PNG)

    async def upload() -> tuple[wotnot.Uploaded, list[wotnot.Uploaded]]:
        async with wotnot.aio.Client(gateway=gateway) as client:
            return await client.upload(path), [part async for part in client.upload_parts(path)]

    whole, parts = asyncio.run(upload())
    assert whole.ready
    assert (whole.name, whole.size, whole.offset) == ("cat.png", len(PNG), len(PNG))
    assert parts[-1].ready
    with wotnot.Client(gateway=gateway) as client, pytest.raises(wotnot.InvalidArgumentError, match="path"):
        client.upload(tmp_path / "none.png")


def test_what_becomes_of_a_message_comes_among_the_events(gateway: wotnot.Gateway) -> None:
    with wotnot.Client(gateway=gateway) as client:
        chat = client.open_conversation(text="Hello")
        chat.send_text("Anybody?", client_id="python-1")
        events = chat.events(timeout=30)
        states = (event.state for event in events if event.type == "delivery" and event.client_id == "python-1")
        assert next(states) == "accepted"


def test_a_file_that_became_shorter_ends_its_upload_with_an_error(gateway: wotnot.Gateway, tmp_path) -> None:
    path = tmp_path / "shorter.png"
    path.write_bytes(PNG)
    with wotnot.Client(gateway=gateway) as client:
        parts = client.upload_parts(path)
        assert next(parts).offset == 0
        path.write_bytes(b"")
        with pytest.raises(wotnot.InvalidArgumentError, match="data: has no bytes"):
            next(parts)
