"""What one event costs while tasks of asyncio wait, and how soon a cancelled call ends.

Usage: waiters.py BASE_URL ROUNDS EVENTS CANCELS WAITERS... `cargo xtask bench waiters` runs it; BASE_URL takes messages and
never answers. Prints one line of JSON for each number of waiters and round, one for each number of chats at once and round,
and one for each cancelled call.
"""

import asyncio
import json
import sys
from time import perf_counter

import wotnot
import wotnot.aio

BASE_URL = sys.argv[1]
ROUNDS, EVENTS, CANCELS, *WAITERS = map(int, sys.argv[2:])
CHATS = (50, 100, 200, 400)
TURNS = 20
numbers = iter(range(sys.maxsize))


def tell(**facts: object) -> None:
    print(json.dumps({"subject": "Python", **facts}), flush=True)


def post(conversation: str = "busy") -> str:
    event = {"event": {"type": "note", "payload": {"id": next(numbers)}}, "conversation": {"key": conversation}}
    return json.dumps({"token": "hook", "events": [event]})


async def measure(client: wotnot.aio.Client, waiters: int) -> None:
    async def idle(number: int) -> None:
        await anext(client.conversation(f"idle-{number}").events())

    heard = asyncio.Semaphore(0)

    async def hear() -> None:
        async for _ in client.conversation("busy").events():
            heard.release()

    tasks = [asyncio.create_task(idle(number)) for number in range(waiters)]
    tasks.append(asyncio.create_task(hear()))
    # With the first event heard, those that began before are waiting.
    await client.accept_webhook(post())
    await heard.acquire()
    posts = [post() for _ in range(EVENTS)]
    begun = perf_counter()
    for body in posts:
        await client.accept_webhook(body)
        await heard.acquire()
    tell(waiters=waiters, us=(perf_counter() - begun) / EVENTS * 1e6)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def measure_chats(client: wotnot.aio.Client, chats: int) -> None:
    async def chat(name: str, posts: list[str]) -> None:
        events = client.conversation(name).events()
        for body in posts:
            await client.accept_webhook(body)
            await anext(events)

    names = [f"chat-{number}" for number in range(chats)]
    tasks = [chat(name, [post(name) for _ in range(TURNS)]) for name in names]
    begun = perf_counter()
    await asyncio.gather(*tasks)
    tell(chats=chats, us=(perf_counter() - begun) / (chats * TURNS) * 1e6)


async def cancel(client: wotnot.aio.Client) -> None:
    message = {"type": "text", "data": {"body": "30"}}
    params = {"conversation_id": "3f0c", "message": message, "call_id": "c"}
    call = asyncio.create_task(client.call("send_message", params))
    # Until the service has it.
    await asyncio.sleep(0.02)
    begun = perf_counter()
    while not (await client.call("cancel", {"call_id": "c"}))["found"]:
        pass
    try:
        await call
    except wotnot.CallInterruptedError:
        tell(cancel_ms=(perf_counter() - begun) * 1e3)


async def main() -> None:
    async with wotnot.aio.Client("t", base_url=BASE_URL, proxy=None, webhook=wotnot.Webhook("hook")) as client:
        for _ in range(ROUNDS):
            for waiters in WAITERS:
                await measure(client, waiters)
            for chats in CHATS:
                await measure_chats(client, chats)
        for _ in range(CANCELS):
            await cancel(client)


asyncio.run(main())
