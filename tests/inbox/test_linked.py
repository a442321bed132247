"""Mailboxes of linked accounts: one at a time, whoever holds the other is fenced."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, update

from storage import inbox
from storage.clock import now
from storage.database import Database
from storage.inbox import Claim, FencedError, Running, pruning
from storage.linking import LaneBusyError, last_link, merge, part
from storage.people import me_of
from storage.queries import PersonScope, table
from tests.inbox.desk import AT, PLATFORM, Desk, until

PAST = datetime(2020, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=30)
NONE = Running(frozenset(), {})


async def person(desk: Desk, name: str) -> str:
    def look(connection: Connection) -> str:
        me = me_of(connection, PLATFORM, "t1", name)
        assert me is not None
        return me["id"]

    return await desk.database.read(look)


async def linked(desk: Desk) -> tuple[str, str]:
    """Two accounts of one person; their lanes."""
    desk.open()
    for name in ("ada", "bob"):
        await desk.say("hello", name)
        await desk.answered(1, name)
    ada, bob = await person(desk, "ada"), await person(desk, "bob")
    await until(lambda: idle(desk))
    await desk.database.write(lambda c: merge(c, ada, bob, bob, AT))
    return ada, bob


async def idle(desk: Desk) -> bool:
    return all(row["owner"] is None for row in await desk.rows("mailbox"))


async def claim(database: Database, lane: str, owner: str, lease: timedelta = LEASE) -> list[Claim]:
    return await database.write(
        lambda c: inbox.claim(c, owner, [PLATFORM], NONE, 9, now(c), lease, lane)
    )


async def test_both_are_answered_and_never_side_by_side(desk: Desk) -> None:
    await linked(desk)
    assert await person(desk, "ada") == await person(desk, "bob")
    inside, most = 0, 0

    async def mood() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0.05)
        inside -= 1

    desk.engine.moods["slowly"] = mood
    desk.open()
    for number in range(4):
        await asyncio.gather(
            *(desk.say(f"slowly {name} {number}", name) for name in ("ada", "bob"))
        )
        await asyncio.sleep(0.02)
    await until(lambda: desk._settled(1, None))
    assert most == 1
    assert len(await desk.rows("people")) == 1
    said = [row["state"] for row in await desk.rows("inbox")]
    assert said == ["done"] * 10


async def test_who_holds_one_keeps_the_other_from_being_taken(desk: Desk) -> None:
    ada, bob = await linked(desk)
    await desk.close()
    await desk.change("mailbox", ready_at=PAST)
    held = await claim(desk.database, ada, "one")
    assert [one.person for one in held] == [ada]
    assert held[0].linked
    assert await claim(desk.database, bob, "two") == []
    assert not await desk.database.read(lambda c: inbox.look_ahead(c, [PLATFORM], now(c)).now)
    await desk.database.write(lambda c: inbox.release(c, ada, held[0].epoch, PAST))
    both = await desk.database.write(
        lambda c: inbox.claim(c, "three", [PLATFORM], NONE, 9, now(c), LEASE)
    )
    assert len(both) == 1


async def test_a_holder_whose_lease_is_over_is_fenced_by_who_takes_the_other(desk: Desk) -> None:
    ada, bob = await linked(desk)
    await desk.close()
    await desk.change("mailbox", ready_at=PAST)
    (frozen,) = await claim(desk.database, ada, "frozen", timedelta(seconds=-1))
    (held,) = await claim(desk.database, bob, "other")
    assert not held.inherited
    with pytest.raises(FencedError):
        await desk.database.write(lambda c: inbox.fence(c, ada, frozen.epoch))
    renewed = await desk.database.write(lambda c: inbox.renew(c, "frozen", [ada], now(c) + LEASE))
    assert renewed == set()
    await desk.database.write(lambda c: inbox.release(c, bob, held.epoch, None))
    (next_one,) = await claim(desk.database, ada, "next")
    assert next_one.inherited


async def test_nobody_is_merged_while_they_are_worked_for(desk: Desk) -> None:
    desk.open()
    for name in ("ada", "bob"):
        await desk.say("hello", name)
        await desk.answered(1, name)
    ada, bob = await person(desk, "ada"), await person(desk, "bob")
    await until(lambda: idle(desk))
    await desk.close()
    await desk.change("mailbox", ready_at=PAST)
    (held,) = await claim(desk.database, ada, "one")
    before = await desk.rows("people")
    with pytest.raises(LaneBusyError):
        await desk.database.write(lambda c: merge(c, ada, bob, bob, AT))
    assert await desk.rows("people") == before
    # In their own lane they may be.
    await desk.database.write(lambda c: merge(c, ada, bob, ada, AT))
    await desk.database.write(lambda c: inbox.fence(c, ada, held.epoch))


async def test_a_lease_that_ran_out_is_no_hindrance_but_its_holder_is_fenced(desk: Desk) -> None:
    desk.open()
    for name in ("ada", "bob"):
        await desk.say("hello", name)
        await desk.answered(1, name)
    ada, bob = await person(desk, "ada"), await person(desk, "bob")
    await until(lambda: idle(desk))
    await desk.close()
    await desk.change("mailbox", ready_at=PAST)
    (frozen,) = await claim(desk.database, ada, "frozen", timedelta(seconds=-1))
    await desk.database.write(lambda c: merge(c, ada, bob, bob, AT))
    with pytest.raises(FencedError):
        await desk.database.write(lambda c: inbox.fence(c, ada, frozen.epoch))


async def test_parted_both_are_worked_for_side_by_side_again(desk: Desk) -> None:
    ada, bob = await linked(desk)
    await desk.close()
    scope_of = await person(desk, "bob")

    def apart(connection: Connection) -> None:
        link = last_link(PersonScope(connection, scope_of))
        assert link is not None
        part(connection, link, ada)

    await desk.database.write(apart)
    assert {await person(desk, "ada"), await person(desk, "bob")} == {ada, bob}
    await desk.change("mailbox", ready_at=PAST)
    assert len(await claim(desk.database, ada, "one")) == 1
    assert len(await claim(desk.database, bob, "two")) == 1


async def test_a_linked_mailbox_outlives_the_person_it_was_named_after(desk: Desk) -> None:
    await linked(desk)
    await desk.close()
    everybody = update(table("mailbox")).values(ready_at=None)
    await desk.database.write(lambda c: c.execute(everybody))
    assert await desk.database.write(lambda c: pruning.prune_mailboxes(c, 9)) == 0
    assert len(await desk.rows("mailbox")) == 2


async def test_of_two_workers_who_claim_both_at_the_same_moment_one_at_most_has_one(
    desk: Desk,
) -> None:
    if desk.database.dialect == "sqlite":
        pytest.skip("on SQLite one writes at a time")
    ada, bob = await linked(desk)
    await desk.close()
    await desk.change("mailbox", ready_at=PAST)
    other = Database(desk.database.address.target)
    await other.open()
    try:
        async with desk.database.transaction() as transaction:
            first = await transaction.run(
                lambda c: inbox.claim(c, "one", [PLATFORM], NONE, 9, now(c), LEASE, ada)
            )
            # The first is not committed: nobody sees its lease yet.
            assert await claim(other, bob, "two") == []
        assert len(first) == 1
        assert await claim(other, bob, "two") == []
    finally:
        await other.close()
