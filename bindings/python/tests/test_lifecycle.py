"""How the package behaves in a process that is not its own: threads, signals, forks, logs, secrets."""

from __future__ import annotations

import copy
import json
import logging
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import wotnot
import wotnot.aio

SECRET = "header.hush-hush.signature"


def wait_for(condition, seconds=30.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition never came true"
        time.sleep(0.005)


def test_the_installed_package_is_what_is_tested():
    sources = Path(__file__).parents[1]
    assert sources not in Path(wotnot.__file__).parents
    assert Path(wotnot.__file__).with_name("py.typed").is_file()


def waits(client):
    """Every way to block."""
    retrying = wotnot.Client("t", base_url="http://127.0.0.1:9", retry=wotnot.Retry(20, base_delay=20, max_delay=20))
    return {
        "a send": lambda: client.conversation("3f0c").send_text("Hello"),
        "a start": lambda: client.start_conversation("v", "Hello", bot_key="b"),
        "a receive": client.receive,
        "a loop over events": lambda: list(client.events()),
        "a wait before a retry": lambda: retrying.conversation("3f0c").send_text("Hello"),
    }


@pytest.mark.parametrize("what", ["a send", "a start", "a receive", "a loop over events", "a wait before a retry"])
def test_ctrl_c_ends_a_blocking_wait_at_once(waiting_client, what):
    wait = waits(waiting_client)[what]
    late = []
    for _ in range(5):
        due = time.monotonic() + 0.15
        timer = threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            wait()
        late.append(time.monotonic() - due)
        timer.join()
    assert sorted(late)[len(late) // 2] < 0.2, late


def test_ctrl_c_as_a_user_presses_it(silent_service):
    program = (
        "import sys, wotnot\n"
        f"client = wotnot.Client('t', base_url={silent_service!r})\n"
        "print('waiting', flush=True)\n"
        "try: client.conversation('3f0c').send_text('Hello')\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert child.stdout.readline() == "waiting\n"
    child.send_signal(signal.SIGINT)
    said, _ = child.communicate(timeout=30)
    assert said == "interrupted\n" or child.returncode == -signal.SIGINT


def test_a_signal_handler_that_raises_nothing_ends_nothing(waiting_client):
    seen = []
    before = signal.signal(signal.SIGUSR1, lambda *_: seen.append(time.monotonic()))
    try:
        threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGUSR1)).start()
        assert waiting_client.receive(timeout=0.5) is None
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert len(seen) == 1


@pytest.mark.parametrize("what", ["a send", "a receive"])
def test_other_threads_run_while_a_call_waits(waiting_client, what):
    def wait():
        with pytest.raises(wotnot.ClientClosedError):
            waits(waiting_client)[what]()

    waiter = threading.Thread(target=wait)
    waiter.start()
    counted = 0
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        counted += 1
    waiting_client.close()
    waiter.join(30)
    assert not waiter.is_alive()
    assert counted > 10_000


def test_close_wakes_eight_threads_at_once(waiting_client):
    ended = []

    def wait(what):
        try:
            waits(waiting_client)[what]()
        except wotnot.ClientClosedError:
            ended.append(what)

    threads = [threading.Thread(target=wait, args=(what,)) for what in ["a send", "a receive"] * 4]
    for thread in threads:
        thread.start()
    wait_for(lambda: waiting_client.status().counters.calls == 4)
    begun = time.monotonic()
    waiting_client.close()
    for thread in threads:
        thread.join(30)
    assert sorted(ended) == ["a receive"] * 4 + ["a send"] * 4
    assert time.monotonic() - begun < 5


def test_interrupt_ends_a_loop_over_events_and_nothing_else(waiting_client):
    loops = []
    thread = threading.Thread(target=lambda: loops.append(list(waiting_client.events())))
    thread.start()

    def ended():
        waiting_client.interrupt()
        return loops

    wait_for(ended)
    thread.join()
    assert loops == [[]]
    assert waiting_client.receive(timeout=0.01) is None


def forked(child):
    """Runs in a forked child; gives what it reports."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=lambda: sender.send(child()))
    process.start()
    assert receiver.poll(30), "the child hangs"
    result = receiver.recv()
    process.join(30)
    assert process.exitcode == 0
    return result


def code_of(call):
    try:
        call()
    except wotnot.WotnotError as error:
        return error.code
    return "no error"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_gets_an_error_and_can_make_its_own(waiting_client):
    chat = waiting_client.conversation("3f0c")

    def child():
        mine = wotnot.Client("t", base_url="http://127.0.0.1:9", webhook=wotnot.Webhook("hook"))
        result = [
            code_of(lambda: chat.send_text("Hello")),
            code_of(waiting_client.receive),
            code_of(lambda: mine.conversation("3f0c").send_text("Hello")),
        ]
        waiting_client.close()
        return result

    assert forked(child) == ["forked", "forked", "network"]
    assert waiting_client.receive(timeout=0.01) is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_of_an_awaited_client_gets_an_error():
    import asyncio

    client = wotnot.aio.Client("t", base_url="http://127.0.0.1:9", webhook=wotnot.Webhook("hook"))
    asyncio.run(client.status())

    def child():
        return [
            code_of(lambda: asyncio.run(client.conversation("3f0c").send_text("Hello"))),
            code_of(lambda: asyncio.run(client.receive())),
        ]

    assert forked(child) == ["forked", "forked"]
    asyncio.run(client.close())


@pytest.mark.parametrize("client_class", [wotnot.Client, wotnot.aio.Client])
def test_a_client_is_not_pickled(client_class):
    client = client_class("t")
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(client)
    with pytest.raises(TypeError, match="make one in each process"):
        copy.copy(client)


def test_no_repr_shows_a_secret():
    webhook = wotnot.Webhook(SECRET, listen="127.0.0.1:0")
    tls = wotnot.Tls(ca_pem=SECRET)
    settings = {"token": SECRET, "webhook": webhook, "proxy": f"http://user:{SECRET}@127.0.0.1:9"}
    client = wotnot.Client(**settings)
    chat = client.conversation("3f0c")
    _, reply = client.parse_webhook(json.dumps({"token": SECRET}))
    assert SECRET in reply.body
    for item in [client, chat, webhook, tls, reply, client.status(), wotnot.aio.Client("hush-hush")]:
        assert "hush" not in repr(item)
        assert "hush" not in str(item)
    client.close()


def test_records_go_to_the_logger_and_hold_no_secret(caplog, silent_service):
    client = wotnot.Client(SECRET, base_url=silent_service, timeout=0.05, webhook=wotnot.Webhook(SECRET))
    with caplog.at_level(logging.DEBUG, logger="wotnot"):
        client.status()
        with pytest.raises(wotnot.RequestTimeoutError):
            client.conversation("3f0c").send_text("the visitor's hush-hush words")
        with pytest.raises(wotnot.WebhookRejectedError):
            client.accept_webhook(json.dumps({"token": "hush-hush", "events": []}))
    assert [(record.name, record.levelname) for record in caplog.records] == [
        ("wotnot", "DEBUG"),
        ("wotnot", "WARNING"),
        ("wotnot", "WARNING"),
    ]
    assert "send_message failed: request_timeout" in caplog.text
    assert "delivery unknown, 1 attempts" in caplog.text
    assert "hush" not in caplog.text


def test_retries_and_verdicts_go_to_the_logger_as_they_happen(caplog):
    refuses = {"base_url": "http://127.0.0.1:1", "retry": wotnot.Retry(max_attempts=2, base_delay=0), "proxy": None}
    with caplog.at_level(logging.INFO, logger="wotnot"):
        for log in ("retries", None):
            client = wotnot.Client(SECRET, log=log, **refuses)
            with pytest.raises(wotnot.NetworkError):
                client.conversation("3f0c").send_text("the visitor's hush-hush words")
    retry, verdict, plain = caplog.records
    assert [record.levelname for record in caplog.records] == ["WARNING"] * 3
    assert retry.wotnot["kind"] == "retry"
    assert retry.getMessage().startswith("send_message: attempt 1 failed with network (not_sent): ")
    assert (verdict.wotnot["kind"], verdict.wotnot["attempts"]) == ("verdict", 2)
    assert verdict.getMessage().startswith("send_message: failed with network (not_sent): ")
    assert not hasattr(plain, "wotnot")
    assert "hush" not in caplog.text
    with pytest.raises(wotnot.InvalidArgumentError, match=r'log: expected "off", "retries" or "calls"'):
        wotnot.Client(SECRET, log="everything")


def test_a_handler_that_fails_or_is_interrupted_fails_no_call(monkeypatch):
    class Broken(logging.Handler):
        def emit(self, _record):
            raise self.error

    lost = []
    monkeypatch.setattr(sys, "unraisablehook", lambda unraisable: lost.append(unraisable.exc_type))
    handler = Broken()
    logging.getLogger("wotnot").addHandler(handler)
    chat = wotnot.Client(SECRET, base_url="http://127.0.0.1:1", proxy=None, log="retries").conversation("3f0c")
    try:
        handler.error = ValueError("on purpose")
        with pytest.raises(wotnot.NetworkError):
            chat.send_text("Hello")
        assert set(lost) == {ValueError}
        handler.error = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            chat.send_text("Hello")
        assert set(lost) == {ValueError}
    finally:
        logging.getLogger("wotnot").removeHandler(handler)


def test_importing_configures_nothing_and_is_quick():
    program = (
        "import logging, signal, sys, threading\n"
        "def state():\n"
        "    handlers = logging.root.handlers[:]\n"
        "    return signal.getsignal(signal.SIGINT), threading.active_count(), handlers, sys.excepthook\n"
        "before = state()\n"
        "import wotnot\n"
        "assert before == state()\n"
        "assert logging.getLogger('wotnot').level == logging.NOTSET\n"
        "assert not {'asyncio', 'http.client', 'subprocess', 'trio'} & sys.modules.keys()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_client_that_nobody_closed_ends_with_the_interpreter():
    program = (
        "import threading, wotnot, wotnot.aio\n"
        "client = wotnot.Client('t', webhook=wotnot.Webhook('h', listen='127.0.0.1:0'))\n"
        "awaited = wotnot.aio.Client('t', webhook=wotnot.Webhook('h', listen='127.0.0.1:0'))\n"
        "threading.Thread(target=client.receive, daemon=True).start()\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_clients_made_and_dropped_leave_no_thread_and_no_handle():
    def open_files():
        return len(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))

    def make(times):
        for _ in range(times):
            client = wotnot.Client("t", webhook=wotnot.Webhook("h", listen="127.0.0.1:0"))
            client.status()
            del client

    make(5)
    before = open_files()
    make(100)
    wait_for(lambda: open_files() <= before)
