"""The examples, run as they stand: web frameworks that receive for real, and a chat in the terminal."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import uvicorn
import wotnot
import wotnot.testing
from werkzeug.serving import make_server

EXAMPLES = Path(__file__).parents[1] / "examples"
HOOK = "a-shared-token"


def load(name, monkeypatch, emulator):
    monkeypatch.setenv("WOTNOT_TOKEN", emulator.token)
    monkeypatch.setenv("WOTNOT_WEBHOOK_TOKEN", HOOK)
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def flask_server(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def uvicorn_server(app):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def start(emulator):
    client = wotnot.Client(emulator.token, base_url=emulator.base_url, bot_key=emulator.bot_key)
    return client.start_conversation("visitor-42", "Hello")


def test_flask_receives_what_the_bot_says(wotnot_emulator, monkeypatch):
    module = load("flask_receiver", monkeypatch, wotnot_emulator)
    with flask_server(module.app) as port:
        wotnot_emulator.set_webhook(f"http://127.0.0.1:{port}/wotnot/events", HOOK)
        chat = start(wotnot_emulator)
        event = next(event for event in module.client.events(timeout=30) if event.by == "bot")
        assert event.conversation_id == chat.id
        with pytest.raises(wotnot.testing.EmulatorError):
            wotnot_emulator.set_webhook(f"http://127.0.0.1:{port}/wotnot/events", "a wrong token")


def test_fastapi_receives_what_the_bot_says(wotnot_emulator, monkeypatch):
    module = load("fastapi_receiver", monkeypatch, wotnot_emulator)

    async def first():
        async for event in module.client.events(timeout=30):
            if event.by == "bot":
                return event
        return None

    with uvicorn_server(module.app) as port:
        wotnot_emulator.set_webhook(f"http://127.0.0.1:{port}/wotnot/events", HOOK)
        chat = start(wotnot_emulator)
        event = asyncio.run(first())
        assert event is not None
        assert event.conversation_id == chat.id
        with pytest.raises(wotnot.testing.EmulatorError):
            wotnot_emulator.set_webhook(f"http://127.0.0.1:{port}/wotnot/events", "a wrong token")


def test_a_backend_serves_many_visitors_and_forgets_those_who_leave(wotnot_emulator, monkeypatch):
    module = load("backend", monkeypatch, wotnot_emulator)
    settings = {"base_url": wotnot_emulator.base_url, "bot_key": wotnot_emulator.bot_key}
    client = wotnot.Client(wotnot_emulator.token, webhook=wotnot.Webhook(HOOK), **settings)
    backend = module.Backend(("127.0.0.1", 0), client)
    thread = threading.Thread(target=backend.serve_forever)
    thread.start()

    def ask(method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", backend.server_port, timeout=60)
        connection.request(method, path, None if body is None else json.dumps(body))
        response = connection.getresponse()
        return response.status, json.loads(response.read())

    def seen(visitor, text):
        said = []
        while text not in said:
            status, events = ask("GET", f"/visitors/{visitor}/events")
            assert status == 200
            said += [event["text"] for event in events if event["type"] == "message"]

    try:
        wotnot_emulator.set_webhook(f"http://127.0.0.1:{backend.server_port}/wotnot/events", HOOK)
        visitors = [f"visitor-{number}" for number in range(20)]
        for visitor in visitors:
            assert ask("POST", f"/visitors/{visitor}/messages", {"text": "Hello"})[0] == 200
        left, *rest = visitors
        assert ask("DELETE", f"/visitors/{left}") == (200, {})
        assert ask("GET", f"/visitors/{left}/events")[0] == 404
        for visitor in rest:
            seen(visitor, "What is it about?")
            assert ask("POST", f"/visitors/{visitor}/messages", {"text": "Sales"})[0] == 200
        for visitor in rest:
            seen(visitor, "How old are you?")
        assert ask("POST", "/visitors/x/messages", {"words": "Hello"})[0] == 404
        assert ask("GET", "/elsewhere")[0] == 404
        with pytest.raises(wotnot.testing.EmulatorError):
            wotnot_emulator.set_webhook(f"http://127.0.0.1:{backend.server_port}/wotnot/events", "a wrong token")
    finally:
        backend.shutdown()
        thread.join()
        backend.server_close()
        client.close()


@pytest.mark.parametrize("name", ["flask_receiver", "fastapi_receiver"])
def test_a_receiver_is_under_twenty_lines(name):
    assert len((EXAMPLES / f"{name}.py").read_text().splitlines()) < 20


@pytest.mark.parametrize("name", ["chat", "chat_aio"])
def test_the_chat_in_the_terminal_reaches_the_end(name, wotnot_emulator):
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = f"127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **os.environ,
        "WOTNOT_BASE_URL": wotnot_emulator.base_url,
        "WOTNOT_TOKEN": wotnot_emulator.token,
        "WOTNOT_BOT_KEY": wotnot_emulator.bot_key,
        "WOTNOT_WEBHOOK_TOKEN": HOOK,
        "WOTNOT_LISTEN": listen,
    }
    child = subprocess.Popen(
        [sys.executable, str(EXAMPLES / f"{name}.py")],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    # The emulator tests the endpoint, so it is configured once the example listens.
    until = time.monotonic() + 30
    while True:
        try:
            wotnot_emulator.set_webhook(f"http://{listen}/wotnot/events", HOOK)
            break
        except wotnot.testing.EmulatorError:
            assert time.monotonic() < until
            time.sleep(0.05)
    said, _ = child.communicate("Hello\nSales\n30\n", timeout=60)
    assert child.returncode == 0
    assert said.splitlines() == [
        "Hi",
        "What is it about?",
        "  [Sales]",
        "  [Our site]",
        "How old are you?",
        "  18 to 99",
        "Thank you",
    ]


def test_every_python_block_of_the_readme_runs(wotnot_emulator, monkeypatch, tmp_path):
    readme = (EXAMPLES.parent / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", readme, flags=re.DOTALL)
    assert len(blocks) >= 8
    # The one that reads answers is played through every sample flow, and the visitor's talks to a gateway: programs of
    # their own, which the suite runs.
    alone = [block for block in blocks if "sys.stdin" not in block and "WOTNOT_GATEWAY" not in block]
    assert len(alone) == len(blocks) - 2
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WOTNOT_BASE_URL", wotnot_emulator.base_url)
    monkeypatch.setenv("WOTNOT_TOKEN", wotnot_emulator.token)
    monkeypatch.setenv("WOTNOT_BOT_KEY", wotnot_emulator.bot_key)
    for block in alone:
        exec(compile(block, str(EXAMPLES.parent / "README.md"), "exec"), {"__name__": "__main__"})
