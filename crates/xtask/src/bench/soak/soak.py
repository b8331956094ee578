"""One call after another through the package, of every kind: taken, refused, wrong, without a server, events in, clients
made and closed. Prints the calls so far and the bytes resident in memory, a hundred times.

Usage: soak.py BASE_URL CALLS. `cargo xtask bench soak` runs it.
"""

import resource
import sys
from collections.abc import Callable
from pathlib import Path

import wotnot

BASE_URL, CALLS = sys.argv[1], int(sys.argv[2])


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


def ten_calls(client: wotnot.Client, number: int) -> None:
    chat = client.conversation("3f0c")
    for _ in range(4):
        chat.send_text("30")
    client.start_conversation("v", text="Hello")
    fails(lambda: client.conversation("refused").send_text("30"), wotnot.InvalidRequestError)
    fails(lambda: chat.send({"type": "text", "data": {}}), wotnot.InvalidArgumentError)
    client.accept_webhook(f'{{"token":"hook","events":[{{"event":{{"type":"note","payload":{{"id":{number}}}}}}}]}}')
    fails(lambda: client.accept_webhook('{"token":"wrong"}'), wotnot.WebhookRejectedError)
    assert client.receive(timeout=0) is not None


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


client = make(BASE_URL)
for done in range(0, CALLS, 10):
    if done % 1000 == 0:
        client.close()
        with make("http://127.0.0.1:1") as deaf:
            fails(lambda deaf=deaf: deaf.conversation("3f0c").send_text("30"), wotnot.NetworkError)
        client = make(BASE_URL)
    if done % (CALLS // 100) == 0:
        print(done, resident())
    ten_calls(client, done)
client.close()
print(CALLS, resident())
