"""What a caller sees when a call fails."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
import wotnot
import wotnot._errors
import wotnot._native

EXPECTED = {
    "unauthorized": wotnot.UnauthorizedError,
    "channel_not_enabled": wotnot.ChannelNotEnabledError,
    "conversation_not_created": wotnot.ConversationNotCreatedError,
    "invalid_request": wotnot.InvalidRequestError,
    "rate_limited": wotnot.RateLimitedError,
    "network": wotnot.NetworkError,
    "request_timeout": wotnot.RequestTimeoutError,
    "invalid_argument": wotnot.InvalidArgumentError,
}


def document(code: str) -> dict:
    return {
        "code": code,
        "status": 1,
        "message": "the service asked to wait 3 s",
        "retryable": True,
        "retry_after_ms": 3000,
        "http_status": 429,
        "api_code": "SLOW_DOWN",
        "delivery": "rejected",
        "attempts": 2,
        "method": "send_message",
        "reply": {"status": 401, "body": "{}"},
    }


def test_every_code_of_the_native_layer_has_a_class():
    errors = set(wotnot._native.CODES) - {"ok", "timeout"}
    assert errors == set(wotnot._errors.CLASSES)


@pytest.mark.parametrize("code", EXPECTED)
def test_each_family_has_its_class(code):
    error = wotnot._errors.from_document(document(code))
    assert type(error) is EXPECTED[code]
    assert isinstance(error, wotnot.WotnotError)


def test_an_unknown_code_is_the_base_class():
    error = wotnot._errors.from_document(document("not_yet_invented"))
    assert type(error) is wotnot.WotnotError
    assert error.code == "not_yet_invented"


@pytest.mark.parametrize("code", [*wotnot._errors.CLASSES, "not_yet_invented"])
def test_errors_survive_pickling(code):
    error = wotnot._errors.from_document(document(code))
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert str(again) == str(error) == f"{code}: the service asked to wait 3 s"
    assert (again.retry_after, again.reply.status) == (3.0, 401)


def test_a_refused_connection_says_that_nothing_was_sent():
    client = wotnot.Client("t", base_url="http://127.0.0.1:9", retry=wotnot.Retry(max_attempts=2, base_delay=0.001))
    with pytest.raises(wotnot.NetworkError) as caught:
        client.conversation("3f0c").send_text("Hello")
    error = caught.value
    assert (error.code, error.delivery, error.attempts, error.retryable) == ("network", "not_sent", 2, True)
    assert (error.http_status, error.api_code, error.retry_after) == (None, None, None)
    assert error.method == "send_message"


def test_a_deadline_raises_its_own_class(silent_service):
    client = wotnot.Client("t", base_url=silent_service, timeout=30)
    with pytest.raises(wotnot.RequestTimeoutError) as caught:
        client.conversation("3f0c").send_text("Hello", timeout=0.05)
    assert caught.value.delivery == "unknown"


def test_a_wrong_setting_is_named_and_is_a_value_error():
    with pytest.raises(ValueError, match=r"invalid_argument: token: must not be empty"):
        wotnot.Client("")
    with pytest.raises(wotnot.InvalidArgumentError, match="did you mean `token`"):
        wotnot.Client.from_config({"tokn": "x"})
    with pytest.raises(wotnot.InvalidArgumentError, match=r"timeout: expected a number of seconds"):
        wotnot.Client("t", timeout="soon")
    with pytest.raises(wotnot.InvalidArgumentError, match=r"retry\.max_attempts"):
        wotnot.Client("t", retry=wotnot.Retry(max_attempts=0))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"body": object()}, "message.data.body: expected str, int, float, bool, None"),
        ({"value": 2**64}, "message.data.value: the number does not fit into 64 bits"),
        ({"value": float("nan")}, "message.data.value: JSON has no NaN"),
        ({"files": [{"link": b"x"}]}, "message.data.files[0].link: expected str"),
        ({1: "x"}, "message.data: the keys must be of type str"),
        ({"body": "\ud800"}, "message.data.body: holds a lone surrogate"),
    ],
)
def test_what_is_no_json_is_named_by_its_place(waiting_client, data, said):
    with pytest.raises(wotnot.InvalidArgumentError) as caught:
        waiting_client.conversation("3f0c").send({"type": "text", "data": data})
    assert said in str(caught.value)
    assert caught.value.delivery == "not_sent"


def test_a_list_that_holds_itself_is_refused(waiting_client):
    endless: list = []
    endless.append(endless)
    with pytest.raises(wotnot.InvalidArgumentError, match="nested too deep, or holds itself"):
        waiting_client.conversation("3f0c").send({"type": "text", "data": {"body": endless}})


def test_text_and_message_together_are_refused(waiting_client):
    with pytest.raises(wotnot.InvalidArgumentError, match="either `text` or `message`"):
        waiting_client.start_conversation("v", "Hello", message={"type": "text", "data": {"body": "Hello"}})


def test_a_panic_is_an_error_and_the_client_lives_on(waiting_client):
    with pytest.raises(wotnot.InternalError) as caught:
        waiting_client.call("test_panic", {})
    assert caught.value.code == "panic"
    assert waiting_client.status().version == wotnot.__version__


def test_panics_on_many_threads_leave_the_process_alive(waiting_client):
    def provoke(_):
        with pytest.raises(wotnot.InternalError):
            waiting_client.call("test_panic", {})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(provoke, range(64)))
    assert waiting_client.status().counters.calls == 0


def test_a_closed_client_says_so(waiting_client):
    waiting_client.close()
    waiting_client.close()
    with pytest.raises(wotnot.ClientClosedError):
        waiting_client.conversation("3f0c").send_text("Hello")
    assert list(waiting_client.events()) == []
