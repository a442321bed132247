"""A turn is one commit; one that fails leaves nothing, is tried again, is put aside at last."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Connection

from bot.inbox import holding, lane, policy, worker
from bot.inbox.holding import Held
from storage import inbox as store
from storage.clock import now
from storage.errors import DatabaseUnavailableError
from storage.inbox import FencedError, Running
from tests.inbox.desk import PLATFORM, Desk, kill, until

NOBODY = Running(frozenset(), {})
GOAL = "I want to lead a team of bakers one day"


async def in_session(desk: Desk) -> None:
    await desk.say("/coach executive_coach")
    await desk.answered(1)


async def said(desk: Desk) -> list[str]:
    return [row["text"] for row in await desk.rows("messages") if row["role"] == "user"]


async def test_a_turn_that_fails_leaves_nothing_and_is_tried_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox = desk.open()
    await in_session(desk)
    before = [await desk.rows(name) for name in ("messages", "persona_sessions", "asked")]
    failed = asyncio.Event()

    def broken(*_: Any, **__: Any) -> None:
        # The transcript and the session were written in this very transaction.
        failed.set()
        raise RuntimeError("on the way")

    with monkeypatch.context() as breaking:
        breaking.setattr(holding.inbox, "keep_reply", broken)
        await desk.say(GOAL)
        await failed.wait()
        await kill(inbox)
    after = [await desk.rows(name) for name in ("messages", "persona_sessions", "asked")]
    assert after == before
    waiting = (await desk.rows("inbox"))[-1]
    assert waiting["state"] == "waiting"
    assert len(await desk.rows("outbox")) == 1
    await desk.change("mailbox", lease_until=None)
    desk.open()
    await desk.answered(2)
    assert await said(desk) == [GOAL]


async def test_after_the_last_try_there_is_an_apology_and_life_goes_on(desk: Desk) -> None:
    tries = 0

    async def poison() -> None:
        nonlocal tries
        tries += 1
        raise RuntimeError("poison")

    desk.engine.moods["poison"] = poison
    desk.open(backoff=(0.0, 0.0, 0.0))
    await in_session(desk)
    await desk.say("this is poison")
    await desk.answered(2)
    await desk.say(GOAL)
    texts = await desk.answered(3)
    assert tries == 4
    assert texts[1] == policy.APOLOGY
    assert await said(desk) == [GOAL]
    dead = (await desk.rows("inbox"))[1]
    assert (dead["state"], dead["error"]) == ("dead", "RuntimeError")
    # The operator may have it tried again.
    assert dead["payload"]["text"] == "this is poison"


async def test_of_a_burst_only_what_is_poisonous_is_put_aside(desk: Desk) -> None:
    async def poison() -> None:
        raise RuntimeError("poison")

    desk.engine.moods["poison"] = poison
    inbox = desk.open(start=False)
    await desk.say("/coach executive_coach")
    for text in (GOAL, "this is poison", "I have three apprentices and a shop"):
        await desk.say(text)
    inbox.start()
    texts = await desk.answered(4)
    assert texts.count(policy.APOLOGY) == 1
    assert "\n".join(await said(desk)) == f"{GOAL}\nI have three apprentices and a shop"


async def test_an_event_that_fails_is_tried_later_and_holds_back_what_follows(desk: Desk) -> None:
    async def poison() -> None:
        raise RuntimeError("poison")

    desk.engine.moods["poison"] = poison
    desk.open(backoff=(300.0,))
    await in_session(desk)
    await desk.say("this is poison")
    await desk.say(GOAL)

    async def put_off() -> Any:
        row = (await desk.rows("inbox"))[1]
        mailbox = (await desk.rows("mailbox"))[0]
        return row["retry_at"] and mailbox["owner"] is None and (row, mailbox)

    row, mailbox = await until(put_off)
    assert row["attempts"] == 1
    assert row["retry_at"] - row["accepted_at"] > timedelta(seconds=290)
    assert mailbox["ready_at"] == row["retry_at"]
    assert len(desk.screen.lines) == 1


async def test_an_event_that_kills_its_workers_ends_with_an_apology(desk: Desk) -> None:
    backoff = (0.0, 0.0)
    desk.open(start=False)
    message = await desk.say("/coach executive_coach")
    for number in range(len(backoff) + 3):
        await claim(desk, f"w{number}", backoff)
    await desk.change("mailbox", lease_until=None)
    desk.open(backoff=backoff)
    assert await desk.answered(1) == [policy.APOLOGY]
    assert (await desk.rows("inbox"))[0]["state"] == "dead"
    assert (await desk.rows("inbox"))[0]["event_key"] == message.message_id
    await desk.say("/coach help")
    assert len(await desk.answered(2)) == 2


async def test_a_worker_that_died_is_no_fault_the_first_time_and_waited_after_then(
    desk: Desk,
) -> None:
    desk.open(start=False)
    await desk.say(GOAL)
    await claim(desk, "w1", (60.0, 60.0))
    _, step = await claim(desk, "w2", (60.0, 60.0))
    assert [row["attempts"] for row in step.heads] == [1]
    _, step = await claim(desk, "w3", (60.0, 60.0))
    assert step.heads == ()
    assert (await desk.rows("inbox"))[0]["attempts"] == 2


async def test_who_died_with_a_reply_on_its_way_did_not_die_of_the_next_event(desk: Desk) -> None:
    first = desk.open()
    desk.screen.cut = [RuntimeError("the wire broke")]
    await desk.say("/coach help")
    await until(lambda: unsent(desk))
    await kill(first)
    await desk.say("/coach sessions")
    for number in range(5):
        await desk.change("outbox", next_at=None)
        _, step = await claim(desk, f"w{number}", (60.0,))
        assert [row["body"] is not None for row in step.unsent] == [True]
    assert [row["attempts"] for row in await desk.rows("inbox")] == [0, 0]


async def unsent(desk: Desk) -> bool:
    return any(row["attempts"] for row in await desk.rows("outbox"))


async def claim(desk: Desk, owner: str, backoff: tuple[float, ...]) -> tuple[Held, lane.Step]:
    """Take the one mailbox there is, with a lease that is over at once."""
    await desk.change(
        "mailbox", lease_until=None, ready_at=(await desk.rows("inbox"))[0]["accepted_at"]
    )

    def work(connection: Connection) -> tuple[Held, lane.Step]:
        at = now(connection)
        (one,) = store.claim(connection, owner, [PLATFORM], NOBODY, 5, at, timedelta(seconds=60))
        held = Held(one, expires=0.0)
        return held, lane.first_step(connection, held, at, backoff)

    return await desk.database.write(work)


async def test_who_lost_the_mailbox_writes_nothing(desk: Desk) -> None:
    desk.open(start=False)
    await desk.say("/coach help")
    old, step = await claim(desk, "old", ())
    new, _ = await claim(desk, "new", ())
    assert new.claim.epoch == old.claim.epoch + 1
    assert new.claim.inherited

    def settle(connection: Connection) -> None:
        # What was read before the fence is of no use: the fence decides.
        store.waiting(connection, old.person, now(connection))
        old.fence(connection)
        store.settle(connection, [step.heads[0]["id"]], "done", now(connection))

    with pytest.raises(FencedError):
        await desk.database.write(settle)

    def give_back(connection: Connection) -> None:
        store.release(connection, old.person, old.claim.epoch, None)

    with pytest.raises(FencedError):
        await desk.database.write(give_back)
    assert (await desk.rows("inbox"))[0]["state"] == "waiting"
    assert (await desk.rows("mailbox"))[0]["owner"] == "new"
    with pytest.raises(FencedError):
        old.still()


async def test_a_whole_turn_of_who_lost_the_mailbox_leaves_nothing(desk: Desk) -> None:
    here, go_on = asyncio.Event(), asyncio.Event()

    async def wait() -> None:
        here.set()
        await go_on.wait()

    desk.engine.moods["slowly"] = wait
    inbox = desk.open()
    await in_session(desk)
    await desk.say("slowly, " + GOAL)
    await here.wait()
    mailbox = (await desk.rows("mailbox"))[0]
    await desk.change("mailbox", epoch=mailbox["epoch"] + 1, owner="another")
    go_on.set()
    await until(lambda: idle(inbox))
    assert await said(desk) == []
    assert (await desk.rows("inbox"))[-1]["state"] == "waiting"
    assert len(desk.screen.lines) == 1
    await desk.change("mailbox", owner=None, lease_until=None)


async def idle(inbox: Any) -> bool:
    return inbox.worker.lanes == 0


async def test_nobody_is_overlooked_where_nobody_looks_twice(desk: Desk) -> None:
    """Each writes again as soon as answered; without a single poll that would mend a lost wake-up.

    A fence that comes after the reading loses a message here now and then.
    """
    desk.open(poll_s=3600.0, merge=False)
    desk.open(poll_s=3600.0, merge=False)

    async def live(person: str) -> None:
        for number in range(1, 16):
            message = desk.message("/coach sessions", person)
            await desk.inboxes[number % 2].accept(message.message_id, message)
            await until(partial(shown, person, number))

    async def shown(person: str, number: int) -> bool:
        return len(desk.screen.texts(person)) == number

    # A worker on SQLite hears of nothing that another process accepts, so each looks for itself.
    if desk.database.dialect == "sqlite":
        first = desk.inboxes[0]
        desk.inboxes[1].worker.wake = first.worker.wake  # type: ignore[method-assign]
        desk.inboxes[1]._intake._wake = first.worker.wake
    await asyncio.gather(*(live(f"p{number}") for number in range(8)))
    assert {line.posts for line in desk.screen.lines.values()} == {1}


async def test_a_database_that_is_away_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(policy, "DATABASE_AWAY", 0.01)
    monkeypatch.setattr(worker, "_AWAY_S", 0.01)
    inbox = desk.open()
    await in_session(desk)
    failures = 0
    write, transaction = desk.database._backend.write, desk.database._backend.transaction
    gone = asyncio.Event()

    async def away() -> None:
        gone.set()

    desk.engine.moods["bakers"] = away

    async def no_write(work: Any, *, long: bool) -> Any:
        nonlocal failures
        if gone.is_set() and failures < 20:
            failures += 1
            raise DatabaseUnavailableError("away")
        return await write(work, long=long)

    def no_transaction() -> Any:
        if gone.is_set() and failures < 20:
            raise DatabaseUnavailableError("away")
        return transaction()

    monkeypatch.setattr(desk.database._backend, "write", no_write)
    monkeypatch.setattr(desk.database._backend, "transaction", no_transaction)
    await desk.say(GOAL)
    await desk.answered(2)
    assert failures == 20
    assert await said(desk) == [GOAL]
    assert [row["attempts"] for row in await desk.rows("inbox")] == [0, 0]
    assert inbox.works
