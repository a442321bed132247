"""The root of a new thread is there once, whatever happens between its posting and its storing."""

from __future__ import annotations

from typing import Any

import pytest

from bot.slack import threads
from tests.slack.house import House, by_app, replies, words
from tests.slack.test_threads import STORY, begun
from tests.slackserver.driver import Workspace
from tests.slackserver.person import Person
from tests.slackserver.server import Server
from tests.slackserver.world import Message


@pytest.fixture(autouse=True)
def soon(server: Server) -> None:
    """What was not taken comes again soon."""
    server.carrier.ack_s, server.carrier.retries_s = 1.0, (0.2,) * 20


def roots(person: Person) -> list[Message]:
    return [
        one
        for one in by_app(person.sees())
        if "Session with" in words(one) and one.thread in {"", one.ts}
    ]


async def opened(house: House, person: Person, count: int) -> Message:
    """The newest of so many roots, once its coach has greeted there."""
    await house.until(lambda: len(roots(person)) >= count)
    await house.until(lambda: replies(person.sees(thread=roots(person)[-1])))
    await house.rest()
    assert len(roots(person)) == count
    assert len(replies(person.sees(thread=roots(person)[-1]))) == 1
    return roots(person)[-1]


@pytest.mark.parametrize("how", ["fails", "hangs"])
async def test_a_command_whose_root_may_be_there_is_not_lost(
    house: House, acme: Workspace, how: str
):
    ann, faults = acme.user("UANN"), house.server.faults
    if how == "fails":
        faults.fails("chat.postMessage", 1, done=True)
    else:
        faults.hangs("chat.postMessage", 1)
    ann.slash("/coach", "david")
    root = await opened(house, ann, 1)
    ann.dm(STORY, root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)


async def test_a_root_that_was_surely_not_posted_is_not_looked_for(house: House, acme: Workspace):
    ann = acme.user("UANN")
    house.server.faults.refuses("chat.postMessage", "channel_not_found", 1)
    ann.slash("/coach", "david")
    await house.rest()
    assert roots(ann) == []
    assert not house.server.called("conversations.history")


async def test_an_event_whose_answer_was_lost_posts_one_root(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    house.server.faults.hangs("chat.postMessage", 1)
    # Even when it can't be looked for at once: the event comes again, and then it can.
    house.server.faults.refuses("conversations.history", "internal_error", 1)
    ann.dm("switch to Maya", root)
    new = await opened(house, ann, 2)
    assert "Handed over by" in words(new)


async def _dies(*_: Any) -> None:
    raise RuntimeError("killed here")


async def _leaves_it(*_: Any) -> None:
    """A process that is gone takes nothing away."""


async def test_who_dies_between_posting_and_storing_leaves_one_root(
    house: House, acme: Workspace, monkeypatch: pytest.MonkeyPatch
):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    with monkeypatch.context() as dead:
        dead.setattr(house.slack.desk, "keep_thread", _dies)
        dead.setattr(threads, "_take_away", _leaves_it)
        # So that the event does not come again before somebody else is there.
        house.server.carrier.retries_s = (3.0,) * 20
        ann.dm("switch to Maya", root)
        await house.until(lambda: len(roots(ann)) == 2)
        await house.stop()
    posted = roots(ann)[-1]
    assert replies(ann.sees(thread=posted)) == []
    after = House(house.server, house.mode, house.database)
    await after.start()
    try:
        new = await opened(after, ann, 2)
        assert new.ts == posted.ts
        # It is a session: what is said there is answered by its coach.
        ann.dm("I sleep badly since I got the new job", new)
        await after.until(lambda: len(replies(ann.sees(thread=new))) == 2)
        assert replies(ann.sees(thread=new))[-1].body["username"] == "Dr. Maya Wellness"
    finally:
        await after.stop()
    assert len(roots(ann)) == 2


async def test_who_dies_between_storing_and_telling_slack_starts_nothing_anew(
    house: House, acme: Workspace, monkeypatch: pytest.MonkeyPatch
):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    monkeypatch.setattr(house.slack.desk, "link", _dies)
    ann.dm("switch to Maya", root)
    new = await opened(house, ann, 2)
    monkeypatch.undo()
    await opened(house, ann, 2)
    assert roots(ann)[-1].ts == new.ts
