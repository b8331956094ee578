"""Every vector through the awaited client's public methods, under asyncio and under trio."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from typing import Any

import documents
import leak_probe
import logged
import outcome
import pytest
import trio
import wotnot
import wotnot.aio
from player import NAMES, Player, call_of

Work = Callable[[], Awaitable[Any]]


class TrioTask:
    """Work in a nursery, to be awaited as a task of asyncio is."""

    def __init__(self, nursery: trio.Nursery, work: Work) -> None:
        self._done = trio.Event()
        nursery.start_soon(self._run, work)

    async def _run(self, work: Work) -> None:
        self._outcome = await outcome.acapture(work)
        self._done.set()

    def __await__(self) -> Generator[Any, Any, Any]:
        yield from self._done.wait().__await__()
        return self._outcome.unwrap()


async def under_asyncio(player: Player, name: str, records: logged.Records) -> dict[str, Any]:
    def start(work: Work) -> Awaitable[Any]:
        return asyncio.ensure_future(work())

    return await play(lambda line: asyncio.to_thread(player.ask, line), name, start, records)


async def under_trio(player: Player, name: str, records: logged.Records) -> dict[str, Any]:
    async with trio.open_nursery() as nursery:

        def start(work: Work) -> Awaitable[Any]:
            return TrioTask(nursery, work)

        return await play(lambda line: trio.to_thread.run_sync(player.ask, line), name, start, records)


LOOPS = {
    "asyncio": lambda *vector: asyncio.run(under_asyncio(*vector)),
    "trio": lambda *vector: trio.run(under_trio, *vector),
}
passed: dict[str, list[str]] = {loop: [] for loop in LOOPS}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_vector(player: Player, loop: str, name: str) -> None:
    with logged.records() as records:
        verdict = LOOPS[loop](player, name, records)
    assert verdict["passed"], verdict["why"]
    passed[loop].append(name)


async def play(
    ask: Callable[[dict[str, Any]], Awaitable[dict[str, Any]]],
    name: str,
    start: Callable[[Work], Awaitable[Any]],
    records: logged.Records,
) -> dict[str, Any]:
    leak_probe.watch_loop()
    turn = await ask({"open": name})
    client: wotnot.aio.Client | None = None
    begun: dict[str, Awaitable[Any]] = {}
    while "do" in turn:
        try:
            if turn["do"] == "new":
                client, value = wotnot.aio.Client.from_config(turn["config"]), {}
                leak_probe.show_client(client, turn["config"])
            elif turn["do"] == "call" and records.wants(turn["method"], turn["params"]):
                value = records.take()
            else:
                value = await perform(client, start, begun, turn)
            result = {"ok": True, "value": value}
        except wotnot.WotnotError as error:
            leak_probe.show_error(error)
            result = {"ok": False, "error": documents.error(error)}
        turn = await ask({"result": result})
    if client is not None:
        await client.close()
    return turn


async def perform(
    client: wotnot.aio.Client,
    start: Callable[[Work], Awaitable[Any]],
    begun: dict[str, Awaitable[Any]],
    turn: dict[str, Any],
) -> Any:
    match turn["do"]:
        case "call":
            return await call(client, turn["method"], turn["params"])
        case "begin":
            begun[turn["name"]] = start(lambda: begin(client, turn["method"], turn["params"]))
        case "end":
            return (await begun.pop(turn["name"])).value
        case "receive":
            event = await client.receive(turn["timeout_ms"] / 1000)
            if event is None:
                raise wotnot.WotnotError("no event", code="timeout", retryable=True)
            return documents.event(event)
        case "interrupt":
            client.interrupt()
        case "close":
            await client.close()
    return None


class Result:
    """What a call of a task of its own gave. asyncio's debug mode logs the result of a task that was slow."""

    def __init__(self, value: Any) -> None:
        self.value = value


async def begin(client: wotnot.aio.Client, method: str, params: Any) -> Result:
    return Result(await call(client, method, params))


async def call(client: wotnot.aio.Client, method: str, params: Any) -> Any:
    name, arguments, options = call_of(method, params)
    match name:
        case "start_conversation":
            return documents.started(await client.start_conversation(*arguments, **options))
        case "open_conversation":
            return documents.opened(await client.open_conversation(*arguments, **options))
        case "ask":
            conversation_id, message = arguments
            return documents.turn(await client.conversation(conversation_id).ask(message, **options))
        case "answer":
            prompt, value = arguments
            return prompt.answer(value)
        case "forget":
            return documents.forgotten(await client.forget(**options))
        case "send":
            conversation_id, message = arguments
            return documents.sent(await client.conversation(conversation_id).send(message, **options))
        case "parse_webhook":
            return documents.parsed(await client.parse_webhook(*arguments))
        case "accept_webhook":
            return {"reply": documents.reply(await client.accept_webhook(*arguments))}
        case "status":
            return documents.status(await client.status())
    return await visitor_call(client, name, arguments, options)


async def visitor_call(client: wotnot.aio.Client, name: str, arguments: Any, options: Any) -> Any:
    """The methods of a gateway's visitor, and the general `call`."""
    match name:
        case "resolve":
            conversation_id, client_id, action = arguments
            return documents.sent(await client.conversation(conversation_id).resolve(client_id, action, **options))
        case "transcript":
            conversation_id, form = arguments
            return {"format": form, "content": await client.conversation(conversation_id).transcript(form, **options)}
        case "upload":
            return documents.uploaded(await client.upload(*arguments, **options))
        case "set_app_state":
            return {"done": await client.set_app_state(*arguments) is None}
        case "set_identity":
            return {"done": await client.set_identity(*arguments) is None}
    return await client.call(*arguments)


@pytest.mark.parametrize("loop", LOOPS)
def test_no_vector_was_left_out(loop: str) -> None:
    assert sorted(passed[loop]) == NAMES
    print(f"{len(passed[loop])} of {len(NAMES)} vectors passed under {loop}")
