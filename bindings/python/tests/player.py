"""The scripted service that plays and judges the vectors, as a child process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import wotnot
from wotnot._prompts import read_prompt

VECTORS = Path(os.environ.get("WOTNOT_VECTORS", Path(__file__).parents[3] / "tests" / "vectors"))


class Player:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [os.environ["WOTNOT_CONFORMANCE"], str(VECTORS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        assert "error" not in answer, answer
        return answer

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def listed() -> list[str]:
    """The names of all vectors."""
    player = Player()
    try:
        return player.ask({"list": True})["names"]
    finally:
        player.close()


NAMES = listed()


def typed_prompt(document: Any) -> wotnot.Prompt | None:
    """The prompt of a document, or `None` for one that no event has."""
    try:
        return read_prompt(document)
    except (KeyError, TypeError):
        return None


def call_of(method: str, params: Any) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
    """The public method for a call of a vector, or the general `call` where only that can put it."""
    general = ("call", (method, params), {})
    if not isinstance(params, dict) or params.get("timeout_ms", 1) not in range(1, 3_600_001):
        return general
    rest = dict(params)
    options = {"timeout": rest.pop("timeout_ms") / 1000} if "timeout_ms" in rest else {}
    start = {"visitor_id", "message", "variables", "bot_key"}
    match method:
        case "start_conversation" if {"message"} <= rest.keys() <= start and is_named(rest):
            return method, (rest.pop("visitor_id", None),), {**rest, **options}
        case "open_conversation" if {"message"} <= rest.keys() <= {*start, "if_known"} and is_named(rest):
            return method, (rest.pop("visitor_id", None),), {**rest, **options}
        case "send_message" if (
            {"conversation_id", "message"} <= rest.keys() <= {"conversation_id", "message", "client_id", "queue"}
        ):
            return "send", (rest.pop("conversation_id"), rest.pop("message")), {**rest, **options}
        case "converse" if (
            {"conversation_id", "message"} <= rest.keys() <= {"conversation_id", "message", "quiet_ms"}
            and isinstance(rest["message"], dict)
            and rest.get("quiet_ms", 1) in range(1, 3_600_001)
        ):
            if "quiet_ms" in rest:
                options["quiet"] = rest["quiet_ms"] / 1000
            return "ask", (rest["conversation_id"], rest["message"]), options
        case "answer" if rest.keys() == {"prompt", "value"} and typed_prompt(rest["prompt"]) is not None:
            return method, (typed_prompt(rest["prompt"]), rest["value"]), {}
        case "forget" if not options and rest.keys() <= {"visitor_id", "conversation_id"}:
            return method, (), rest
        case "parse_webhook" | "accept_webhook" if {"body"} <= rest.keys() <= {"body", "authorization"}:
            return method, (rest["body"], rest.get("authorization")), {}
        case "status" if not rest:
            return method, (), {}
    return visitor_call(method, rest, options) or general


def is_named(params: dict[str, Any]) -> bool:
    """Whether a start has a visitor's id or none; null is another thing."""
    return params.get("visitor_id", "") is not None


def visitor_call(
    method: str, rest: dict[str, Any], options: dict[str, Any]
) -> tuple[str, tuple[Any, ...], dict[str, Any]] | None:
    """The same for the methods of a gateway's visitor."""
    match method:
        case "resolve" if rest.keys() == {"conversation_id", "client_id", "action"}:
            return method, (rest["conversation_id"], rest["client_id"], rest["action"]), options
        case "transcript" if rest.keys() == {"conversation_id", "format"}:
            return method, (rest["conversation_id"], rest["format"]), options
        case "upload" if {"path"} <= rest.keys() <= {"path", "name", "type"}:
            media_type = {"media_type": rest.pop("type")} if "type" in rest else {}
            return method, (rest.pop("path"),), {**rest, **media_type, **options}
        case "set_app_state" if rest.keys() == {"state"} and not options:
            return method, (rest["state"],), {}
        case "set_identity" if rest.keys() <= {"identity"}:
            return method, (rest.get("identity"),), {}
    return None
