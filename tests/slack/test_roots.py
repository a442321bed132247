"""The root of a new thread is there once, whatever happens between its posting and its storing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.slack import threads, unfinished
from storage import platforms
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
        dead.setattr(unfinished, "note", _leaves_it)
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


async def noted(house: House) -> list[str]:
    """Roots of which it is not known whether they have their session."""
    found = await house.app.database.read(
        lambda one: platforms.threads_like(one, "slack:%:root=%", datetime.now(UTC))
    )
    return [row["conversation"] for row in found]


async def nothing_noted(house: House) -> None:
    async with asyncio.timeout(20):
        while await noted(house):
            await asyncio.sleep(0.02)


async def left_alone(
    house: House, person: Person, how: str, monkeypatch: pytest.MonkeyPatch
) -> Message:
    """The root of a process that died right after posting it."""
    if how == "button":
        person.slash("/coach", "recommend I want more pay after three years on the same ward")
        menu = await house.until(lambda: [m for m in person.sees() if m.only])
    with monkeypatch.context() as dead:
        dead.setattr(house.slack.desk, "accept", _dies)
        dead.setattr(threads, "_take_away", _leaves_it)
        dead.setattr(unfinished, "forget", _leaves_it)
        if how == "button":
            person.click(menu[-1], "start:salary_negotiator")
        else:
            person.slash("/coach", "david")
        await house.until(lambda: roots(person))
        await house.stop()
    (root,) = roots(person)
    assert replies(person.sees(thread=root)) == []
    return root


@pytest.mark.parametrize("how", ["button", "command"])
async def test_what_does_not_come_again_from_slack_is_finished_by_the_next_process(
    house: House, acme: Workspace, monkeypatch: pytest.MonkeyPatch, how: str
):
    ann = acme.user("UANN")
    posted = await left_alone(house, ann, how, monkeypatch)
    monkeypatch.setattr("bot.slack.unfinished._AGE", timedelta(0))
    after = House(house.server, house.mode, house.database)
    await after.start()
    try:
        assert (await opened(after, ann, 1)).ts == posted.ts
        if how == "button":
            # What was said before is known.
            assert "pay" in words(replies(ann.sees(thread=posted))[0])
        await nothing_noted(after)
        ann.dm(STORY, posted)
        await after.until(lambda: len(replies(ann.sees(thread=posted))) == 2)
        assert replies(ann.sees(thread=posted))[-1].body["username"] == "David ValueMax"
        await after.slack.unfinished.look()
        await opened_still(after, ann)
    finally:
        await after.stop()


async def opened_still(house: House, person: Person) -> None:
    await house.rest()
    assert len(roots(person)) == 1
    assert len(replies(person.sees())) == 2


async def test_two_that_finish_the_same_start_one_session(
    house: House, acme: Workspace, monkeypatch: pytest.MonkeyPatch
):
    ann = acme.user("UANN")
    await left_alone(house, ann, "command", monkeypatch)
    after = House(house.server, house.mode, house.database)
    await after.start()
    try:
        after.slack.unfinished._age = timedelta(0)
        await asyncio.gather(*(after.slack.unfinished.look() for _ in range(3)))
        await opened(after, ann, 1)
        assert await noted(after) == []
    finally:
        await after.stop()


async def test_who_comes_late_finds_the_session_and_leaves_its_root(
    house: House, acme: Workspace, monkeypatch: pytest.MonkeyPatch
):
    ann, desk = acme.user("UANN"), house.slack.desk
    house.slack.unfinished._age = timedelta(0)
    accept = desk.accept

    async def after_another(key: str, event: Any) -> bool:
        if key not in begun_ones:
            begun_ones.add(key)
            await house.slack.unfinished.look()
        return await accept(key, event)

    begun_ones: set[str] = set()
    monkeypatch.setattr(desk, "accept", after_another)
    ann.slash("/coach", "david")
    await opened(house, ann, 1)
    await nothing_noted(house)


async def test_a_note_without_a_root_goes_in_time_and_starts_nothing(
    house: House, acme: Workspace, monkeypatch: pytest.MonkeyPatch
):
    ann = acme.user("UANN")
    house.server.faults.fails("chat.postMessage", 20)
    monkeypatch.setattr(unfinished, "forget", _leaves_it)
    ann.slash("/coach", "david")
    async with asyncio.timeout(20):
        while not await noted(house):
            await asyncio.sleep(0.02)
    await house.rest()
    house.slack.unfinished._age = timedelta(0)
    await house.slack.unfinished.look()
    assert len(await noted(house)) == 1
    monkeypatch.setattr(unfinished, "_NEVER", timedelta(0))
    await house.slack.unfinished.look()
    assert await noted(house) == []
    house.server.faults.next.clear()
    await house.rest()
    assert roots(ann) == []


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
