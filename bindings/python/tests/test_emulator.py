"""Whole conversations with the emulator, through the fixture that users have."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import anyio
import pytest
import wotnot
from wotnot.testing import DEMO_FLOW, Emulator, EmulatorError

FLOWS = Path(__file__).parents[3] / "flows"


def test_a_conversation_from_the_greeting_to_the_end(wotnot_emulator):
    with wotnot_emulator.client() as client:
        chat = client.start_conversation("visitor-42", "Hello", variables={"contact": {"name": "Asha"}})
        assert chat.contact.visitor_key.startswith("visitor-42_")
        said = []
        for event in chat.events(timeout=30):
            if event.by != "bot":
                continue
            said.append(event.text)
            match event.prompt:
                case wotnot.Choice(options=[first, *_]):
                    chat.send(first.answer)
                case wotnot.Slider(min=least, max=most):
                    assert (least, most) == (18, 99)
                    chat.send_slider(30)
            if event.text == "Thank you":
                break
    assert said == ["Hi Asha", "What is it about?", "How old are you?", "Thank you"]
    assert [conversation["conversation"] for conversation in wotnot_emulator.conversations()] == [chat.id]
    assert "Thank you" in str(wotnot_emulator.transcript(chat.id))
    assert len(wotnot_emulator.requests()) == 3


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_awaited_conversation(wotnot_emulator, backend):
    async def main():
        async with await wotnot_emulator.async_client() as client:
            chat = await client.start_conversation("visitor-43", "Hello")
            async for event in chat.events(timeout=30):
                match event.prompt:
                    case wotnot.Choice(options=[first, *_]):
                        await chat.send(first.answer)
                    case wotnot.Slider():
                        await chat.send_slider(61)
                        return

    anyio.run(main, backend=backend)


def hear(chat, text):
    """The event with which the bot says `text`."""
    return next(event for event in chat.events(timeout=30) if event.by == "bot" and event.text == text)


def test_a_whole_turn_comes_with_what_was_asked(wotnot_emulator):
    with wotnot_emulator.client() as client:
        chat = client.open_conversation("visitor-42", "Hello", variables={"contact": {"name": "Asha"}})
        assert (chat.opened, chat.message_sent) == ("started", True)
        topic = hear(chat, "What is it about?").prompt
        age = chat.ask(topic.options[0].answer)
        assert (age.text, age.ended, age.confirmed_by) == ("How old are you?", "prompt", None)
        assert age.message_id
        assert (age.prompt.min, age.prompt.max) == (18, 99)
        assert age.prompt == age.events[-1].prompt
        assert chat.ask("many").ended == "prompt", "a wrong answer is asked again"
        bye = chat.ask({"type": "slider.response", "data": {"value": 30}}, quiet=0.5)
        assert "Thank you" in bye.text
        assert bye.prompt is None
        assert all(event.by != "visitor" for event in (*age.events, *bye.events))


def test_a_visitor_has_one_conversation_until_it_is_forgotten(wotnot_emulator, tmp_path):
    state = wotnot.State(tmp_path / "state.json")
    with wotnot_emulator.client(state=state) as client:
        first = client.open_conversation("visitor-42", "Hello")
    with wotnot_emulator.client(state=state) as client:
        again = client.open_conversation("visitor-42", "Hello again")
        assert (again.id, again.opened, again.message_sent) == (first.id, "reused", False)
        assert again.contact.visitor_key == first.contact.visitor_key
        with pytest.raises(wotnot.InvalidArgumentError) as caught:
            client.open_conversation("visitor-42", "Hello", if_known="refuse")
        assert (caught.value.delivery, caught.value.method) == ("not_sent", "open_conversation")
        assert client.forget(visitor_id="visitor-42").forgotten == 1
        assert client.forget(conversation_id=first.id).forgotten == 0
        assert client.open_conversation("visitor-42", "Hello").opened == "started"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_an_awaited_turn(wotnot_emulator, backend):
    async def main():
        async with await wotnot_emulator.async_client() as client:
            chat = await client.open_conversation("visitor-44", "Hello")
            async for event in chat.events(timeout=30):
                if event.text == "What is it about?":
                    break
            turn = await chat.ask(event.prompt.options[0].answer)
            again = await client.open_conversation("visitor-44", "Hello")
            return chat, turn, again, await client.forget(visitor_id="visitor-44")

    chat, turn, again, forgotten = anyio.run(main, backend=backend)
    assert (turn.text, turn.ended) == ("How old are you?", "prompt")
    assert (chat.opened, again.opened, again.id) == ("started", "reused", chat.id)
    assert forgotten.forgotten == 1


@pytest.mark.wotnot_flow(FLOWS / "feedback.yaml", FLOWS / "lead-capture.yaml", seed=7)
def test_the_marker_chooses_bots_and_seed(wotnot_emulator):
    assert wotnot_emulator.seed == 7
    assert len(wotnot_emulator.bots) == 2
    with wotnot_emulator.client(bot_key=wotnot_emulator.bots[1].key) as client:
        assert client.start_conversation("v", "Hello").id


def test_faults_go_wrong_as_configured(wotnot_emulator):
    with wotnot_emulator.client(retry=wotnot.Retry(max_attempts=1)) as client:
        wotnot_emulator.set_faults([{"fault": "unavailable", "call": "start"}])
        with pytest.raises(wotnot.ServerError) as caught:
            client.start_conversation("v", "Hello")
        assert (caught.value.http_status, caught.value.delivery) == (503, "rejected")
        assert [rule["struck"] for rule in wotnot_emulator.faults()] == [1]
        wotnot_emulator.set_faults([])
        assert client.start_conversation("v", "Hello").id


def test_a_wrong_token_is_refused(wotnot_emulator):
    client = wotnot.Client("wrong.token.here", base_url=wotnot_emulator.base_url, bot_key=wotnot_emulator.bot_key)
    with pytest.raises(wotnot.UnauthorizedError) as caught:
        client.start_conversation("v", "Hello")
    assert caught.value.api_code == "JWT_SIGNATURE_EXCEPTION"


def test_an_agent_speaks_and_the_company_closes(wotnot_emulator):
    with wotnot_emulator.client() as client:
        chat = client.start_conversation("v", "Hello")
        wotnot_emulator.agent_says(chat.id, "A person here")
        for event in chat.events(timeout=30):
            if event.by == "agent":
                break
        else:
            pytest.fail("the agent was not heard")
        wotnot_emulator.close_conversation(chat.id)
        assert any(event.type == "status" for event in chat.events(timeout=5))
        wotnot_emulator.reset()
        assert wotnot_emulator.conversations() == []


def test_a_flow_that_cannot_run_is_an_error_with_its_place(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("bot: {name: x, key: x}\nstart: nowhere\nblocks: {}\n")
    with pytest.raises(EmulatorError, match=r"broken\.yaml"):
        Emulator(broken)


def test_a_missing_command_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("WOTNOT_BIN", str(tmp_path / "nothing-here"))
    with pytest.raises(EmulatorError, match="`wotnot emulate` does not run"):
        Emulator()
    program = (
        "import sysconfig, wotnot.testing\n"
        "sysconfig.get_path = lambda name: '/nowhere'\n"
        "try: wotnot.testing.Emulator()\n"
        "except wotnot.testing.EmulatorError as error: print(error)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env={"PATH": str(tmp_path)}
    ).stdout
    assert "pip install wotnot[testing]" in said


def test_the_packaged_sample_is_the_project_s_own():
    assert DEMO_FLOW.read_text() == (FLOWS / "demo.yaml").read_text()
