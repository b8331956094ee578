"""Typed values back to the JSON form: what the vectors judge, and the proof that the types hold all of it."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime, timezone
from typing import Any

import wotnot

KINDS = {
    wotnot.TextInput: "text",
    wotnot.Choice: "choice",
    wotnot.Slider: "slider",
    wotnot.FileUpload: "file",
    wotnot.Form: "form",
    wotnot.Date: "date",
    wotnot.Javascript: "javascript",
}


def event(item: wotnot.Event) -> dict[str, Any]:
    document = {
        "type": item.type,
        "event_id": item.event_id,
        "conversation_id": item.conversation_id,
        "visitor_key": item.visitor_key,
        "received_at": time(item.received_at),
        "raw": item.raw,
    }
    if item.seq is not None:
        document["seq"] = item.seq
    if item.late:
        document["late"] = True
    if item.occurred_at is not None:
        document["occurred_at"] = time(item.occurred_at)
    if item.closed is not None:
        document["closed"] = item.closed
    if item.handover is not None:
        document["handover"] = flat(item.handover)
    for name in ("client_id", "state", "reason"):
        if getattr(item, name) is not None:
            document[name] = getattr(item, name)
    if item.type == "evicted":
        assert item.payload is None
        return {**document, "events": item.events}
    assert item.events is None
    if item.type != "message":
        document["payload"] = item.payload
        assert (item.by, item.text, item.html, item.message, item.prompt) == (None,) * 5
        return document
    document |= {"by": item.by, "text": item.text, "html": item.html, "message": item.message}
    document["prompt"] = None if item.prompt is None else prompt(item.prompt)
    assert item.payload is None
    return document


def time(value: datetime) -> str:
    assert value.tzinfo == timezone.utc
    return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def prompt(item: wotnot.Prompt) -> dict[str, Any]:
    if isinstance(item, wotnot.UnknownPrompt):
        return {"kind": item.kind}
    document = {"kind": KINDS[type(item)], **flat(item)}
    if isinstance(item, wotnot.Choice):
        document["options"] = [option(one) for one in item.options]
        document = {name: value for name, value in document.items() if value is not None}
    if isinstance(item, wotnot.Form):
        document["fields"] = [{"label": one.label, **one.details} for one in item.fields]
    if isinstance(item, wotnot.Javascript):
        document["variables"] = list(item.variables)
    assert document == item.raw
    return document


def option(item: wotnot.ChoiceOption) -> dict[str, Any]:
    document = {name: value for name, value in flat(item).items() if value is not None}
    if item.card is not None:
        document["card"] = flat(item.card)
    return document


def flat(item: Any) -> dict[str, Any]:
    return {one.name: getattr(item, one.name) for one in fields(item) if one.name != "raw"}


def turn(item: wotnot.Turn) -> dict[str, Any]:
    document = {
        "message_id": item.message_id,
        "text": item.text,
        "ended": item.ended,
        "prompt": None if item.prompt is None else prompt(item.prompt),
        "events": [event(one) for one in item.events],
    }
    if item.confirmed_by is not None:
        document["confirmed_by"] = item.confirmed_by
    assert document == item.raw
    return document


def forgotten(item: wotnot.Forgotten) -> dict[str, Any]:
    assert flat(item) == item.raw
    return item.raw


def opened(chat: Any) -> dict[str, Any]:
    assert (chat.opened, chat.message_sent) == (chat.raw["opened"], chat.raw["message_sent"])
    return started(chat)


def started(chat: Any) -> dict[str, Any]:
    conversation, contact = chat.raw["conversation"], chat.raw["contact"]
    assert (chat.id, chat.created_at) == (conversation["id"], conversation["created_at"])
    assert (chat.assignee and flat(chat.assignee)) == (
        conversation["assignee"] and pick(conversation["assignee"], "id", "to")
    )
    assert flat(chat.contact) == pick(contact, "name", "email", "phone", "visitor_key")
    return chat.raw


def sent(item: wotnot.Sent) -> dict[str, Any]:
    names = ("message_id", "client_id", "seq", "state")
    assert flat(item) == {name: item.raw.get(name) for name in names}
    return item.raw


def uploaded(item: wotnot.Uploaded) -> dict[str, Any]:
    assert flat(item) == item.raw
    return item.raw


def reply(item: wotnot.Reply) -> dict[str, Any]:
    assert flat(item) == item.raw
    return item.raw


def parsed(item: wotnot.ParsedWebhook) -> dict[str, Any]:
    events, answer = item
    return {"events": [event(one) for one in events], "reply": reply(answer)}


def status(item: wotnot.Status) -> dict[str, Any]:
    document = {**item.raw, "counters": item.counters, "webhook": item.webhook, "gateway": item.gateway}
    document["timeout"] = document.pop("timeout_ms") / 1000
    assert flat(item) == document
    assert flat(item.counters) == item.raw["counters"]
    assert (item.gateway and flat(item.gateway)) == item.raw.get("gateway")
    if item.webhook is not None:
        assert flat(item.webhook) == {**item.webhook.raw, "refused": item.webhook.refused}
        assert flat(item.webhook.refused) == item.webhook.raw["refused"]
    return item.raw


def error(item: wotnot.WotnotError) -> dict[str, Any]:
    document = {
        "code": item.code,
        "status": wotnot._native.CODES[item.code],
        "message": item.message,
        "retryable": item.retryable,
        "retry_after_ms": None if item.retry_after is None else round(item.retry_after * 1000),
        "http_status": item.http_status,
        "api_code": item.api_code,
        "delivery": item.delivery,
        "attempts": item.attempts,
        "method": item.method,
    }
    if item.reply is not None:
        document["reply"] = reply(item.reply)
    return document


def pick(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: document[name] for name in names}
