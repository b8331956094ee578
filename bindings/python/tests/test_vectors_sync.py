"""Every vector through the blocking client's public methods."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import documents
import leak_probe
import logged
import pytest
import wotnot
from player import NAMES, Player, call_of

passed: list[str] = []
threads = ThreadPoolExecutor()


@pytest.mark.parametrize("name", NAMES)
def test_vector(player: Player, name: str) -> None:
    with logged.records() as records:
        play(player, name, records)


def play(player: Player, name: str, records: logged.Records) -> None:
    turn = player.ask({"open": name})
    client: wotnot.Client | None = None
    begun: dict[str, Future[Any]] = {}
    while "do" in turn:
        try:
            if turn["do"] == "new":
                client, value = wotnot.Client.from_config(turn["config"]), {}
                leak_probe.show_client(client, turn["config"])
            elif turn["do"] == "call" and records.wants(turn["method"], turn["params"]):
                value = records.take()
            else:
                value = perform(client, begun, turn)
            result = {"ok": True, "value": value}
        except wotnot.WotnotError as error:
            leak_probe.show_error(error)
            result = {"ok": False, "error": documents.error(error)}
        turn = player.ask({"result": result})
    if client is not None:
        client.close()
    assert turn["passed"], turn["why"]
    passed.append(name)


def perform(client: wotnot.Client, begun: dict[str, Future[Any]], turn: dict[str, Any]) -> Any:
    match turn["do"]:
        case "call":
            return call(client, turn["method"], turn["params"])
        case "begin":
            begun[turn["name"]] = threads.submit(call, client, turn["method"], turn["params"])
        case "end":
            return begun.pop(turn["name"]).result()
        case "receive":
            event = client.receive(turn["timeout_ms"] / 1000)
            if event is None:
                raise wotnot.WotnotError("no event", code="timeout", retryable=True)
            return documents.event(event)
        case "interrupt":
            client.interrupt()
        case "close":
            client.close()
    return None


def call(client: wotnot.Client, method: str, params: Any) -> Any:
    name, arguments, options = call_of(method, params)
    match name:
        case "start_conversation":
            return documents.started(client.start_conversation(*arguments, **options))
        case "open_conversation":
            return documents.opened(client.open_conversation(*arguments, **options))
        case "ask":
            conversation_id, message = arguments
            return documents.turn(client.conversation(conversation_id).ask(message, **options))
        case "answer":
            prompt, value = arguments
            return prompt.answer(value)
        case "forget":
            return documents.forgotten(client.forget(**options))
        case "send":
            conversation_id, message = arguments
            return documents.sent(client.conversation(conversation_id).send(message, **options))
        case "parse_webhook":
            return documents.parsed(client.parse_webhook(*arguments))
        case "accept_webhook":
            return {"reply": documents.reply(client.accept_webhook(*arguments))}
        case "status":
            return documents.status(client.status())
    return visitor_call(client, name, arguments, options)


def visitor_call(client: wotnot.Client, name: str, arguments: Any, options: Any) -> Any:
    """The methods of a gateway's visitor, and the general `call`."""
    match name:
        case "resolve":
            conversation_id, client_id, action = arguments
            return documents.sent(client.conversation(conversation_id).resolve(client_id, action, **options))
        case "transcript":
            conversation_id, form = arguments
            return {"format": form, "content": client.conversation(conversation_id).transcript(form, **options)}
        case "upload":
            return documents.uploaded(client.upload(*arguments, **options))
        case "set_app_state":
            return {"done": client.set_app_state(*arguments) is None}
        case "set_identity":
            return {"done": client.set_identity(*arguments) is None}
    return client.call(*arguments)


def test_no_vector_was_left_out() -> None:
    assert sorted(passed) == NAMES
    print(f"{len(passed)} of {len(NAMES)} vectors passed")
