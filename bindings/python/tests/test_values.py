"""Values from outside: what a program raises stays its own, and what is wrong is named in Python's words."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import inspect
import json
import logging
import math
import pydoc
import traceback
from collections.abc import Mapping

import pytest
import wotnot
import wotnot.aio
from loops import delivery


class OwnError(Exception):
    pass


class Reads(Mapping):
    """A mapping whose reading runs code."""

    def __init__(self, read):
        self.read = read

    def __getitem__(self, key):
        return self.read()

    def __iter__(self):
        return iter(["body"])

    def __len__(self):
        return 1


class Iterates(list):
    def __init__(self, read):
        super().__init__([1])
        self.read = read

    def __iter__(self):
        self.read()
        return super().__iter__()


def raises(error):
    def read():
        raise error

    return read


@pytest.mark.parametrize("kind", [Reads, Iterates])
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, OwnError, MemoryError])
def test_what_the_program_raises_stays_its_own(waiting_client, error, kind):
    chat = waiting_client.conversation("3f0c")
    with pytest.raises(error):
        chat.send({"type": "text", "data": {"body": kind(raises(error()))}})
    with pytest.raises(error):
        wotnot.Client.from_config({"token": kind(raises(error()))})

    async def main():
        async with wotnot.aio.Client("t") as client:
            await client.conversation("3f0c").send({"type": "text", "data": kind(raises(error()))})

    with pytest.raises(error):
        asyncio.run(main())


@pytest.mark.parametrize("change", ["grows", "shrinks"])
def test_a_dict_that_changes_while_it_is_read_is_read_as_it_was(waiting_client, change):
    data = {}

    def read():
        if change == "grows":
            data.update((f"more{number}", 1) for number in range(100))
        else:
            data.clear()
        return "Hello"

    data.update({"body": Reads(read), "another": 1})
    with pytest.raises(wotnot.InvalidArgumentError) as caught:
        waiting_client.conversation("3f0c").send({"type": "text", "data": data})
    assert caught.value.delivery == "not_sent"


WRONG_TIMES = [10**400, -(10**400), -1, 0, math.nan, math.inf, -math.inf, True, "3", b"3", [], 3601]


@pytest.mark.parametrize("timeout", WRONG_TIMES, ids=lambda value: repr(value)[:12])
def test_a_wrong_time_is_named_in_seconds(waiting_client, timeout):
    said = r"^invalid_argument: timeout: expected a number of seconds above 0, 3600 at most, not "
    chat = waiting_client.conversation("3f0c")
    for call in [
        lambda: wotnot.Client("t", timeout=timeout),
        lambda: wotnot.aio.Client("t", timeout=timeout),
        lambda: chat.send_text("Hello", timeout=timeout),
        lambda: waiting_client.start_conversation("v", "Hello", timeout=timeout),
    ]:
        with pytest.raises(wotnot.InvalidArgumentError, match=said) as caught:
            call()
        assert caught.value.delivery in (None, "not_sent")
        assert (caught.value.delivery is None) == (caught.value.method is None)
    with pytest.raises(wotnot.InvalidArgumentError, match=r"connect_timeout: expected a number of seconds"):
        wotnot.Client("t", connect_timeout=timeout)
    if timeout != 0 or timeout is False:
        with pytest.raises(wotnot.InvalidArgumentError, match=r"retry\.max_delay: expected a number of seconds"):
            wotnot.Client("t", retry=wotnot.Retry(max_delay=timeout))


@pytest.mark.parametrize("timeout", [math.nan, True, "3", b"3", []], ids=repr)
def test_a_wait_that_is_no_number_is_refused(waiting_client, timeout):
    async def receive():
        async with wotnot.aio.Client("t", webhook=wotnot.Webhook("h")) as client:
            await client.receive(timeout)

    for call in [lambda: waiting_client.receive(timeout), lambda: asyncio.run(receive())]:
        with pytest.raises(wotnot.InvalidArgumentError, match="timeout: expected a number of seconds, or None"):
            call()


@pytest.mark.parametrize("timeout", [10**400, 1e300, math.inf], ids=lambda value: repr(value)[:12])
def test_a_wait_may_be_as_long_as_anybody_likes(waiting_client, timeout):
    waiting_client.accept_webhook(delivery("1"))
    assert waiting_client.receive(timeout).text == "1"

    async def receive():
        async with wotnot.aio.Client("t", webhook=wotnot.Webhook("hook")) as client:
            await client.accept_webhook(delivery("1"))
            return await client.receive(timeout)

    assert asyncio.run(receive()).text == "1"


@pytest.mark.parametrize("timeout", [-(10**400), -1, -math.inf, 0], ids=lambda value: repr(value)[:12])
def test_a_wait_of_no_time_looks_once(waiting_client, timeout):
    assert waiting_client.receive(timeout) is None


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"retry": 3}, r"retry: expected wotnot\.Retry\(\.\.\.\) or None, not 3"),
        ({"webhook": "x"}, r"webhook: expected wotnot\.Webhook\(\.\.\.\) or None, not str"),
        ({"tls": {}}, r"tls: expected wotnot\.Tls\(\.\.\.\) or None, not dict"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_named(settings, said):
    for client_class in [wotnot.Client, wotnot.aio.Client]:
        with pytest.raises(wotnot.InvalidArgumentError, match=said):
            client_class("t", **settings)


@pytest.mark.parametrize(
    ("send", "said"),
    [
        (lambda chat: chat.send_files([{"link": "https://a.example/x"}]), r"files\[0\]: expected wotnot\.File\(link="),
        (lambda chat: chat.send_form([("Name", "Asha")]), "fields: expected a mapping such as a dict, not list"),
        (lambda chat: chat.send_variables(contact=["name"]), "contact: expected a mapping such as a dict, not list"),
        (lambda chat: chat.send_slider(math.nan), "message.data.value: JSON has no NaN"),
        (lambda chat: chat.send_variables(other={"a": ["b"]}), "message.data"),
        (lambda chat: chat.send({"type": "text", "data": {None: "x"}}), "the keys must be of type str"),
    ],
)
def test_what_is_refused_before_it_is_sent_says_so(waiting_client, send, said):
    with pytest.raises(wotnot.InvalidArgumentError, match=said) as caught:
        send(waiting_client.conversation("3f0c"))
    assert (caught.value.delivery, caught.value.method) == ("not_sent", "send_message")
    assert waiting_client.status().counters.calls == 0


def test_a_message_of_any_depth_is_refused(waiting_client):
    deep: object = "x"
    for _ in range(20_000):
        deep = {"a": [deep]}
    with pytest.raises(wotnot.InvalidArgumentError, match="nested too deep") as caught:
        waiting_client.conversation("3f0c").send({"type": "text", "data": deep})
    assert caught.value.delivery == "not_sent"


def test_a_send_after_close_is_closed_and_not_sent(waiting_client):
    waiting_client.close()
    with pytest.raises(wotnot.ClientClosedError) as caught:
        waiting_client.conversation("3f0c").send_text("Hello")
    assert (caught.value.code, caught.value.delivery) == ("closed", "not_sent")


def test_events_are_the_generators_that_they_are_declared(waiting_client):
    client = wotnot.aio.Client("t", webhook=wotnot.Webhook("hook"))
    for events in [waiting_client.events, waiting_client.conversation("3f0c").events]:
        assert inspect.isgenerator(events())
        assert events.__annotations__["return"] == "Generator[Event, None, None]"
    for events in [client.events, client.conversation("3f0c").events]:
        assert inspect.isasyncgen(events())
        assert events.__annotations__["return"] == "AsyncGenerator[Event, None]"
    asyncio.run(client.close())


@pytest.mark.parametrize("module", [wotnot, wotnot.aio])
def test_a_conversation_can_be_taken_apart_and_copied(module):
    client = module.Client("t")
    chat = client.conversation("3f0c")
    assert dataclasses.asdict(chat)["id"] == "3f0c"
    assert json.loads(json.dumps(dataclasses.asdict(chat))) == dataclasses.asdict(chat)
    for again in [copy.copy(chat), copy.deepcopy(chat)]:
        assert again == chat
        assert type(again) is module.Conversation
        assert again._client is client
    with pytest.raises(dataclasses.FrozenInstanceError):
        chat.id = "another"


def test_no_repr_shows_what_is_personal(waiting_client):
    waiting_client.accept_webhook(delivery("hush-hush"))
    contact = wotnot.Contact(name="hush", email="hush@a.example", phone="+1 hush", visitor_key="v_1")
    file = wotnot.File(link="https://a.example/id.pdf?signature=hush", path="/home/hush/id.pdf")
    for item in [contact, file, waiting_client.receive(timeout=30)]:
        assert "hush" not in repr(item)
        assert "hush" not in str(item)


def test_refused_posts_cannot_fill_the_log(waiting_client, caplog, monkeypatch):
    def refuse():
        with pytest.raises(wotnot.WebhookRejectedError):
            waiting_client.accept_webhook('{"token": "wrong", "events": []}')

    with caplog.at_level(logging.WARNING, logger="wotnot"):
        for _ in range(1000):
            refuse()
        assert len(caplog.records) == 1
        later = wotnot._calls.monotonic() + 60
        monkeypatch.setattr(wotnot._calls, "monotonic", lambda: later)
        refuse()
        refuse()
    assert len(caplog.records) == 2
    assert "999 more before it" in caplog.records[1].getMessage()


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
