"""Runs every conformance vector over the C ABI: vectors.py LIBRARY STUB FOLDER.

The runner of docs/vectors.md on ctypes; it knows nothing of what is expected.
"""

import ctypes
import json
import pathlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from ctypes import byref, c_char_p, c_int32, c_size_t, c_uint32, c_uint64, c_void_p

WORKERS = 4


def load(path):
    library = ctypes.CDLL(path)
    signatures = {
        "wotnot_client_new": (c_int32, [c_char_p, c_void_p, c_void_p]),
        "wotnot_client_close": (c_int32, [c_uint64]),
        "wotnot_call": (c_int32, [c_uint64, c_char_p, c_char_p, c_void_p]),
        "wotnot_receive": (c_int32, [c_uint64, c_uint32, c_void_p]),
        "wotnot_interrupt": (c_int32, [c_uint64]),
        "wotnot_status_name": (c_char_p, [c_int32]),
        "wotnot_string_free": (None, [c_void_p]),
        "wotnot_live_strings": (c_size_t, []),
        "wotnot_live_clients": (c_size_t, []),
    }
    for name, (result, arguments) in signatures.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Stub:
    """A stub process; one vector at a time."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
        )

    def ask(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Client:
    """The five things that a turn can ask for."""

    def __init__(self, library):
        self.library = library
        self.id = c_uint64(0)

    def perform(self, turn):
        out = c_void_p()
        status = self._act(turn, out)
        if not out.value:
            if status == 0:
                return {"ok": True}
            name = self.library.wotnot_status_name(status).decode()
            return {"ok": False, "error": {"code": name}}
        result = json.loads(ctypes.string_at(out.value).decode())
        self.library.wotnot_string_free(out)
        told = 0 if result["ok"] else result["error"]["status"]
        assert told == status, f"returned {status}, but the text says {told}"
        return result

    def _act(self, turn, out):
        match turn["do"]:
            case "new":
                config = json.dumps(turn["config"]).encode()
                return self.library.wotnot_client_new(config, byref(self.id), byref(out))
            case "call":
                params = json.dumps(turn["params"], ensure_ascii=False).encode()
                method = turn["method"].encode()
                return self.library.wotnot_call(self.id, method, params, byref(out))
            case "receive":
                return self.library.wotnot_receive(self.id, turn["timeout_ms"], byref(out))
            case "interrupt":
                return self.library.wotnot_interrupt(self.id)
            case "close":
                return self.library.wotnot_client_close(self.id)
        raise ValueError(turn)

    def close(self):
        if self.id.value:
            self.library.wotnot_client_close(self.id)


def play(library, stub, name):
    turn = stub.ask({"open": name})
    client = Client(library)
    try:
        while "do" in turn:
            turn = stub.ask({"result": client.perform(turn)})
    finally:
        client.close()
    return turn


def play_some(library, program, folder, names):
    with Stub(program, folder) as stub:
        return [play(library, stub, name) for name in names]


def main(path, program, folder):
    library = load(path)
    with Stub(program, folder) as stub:
        names = stub.ask({"list": True})["names"]
    shares = [names[first::WORKERS] for first in range(WORKERS)]
    with ThreadPoolExecutor(WORKERS) as pool:
        played = pool.map(lambda share: play_some(library, program, folder, share), shares)
        verdicts = [verdict for share in played for verdict in share]
    failures = [verdict for verdict in verdicts if not verdict["passed"]]
    for verdict in failures:
        print(f"FAILED {verdict['name']}: {verdict['why']}")
    live = library.wotnot_live_strings(), library.wotnot_live_clients()
    if live != (0, 0):
        sys.exit(f"{live[0]} strings and {live[1]} clients were left behind")
    files = len(list(pathlib.Path(folder).glob("*.json")))
    if len(verdicts) != files:
        sys.exit(f"{len(verdicts)} vectors were played, but there are {files}")
    print(f"vectors over the C ABI: {len(verdicts) - len(failures)} passed, {len(failures)} failed")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
