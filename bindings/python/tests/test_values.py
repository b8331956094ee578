"""Values from outside: what a program raises stays its own, and what is wrong is named in Python's words."""

from __future__ import annotations

import asyncio
import copy
import dataclasses
import inspect
import json
import logging
import math
from collections.abc import Mapping
from datetime import date, datetime, timezone

import pytest
import wotnot
import wotnot.aio
from loops import delivery
from wotnot._prompts import read_prompt


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
        (
            {"webhook": wotnot.Webhook("h", idle=-1)},
            r"webhook\.idle: expected a number of seconds from 0 to 86400, not -1",
        ),
        (
            {"webhook": wotnot.Webhook("h", idle="1")},
            r"webhook\.idle: expected a number of seconds from 0 to 86400, not str",
        ),
        ({"tls": {}}, r"tls: expected wotnot\.Tls\(\.\.\.\) or None, not dict"),
        ({"state": "x.json"}, r"state: expected wotnot\.State\(\.\.\.\) or None, not str"),
        ({"state": wotnot.State(3)}, r"state\.path: expected a path, as a str or a pathlib\.Path, not 3"),
        ({"state": wotnot.State("/nowhere/at/all.json")}, r"state\.path: .*/nowhere/at/all\.json"),
    ],
)
def test_a_setting_of_the_wrong_kind_is_named(settings, said):
    for client_class in [wotnot.Client, wotnot.aio.Client]:
        with pytest.raises(wotnot.InvalidArgumentError, match=said):
            client_class("t", **settings)


@pytest.mark.parametrize(
    ("send", "said"),
    [
        (
            lambda chat: chat.send_files([{"link": "https://a.example/x"}]),
            r"files\[0\]: expected wotnot\.FileLink\(link=",
        ),
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


@pytest.mark.parametrize(
    ("call", "method", "said"),
    [
        (lambda _, chat: chat.ask(42), "converse", "message: expected an object"),
        (lambda _, chat: chat.ask("x", timeout=0), "converse", "timeout: expected a number of seconds above 0"),
        (lambda _, chat: chat.ask("x", quiet=-1), "converse", "quiet: expected a number of seconds above 0"),
        (lambda client, _: client.open_conversation("v"), "open_conversation", "message: missing"),
        (
            lambda client, _: client.open_conversation("v", "x", message={}),
            "open_conversation",
            "either `text` or `message`",
        ),
        (
            lambda client, _: client.open_conversation("v", "x", timeout="3"),
            "open_conversation",
            "timeout: expected a number of seconds",
        ),
        (lambda client, _: client.open_conversation("v", "x", if_known="keep"), "open_conversation", "if_known: "),
        (lambda client, _: client.forget(), "forget", "visitor_id: give either this or `conversation_id`"),
        (
            lambda client, _: client.forget(visitor_id="v", conversation_id="c"),
            "forget",
            "visitor_id: give either this or `conversation_id`",
        ),
    ],
)
@pytest.mark.parametrize("module", [wotnot, wotnot.aio])
def test_a_wrong_argument_is_named_and_nothing_is_sent(module, call, method, said):
    client = module.Client("t", bot_key="b", base_url="http://127.0.0.1:9", webhook=wotnot.Webhook("hook"))

    async def in_loop():
        given = call(client, client.conversation("3f0c"))
        return await given if module is wotnot.aio else given

    with pytest.raises(wotnot.InvalidArgumentError, match=said) as caught:
        asyncio.run(in_loop())
    delivery = None if method == "forget" else "not_sent"
    assert (caught.value.delivery, caught.value.method) == (delivery, method)
    assert client._native.call("status", {})["counters"]["calls"] == 0


def posted(kind, payload):
    event = {"type": kind, "payload": {"secret": "hush", "id": "e1", **payload}}
    return {
        "token": "hook",
        "events": [{"event": event, "conversation": {"key": "3f0c"}, "visitor": {"key": "hush_777"}}],
    }


def said(text):
    return {"message_by": {"type": "bot", "email": "hush"}, "message": {"type": "text", "text": text, "hush": 1}}


@pytest.mark.parametrize(
    ("kind", "payload", "shown"),
    [
        (
            "message",
            said("<b>Hi</b>"),
            {"by": "bot", "text": "Hi", "html": "<b>Hi</b>", "prompt": {"kind": "text", "format": "any"}},
        ),
        ("status", {"is_closed": True}, {"closed": True}),
        ("assignee", {}, {"handover": None}),
        ("note", {"text": "hush"}, {}),
    ],
)
def test_what_a_browser_is_handed_is_what_it_may_see(waiting_client, kind, payload, shown):
    waiting_client.accept_webhook(json.dumps(posted(kind, payload)))
    event = waiting_client.receive(timeout=30)
    assert "hush" in json.dumps(event.raw)
    text = json.dumps(event.to_json())
    assert "hush" not in text
    form = json.loads(text)
    received_at = form.pop("received_at")
    assert received_at.endswith("Z")
    assert datetime.fromisoformat(received_at.replace("Z", "+00:00")) == event.received_at
    assert form == {
        "type": kind,
        "seq": 1,
        "event_id": event.event_id,
        "conversation_id": "3f0c",
        "occurred_at": None,
        **shown,
    }


def test_a_handover_is_shown_by_its_direction_and_name():
    now = datetime(2026, 11, 26, 9, 0, 0, 5000, tzinfo=timezone.utc)
    event = wotnot.Event("assignee", "e1", "3f0c", "v_1", now, now, handover=wotnot.Handover("to_agent", "Asha"))
    form = event.to_json()
    assert form["handover"] == {"direction": "to_agent", "name": "Asha"}
    assert form["received_at"] == form["occurred_at"] == "2026-11-26T09:00:00.005Z"


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
    file = wotnot.FileLink(link="https://a.example/id.pdf?signature=hush", path="/home/hush/id.pdf")
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


def test_a_span_may_be_as_long_as_the_library_takes_it():
    for idle in [0, 0.5, 86_400]:
        webhook = wotnot.Webhook("h", idle=idle)
        with wotnot.Client("t", webhook=webhook, retry=wotnot.Retry(max_delay=0)) as client:
            assert client.status().webhook.idle_ms == idle * 1000


def test_a_prompt_is_answered_with_what_it_asks_for():
    slider = read_prompt({"kind": "slider", "min": 18, "max": 99, "step": None, "unit": None})
    assert slider.answer(30) == {"type": "slider.response", "data": {"body": "30", "value": 30, "callback": None}}
    with pytest.raises(wotnot.InvalidArgumentError) as caught:
        slider.answer(7)
    assert (caught.value.message, caught.value.method) == ("value: the bot asks for a number from 18 to 99", "answer")
    day = read_prompt({"kind": "date", "validation": {"format": "DD/MM/YYYY"}})
    assert day.answer(date(2026, 12, 24))["data"] == {"body": "24/12/2026"}
    files = read_prompt({"kind": "file", "limits": {"max_files": 1}})
    link = wotnot.FileLink("https://example.com/a.pdf")
    assert files.answer(link) == files.answer([link])
    with pytest.raises(wotnot.InvalidArgumentError, match="the bot asks for one file"):
        files.answer([link, link])
    with pytest.raises(wotnot.InvalidArgumentError, match=r"^invalid_argument: value\[0\]: expected"):
        files.answer([object()])
