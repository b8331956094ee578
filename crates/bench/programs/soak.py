"""One call after another through the package, of every kind: taken, refused, wrong, cancelled, without a server, whole
turns, events in, clients made and closed. Prints the calls so far and the bytes resident in memory, a hundred times.

Usage: soak.py BASE_URL CALLS. `cargo xtask bench soak` runs it.
"""

import resource
import sys
from collections.abc import Callable
from pathlib import Path

import wotnot

BASE_URL, CALLS = sys.argv[1], int(sys.argv[2])
MESSAGE = {"type": "text", "data": {"body": "30"}}
SLIDER = {"kind": "slider", "min": 18, "max": 99, "step": 1, "unit": None}


def make(base_url: str) -> wotnot.Client:
    return wotnot.Client(
        "t",
        bot_key="b",
        base_url=base_url,
        proxy=None,
        retry=wotnot.Retry(max_attempts=1),
        webhook=wotnot.Webhook(token="hook"),
    )


def fails(call: Callable[[], object], error: type[Exception]) -> None:
    try:
        call()
    except error:
        return
    raise AssertionError(f"{error.__name__} was not raised")


def twenty_calls(client: wotnot.Client, number: int) -> None:
    chat = client.conversation("3f0c")
    for _ in range(3):
        chat.send_text("30")
    client.start_conversation("v", text="Hello")
    fails(lambda: client.conversation("refused").send_text("30"), wotnot.InvalidRequestError)
    fails(lambda: chat.send({"type": "text", "data": {}}), wotnot.InvalidArgumentError)
    event = f'"event":{{"type":"note","payload":{{"id":{number}}}}}'
    client.accept_webhook(f'{{"token":"hook","events":[{{{event}}}]}}')
    client.accept_webhook(f'{{"token":"hook","events":[{{{event},"conversation":{{"key":"3f0c"}}}}]}}')
    client.call("wait", {"after": 0, "timeout_ms": 0})
    assert next(iter(chat.events(timeout=0))).conversation_id == "3f0c"
    fails(lambda: client.accept_webhook('{"token":"wrong"}'), wotnot.WebhookRejectedError)
    assert client.receive(timeout=0) is not None
    client.open_conversation("v", text="Hello")
    client.open_conversation("v", text="Hello")
    client.forget(visitor_id="v")
    for number, method in enumerate(("send_message", "converse")):
        params = {"conversation_id": "3f0c", "message": MESSAGE, "call_id": number, "cancelled": True}
        fails(lambda method=method, params=params: client.call(method, params), wotnot.CallInterruptedError)
    client.call("cancel", {"call_id": 1})
    client.call("answer", {"prompt": SLIDER, "value": 30})
    client.status()


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


client = make(BASE_URL)
for done in range(0, CALLS, 20):
    if done % 1000 == 0:
        client.close()
        with make("http://127.0.0.1:1") as deaf:
            fails(lambda deaf=deaf: deaf.conversation("3f0c").send_text("30"), wotnot.NetworkError)
        client = make(BASE_URL)
    if done % 10_000 == 0:
        # Nothing comes, so it takes its time.
        client.conversation("3f0c").ask("30", timeout=0.1)
    if done % (CALLS // 100) == 0:
        print(done, resident())
    twenty_calls(client, done)
client.close()
print(CALLS, resident())
