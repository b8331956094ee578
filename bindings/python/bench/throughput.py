"""One send call through the package against Python's own HTTP clients, in turns. Prints one JSON object a run.

Usage: throughput.py HOST PORT ROUNDS SECONDS. `cargo xtask bench python` runs it.
"""

from __future__ import annotations

import http.client
import io
import json
import socket
import sys
import threading
import time
from collections.abc import Callable

import httpx
import pycurl
import requests
import urllib3
import wotnot

HOST, PORT = sys.argv[1], int(sys.argv[2])
ROUNDS, SECONDS = int(sys.argv[3]), float(sys.argv[4])
BASE = f"http://{HOST}:{PORT}"
PATH = "/api/v1/conversation/3f0c/messages"
HEADERS = {"Authorization": "Bearer fake.jwt.token", "Content-Type": "application/json", "Accept": "application/json"}
TIMEOUT = 30.0

Call = Callable[[], str]


def message():
    return {"message": {"type": "text", "data": {"body": "30"}}, "user": {"type": "VISITOR"}}


def with_wotnot() -> Callable[[], Call]:
    client = wotnot.Client("fake.jwt.token", base_url=BASE, timeout=TIMEOUT)
    chat = client.conversation("3f0c")
    return lambda: lambda: chat.send_text("30").message_id


def with_requests() -> Callable[[], Call]:
    def make() -> Call:
        session = requests.Session()
        session.headers.update(HEADERS)
        return lambda: session.post(BASE + PATH, json=message(), timeout=TIMEOUT).json()["message_id"]

    return make


def with_httpx() -> Callable[[], Call]:
    def make() -> Call:
        client = httpx.Client(headers=HEADERS, timeout=TIMEOUT)
        return lambda: client.post(BASE + PATH, json=message()).json()["message_id"]

    return make


def with_urllib3() -> Callable[[], Call]:
    def make() -> Call:
        pool = urllib3.PoolManager(headers=HEADERS, timeout=TIMEOUT)
        return lambda: pool.request("POST", BASE + PATH, body=json.dumps(message())).json()["message_id"]

    return make


def with_http_client() -> Callable[[], Call]:
    def make() -> Call:
        connection = http.client.HTTPConnection(HOST, PORT, timeout=TIMEOUT)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def call() -> str:
            connection.request("POST", PATH, json.dumps(message()), HEADERS)
            return json.loads(connection.getresponse().read())["message_id"]

        return call

    return make


def with_pycurl() -> Callable[[], Call]:
    def make() -> Call:
        curl = pycurl.Curl()
        curl.setopt(pycurl.URL, BASE + PATH)
        curl.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
        curl.setopt(pycurl.TIMEOUT_MS, int(TIMEOUT * 1000))
        curl.setopt(pycurl.NOSIGNAL, 1)

        def call() -> str:
            answer = io.BytesIO()
            curl.setopt(pycurl.POSTFIELDS, json.dumps(message()))
            curl.setopt(pycurl.WRITEDATA, answer)
            curl.perform()
            return json.loads(answer.getvalue())["message_id"]

        return call

    return make


def with_a_raw_socket() -> Callable[[], Call]:
    """The limit: the same bytes written and read, and nothing understood."""
    body = json.dumps(message()).encode()
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    request = (f"POST {PATH} HTTP/1.1\r\nHost: {HOST}:{PORT}\r\n{head}Content-Length: {len(body)}\r\n\r\n").encode()

    def make() -> Call:
        connection = socket.create_connection((HOST, PORT), timeout=TIMEOUT)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def call() -> str:
            connection.sendall(request + body)
            return connection.recv(16384)[-36:-4].decode()

        return call

    return make


SUBJECTS = {
    "raw socket": with_a_raw_socket(),
    "wotnot": with_wotnot(),
    "http.client": with_http_client(),
    "pycurl": with_pycurl(),
    "urllib3": with_urllib3(),
    "httpx": with_httpx(),
    "requests": with_requests(),
}


def measure(make: Callable[[], Call], threads: int) -> tuple[float, float]:
    """Calls a second of the wall clock and of the processor."""
    counts = [0] * threads
    ready, begin = threading.Barrier(threads + 1), threading.Event()
    until = [0.0]

    def work(number: int) -> None:
        call = make()
        assert len(call()) == 32
        ready.wait()
        begin.wait()
        while time.perf_counter() < until[0]:
            call()
            counts[number] += 1

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    ready.wait()
    cpu, begun = time.process_time(), time.perf_counter()
    until[0] = begun + SECONDS
    begin.set()
    for worker in workers:
        worker.join()
    calls = sum(counts)
    return calls / (time.perf_counter() - begun), (time.process_time() - cpu) / calls


def main() -> None:
    for threads in (1, 8):
        for round_number in range(ROUNDS + 1):
            for subject, make in SUBJECTS.items():
                rate, cpu = measure(make, threads)
                # The first round warms everything up and does not count.
                if round_number > 0:
                    run = {"subject": subject, "threads": threads, "rate": rate, "cpu_us": cpu * 1e6}
                    print(json.dumps(run), flush=True)


if __name__ == "__main__":
    main()
