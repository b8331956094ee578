"""Tasks that wait for events: an event wakes those of its own conversation alone, and none that leaves keeps it."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest
from loops import delivery, make, run, wait_for

__all__ = ["run"]


class Looks:
    """The native client, which notes every look for an event by its conversation."""

    def __init__(self, native):
        self._native = native
        self.conversations = []

    def __getattr__(self, name):
        return getattr(self._native, name)

    def receive(self, timeout_ms, conversation_id):
        self.conversations.append(conversation_id)
        return self._native.receive(timeout_ms, conversation_id)


class Chats:
    """Tasks that each wait for one event: of their conversation, or of any."""

    def __init__(self, client, tasks):
        self._client = client
        self._tasks = tasks
        self._begun = 0
        self.looks = client._native = Looks(client._native)
        self.heard = []
        self.scopes = []

    async def begin(self, *conversations):
        """Starts a task for each, and returns once all of them wait."""
        for conversation in conversations:
            self._tasks.start_soon(self._listen, conversation)
        self._begun += len(conversations)

        async def all_wait():
            # One look before they wait, and one when they do.
            return len(self.looks.conversations) >= 2 * self._begun

        await wait_for(all_wait)
        self.looks.conversations.clear()
        self._begun = 0

    async def _listen(self, conversation):
        with anyio.CancelScope() as scope:
            self.scopes.append(scope)
            event = await self._client._receive(None, conversation)
            self.heard.append((conversation, event.text))

    async def say(self, *conversations):
        """Has the bot say something in each, and returns once as many have heard something."""
        expected = len(self.heard) + len(conversations)
        for number, conversation in enumerate(conversations, start=len(self.heard)):
            # No two texts are the same, which would make them duplicates.
            await self._client.accept_webhook(delivery(str(number), conversation=conversation))

        async def heard():
            return len(self.heard) >= expected

        await wait_for(heard)


def test_an_event_wakes_its_own_conversation_alone(run):
    async def main():
        async with make() as client, anyio.create_task_group() as tasks:
            chats = Chats(client, tasks)
            await chats.begin(*(f"c{number}" for number in range(50)))
            await chats.say("c7")
            # By the time that a second one is heard, whatever the first woke has looked.
            await chats.say("c8")
            tasks.cancel_scope.cancel()
        return chats.heard, chats.looks.conversations

    assert run(main) == ([("c7", "0"), ("c8", "1")], ["c7", "c8"])


def test_many_chats_look_for_events_in_proportion_to_their_number(run):
    async def main():
        async with make() as client, anyio.create_task_group() as tasks:
            chats = Chats(client, tasks)
            names = [f"c{number}" for number in range(400)]
            await chats.begin(*names)
            for name in names:
                await chats.say(name)
            return len(chats.heard), len(chats.looks.conversations)

    assert run(main) == (400, 400)


def test_an_event_wakes_one_of_those_who_take_any(run):
    async def main():
        async with make() as client, anyio.create_task_group() as tasks:
            chats = Chats(client, tasks)
            await chats.begin(*[None] * 50)
            for _ in range(10):
                await chats.say("c7")
            tasks.cancel_scope.cancel()
            return len(chats.heard), len(chats.looks.conversations)

    heard, looks = run(main)
    assert heard == 10
    # Each takes its event, and has the next one look for more.
    assert looks <= 20


@pytest.mark.parametrize("conversation", [None, "c1"])
def test_events_that_come_together_reach_as_many_who_wait(run, conversation):
    async def main():
        async with make() as client, anyio.create_task_group() as tasks:
            chats = Chats(client, tasks)
            await chats.begin(*[conversation] * 3)
            await client.accept_webhook(delivery("1", "2", "3", conversation="c1"))
        return sorted(chats.heard)

    assert run(main) == [(conversation, text) for text in ("1", "2", "3")]


@pytest.mark.parametrize("conversation", [None, "c1"])
@pytest.mark.parametrize("turns", range(4))
def test_a_task_that_is_cancelled_as_its_event_comes_keeps_nobody_waiting(run, conversation, turns):
    async def main():
        async with make() as client, anyio.create_task_group() as tasks:
            chats = Chats(client, tasks)
            await chats.begin(*[conversation] * 3)
            await client.accept_webhook(delivery("Hello", conversation="c1"))
            for _ in range(turns):
                await anyio.lowlevel.checkpoint()
            chats.scopes[0].cancel()

            async def is_heard():
                return chats.heard == [(conversation, "Hello")]

            # The first one heard it before its end, or another does.
            await wait_for(is_heard)
            tasks.cancel_scope.cancel()

    run(main)
