"""Bursts, those who write too fast, what no database takes, and ending in order."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from bot.inbound import Delete, Edit
from bot.inbox import policy
from storage import inbox as store
from storage.clock import now
from storage.errors import StorageError
from storage.inbox import Running
from tests.inbox.desk import PLATFORM, Desk, until
from tests.inbox.test_turns import GOAL, NOBODY, in_session, said


async def test_who_writes_too_fast_is_told_once_and_answered_later(desk: Desk) -> None:
    desk.open(turns_a_minute=2, merge=False, start=False)
    for _ in range(5):
        await desk.say("/coach sessions")
    desk.inboxes[-1].start()

    async def slowed(after: int) -> Any:
        mailbox = (await desk.rows("mailbox"))[0]
        return mailbox["owner"] is None and mailbox["epoch"] > after and mailbox

    mailbox = await until(lambda: slowed(1))
    await desk.say("/coach sessions")
    mailbox = await until(lambda: slowed(mailbox["epoch"] + 1))
    assert len(desk.screen.lines) == 3
    sentence = desk.screen.texts()[2]
    assert sentence.startswith(policy.TOO_FAST.split("{")[0])
    # The minute is over.
    past = mailbox["minute_at"] - timedelta(seconds=61)
    await desk.change("mailbox", minute_at=past, ready_at=past)
    desk.inboxes[-1].worker.wake()

    async def two_more() -> bool:
        return len(desk.screen.lines) == 6

    await until(two_more)
    assert sum(text.startswith(sentence[:20]) for text in desk.screen.texts()) == 2
    waiting = [row for row in await desk.rows("inbox") if row["settled_at"] is None]
    assert len(waiting) == 2


async def test_a_burst_is_one_turn_whose_parts_can_be_changed(desk: Desk) -> None:
    inbox = desk.open(start=False)
    await desk.say("/coach executive_coach")
    parts = [await desk.say(text) for text in ("Good morning", GOAL, "My boss does not know yet")]
    inbox.start()
    await desk.answered(2)
    rows = await desk.rows("inbox")
    assert len({row["reply_key"] for row in rows}) == 2
    assert {row["reply_key"] for row in rows[1:]} == {rows[1]["reply_key"]}
    second = parts[1]
    place = (second.conversation, second.message_id, second.sender)
    await inbox.accept("e1", Edit(*place, "I want to open a cafe", second.sent_at))
    await desk.answered(3)
    assert await said(desk) == ["Good morning\nI want to open a cafe\nMy boss does not know yet"]
    first = parts[0]
    place = (first.conversation, first.message_id, first.sender)
    await inbox.accept("d1", Delete(*place, first.sent_at))

    async def gone() -> bool:
        return await said(desk) == ["I want to open a cafe\nMy boss does not know yet"]

    await until(gone)


async def test_words_no_database_can_hold_do_not_mute_anybody(desk: Desk) -> None:
    desk.open()
    await in_session(desk)
    await desk.say("a nul \x00 and half a pair \ud83d of surrogates, I want to lead")
    await desk.answered(2)
    await desk.say(GOAL)
    await desk.answered(3)
    assert (await said(desk))[-1] == GOAL


async def test_what_a_database_refuses_is_put_aside_in_the_end(desk: Desk) -> None:
    async def refuse() -> None:
        raise StorageError("It does not like this text.")

    desk.engine.moods["poison"] = refuse
    desk.open()
    await in_session(desk)
    await desk.say("this is poison")
    await desk.say(GOAL)
    texts = await desk.answered(3)
    assert texts[1] == policy.APOLOGY


async def test_a_tenant_with_many_does_not_keep_another_waiting(desk: Desk) -> None:
    desk.open(start=False)
    for number in range(20):
        await desk.say("/coach help", f"p{number}", "big")
    await desk.say("/coach help", "eve", "small")

    def take(running: Running) -> Any:
        def work(connection: Connection) -> list[str]:
            claims = store.claim(
                connection, "w", [PLATFORM], running, 4, now(connection), timedelta(seconds=60)
            )
            return [one.tenant for one in claims]

        return desk.database.write(work)

    # Lanes of the big one that are under way count against it.
    assert sorted(await take(NOBODY)) == ["big", "big", "big", "small"]
    await desk.say("/coach help", "tom", "small")
    assert "small" in await take(Running(frozenset(), {"big": 3}))


async def test_ending_in_order_gives_back_what_is_held(desk: Desk) -> None:
    here, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        here.set()
        await go_on.wait()

    desk.engine.moods["slowly"] = wait
    inbox = desk.open(merge=False)
    await in_session(desk)
    await desk.say("slowly, " + GOAL)
    await here.wait()
    await desk.say("I have three apprentices")
    ending = asyncio.create_task(inbox.stop())
    await asyncio.sleep(0)
    go_on.set()
    await ending
    # The turn under way was finished and shown; the next is for others, at once.
    assert len(desk.screen.lines) == 2
    assert [row["state"] for row in await desk.rows("inbox")] == ["done", "done", "waiting"]
    mailbox = (await desk.rows("mailbox"))[0]
    assert (mailbox["owner"], mailbox["lease_until"]) == (None, None)
    desk.open()
    await desk.answered(3)
    assert [row["attempts"] for row in await desk.rows("inbox")] == [0, 0, 0]


async def test_a_long_turn_keeps_its_lease(desk: Desk) -> None:
    go_on = asyncio.Event()
    desk.engine.moods["slowly"] = go_on.wait  # type: ignore[assignment]
    inbox = desk.open(lease_s=6.0)
    await desk.say("slowly, " + GOAL)

    async def lease() -> Any:
        return (await desk.rows("mailbox"))[0]["lease_until"]

    first = await until(lease)

    async def renewed() -> bool:
        return await lease() > first

    await until(renewed)
    held = next(iter(inbox.worker._held.values()))
    held.still()
    go_on.set()
    await desk.answered(1)


async def test_a_lease_that_was_renewed_too_late_is_not_taken_from_oneself(desk: Desk) -> None:
    go_on = asyncio.Event()
    desk.engine.moods["slowly"] = go_on.wait  # type: ignore[assignment]
    inbox = desk.open(lease_s=30.0)
    await desk.say("slowly, " + GOAL)

    async def working() -> bool:
        return inbox.worker.lanes == 1

    await until(working)
    epoch = (await desk.rows("mailbox"))[0]["epoch"]
    await desk.change("mailbox", lease_until=(await desk.rows("inbox"))[0]["accepted_at"])
    for _ in range(5):
        assert await inbox.worker._claim() == 0
    assert (await desk.rows("mailbox"))[0]["epoch"] == epoch
    go_on.set()
    await desk.answered(1)
