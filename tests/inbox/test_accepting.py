"""Events are stored once, together, and no more of them than can be taken in."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.inbox import policy
from bot.inbox.grouping import GroupCommit
from storage.errors import DatabaseUnavailableError
from storage.inbox import FencedError, accepting
from tests.inbox.desk import Desk


async def test_an_event_that_comes_five_times_is_answered_once(desk: Desk) -> None:
    inbox = desk.open(start=False)
    message = desk.message("/coach help")
    together = await asyncio.gather(*(inbox.accept("k1", message) for _ in range(3)))
    assert sorted(together) == [False, False, True]
    inbox.start()
    await desk.answered(1)
    # Also when it was worked off long ago.
    assert await inbox.accept("k1", message) is False
    await desk.say("/coach sessions")
    assert len(await desk.answered(2)) == 2
    assert len(await desk.rows("inbox")) == 2


async def test_a_burst_of_events_shares_commits(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = desk.open(start=False)
    commits = 0
    write = desk.database.write

    async def counted(work: Any) -> Any:
        nonlocal commits
        commits += 1
        return await write(work)

    monkeypatch.setattr(desk.database, "write", counted)
    events = [desk.message("hello", f"p{number % 7}") for number in range(100)]
    done = await asyncio.gather(*(inbox.accept(one.message_id, one) for one in events))
    assert all(done)
    # The first may go alone, those that came meanwhile go with the next.
    assert commits <= 2
    rows = await desk.rows("inbox")
    for person in {row["person_id"] for row in rows}:
        mine = [int(row["event_key"][1:]) for row in rows if row["person_id"] == person]
        assert mine == sorted(mine)


async def test_what_could_not_be_stored_is_not_acknowledged(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = desk.open(start=False)
    with monkeypatch.context() as broken:

        async def away(work: object) -> None:
            raise DatabaseUnavailableError("away")

        broken.setattr(desk.database, "write", away)
        with pytest.raises(DatabaseUnavailableError):
            await inbox.accept("k1", desk.message("hello"))
    assert await inbox.accept("k1", desk.message("hello")) is True


async def test_what_is_too_much_is_told_once_and_not_kept(desk: Desk) -> None:
    inbox = desk.open(queue_limit=2, merge=False, start=False)
    kept = [await desk.say("/coach help"), await desk.say("/coach sessions")]
    for number in range(3):
        await desk.say(f"a secret {number}")
    # Repeats of what is there already are not too much.
    for one in kept:
        assert await inbox.accept(one.message_id, one) is False
    inbox.start()
    texts = await desk.answered(3)
    assert texts.count(policy.TOO_MUCH) == 1
    assert texts[2] == policy.TOO_MUCH
    assert not any("secret" in str(row["payload"]) for row in await desk.rows("inbox"))
    await desk.say("/coach help")
    assert len(await desk.answered(4)) == 4


async def test_repeats_in_one_burst_are_not_too_much(desk: Desk) -> None:
    inbox = desk.open(queue_limit=2, start=False)
    message = desk.message("/coach help")
    await asyncio.gather(*(inbox.accept("k1", message) for _ in range(10)))
    assert [row["kind"] for row in await desk.rows("inbox")] == ["message"]
    inbox.start()
    await desk.answered(1)


async def test_one_that_fails_does_not_spoil_the_others(desk: Desk) -> None:
    group = GroupCommit(desk.database)

    def fenced(connection: Connection) -> str:
        raise FencedError("p2")

    def broken(connection: Connection) -> str:
        raise ValueError("p3")

    works = {"p1": lambda one: "one", "p2": fenced, "p4": lambda one: "four"}
    done = await asyncio.gather(
        *(group.run(key, work) for key, work in works.items()), return_exceptions=True
    )
    assert [done[0], done[2]] == ["one", "four"]
    assert isinstance(done[1], FencedError)
    works["p3"] = broken
    done = await asyncio.gather(
        *(group.run(key, work) for key, work in works.items()), return_exceptions=True
    )
    assert [done[0], done[2]] == ["one", "four"]
    assert isinstance(done[3], ValueError)


async def test_who_was_met_by_another_worker_at_the_same_moment_is_one_person(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.open(start=False)
    await desk.say("first")
    looked: list[int] = []
    known = accepting._known  # pyright: ignore[reportPrivateUsage]

    def too_early(connection: Connection, senders: Any) -> Any:
        # The other worker's commit comes between the look and the insert.
        looked.append(1)
        return {} if len(looked) == 1 else known(connection, senders)

    monkeypatch.setattr(accepting, "_known", too_early)
    await asyncio.gather(desk.say("second"), desk.say("hello", "bo"))
    assert len(looked) >= 2
    rows = await desk.rows("inbox")
    (ada,) = {row["person_id"] for row in rows if ":ada:" in row["conversation"]}
    (bo,) = {row["person_id"] for row in rows if ":bo:" in row["conversation"]}
    assert {row["id"] for row in await desk.rows("people")} == {ada, bo}
    assert len(rows) == 3
