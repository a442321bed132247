"""What an operator sees of the inbox and does to it; what goes by itself, and when."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from sqlalchemy import Connection, func, select, update

from bot.inbox.housekeeping import Cleared, Housekeeping
from storage import inbox, platforms
from storage.database import Database
from storage.inbox import Arrival, operator, pruning
from storage.inbox.operator import Counts, NoSuchItemError
from storage.queries import PersonScope, table

_Result = TypeVar("_Result")
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ODD = "quokkazimmer"


class Desk:
    """A database, and a clock that stands still until it is moved."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.at = AT

    async def do(self, work: Callable[[Connection, datetime], _Result]) -> _Result:
        return await self.database.write(lambda connection: work(connection, self.at))

    async def arrive(self, key: str, person: str = "ada", due: datetime | None = None) -> int:
        """An event comes in; returns its id."""
        arrival = Arrival(
            key, ("test", "t1", person), None, "test:t1:c:t", "message", {"text": ODD}, due
        )
        await self.do(lambda c, at: inbox.accept(c, [arrival], at, 100))
        rows = table("inbox")
        query = select(rows.c.id).where(rows.c.event_key == key)
        return int(await self.do(lambda c, _: c.scalar(query)) or 0)

    async def settle(self, event: int, state: str) -> None:
        await self.do(lambda c, at: inbox.settle(c, [event], state, at, "reply"))
        box = table("mailbox")
        await self.do(lambda c, _: c.execute(update(box).values(ready_at=None)))

    async def reply(self, key: str, state: str) -> int:
        """A reply that was given up, or is on its way where the state is "sending"."""
        person = await self.person()

        def write(connection: Connection, at: datetime) -> int:
            body = {"turn": {"reply": {"text": ODD}}}
            inbox.keep_reply(
                connection,
                key=key,
                inbox_id=1,
                person=person,
                conversation="test:t1:c:t",
                body=body,
                now=at,
            )
            if state != "sending":
                inbox.mark_reply(connection, key, state=state, settled_at=at, error="Boom")
            rows = table("outbox")
            return connection.scalar(select(rows.c.id).where(rows.c.reply_key == key)) or 0

        return await self.do(write)

    async def person(self, name: str = "ada") -> str:
        rows = table("accounts")
        query = select(rows.c.person_id).where(rows.c.external_id == name)
        return str(await self.do(lambda c, _: c.scalar(query)))

    async def rows(self, name: str) -> list[dict[str, Any]]:
        query = select(table(name)).order_by(*table(name).primary_key.columns)
        found = await self.do(lambda c, _: list(c.execute(query).mappings()))
        return [dict(row) for row in found]

    async def many(self, name: str) -> int:
        query = select(func.count()).select_from(table(name))
        return int(await self.do(lambda c, _: c.scalar(query)) or 0)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


async def test_what_waits_and_what_was_put_aside_is_listed_without_a_word_of_it(desk: Desk) -> None:
    await desk.settle(await desk.arrive("done"), "done")
    dead = await desk.arrive("dead")
    await desk.do(lambda c, at: inbox.put_off(c, dead, 6, at, "KeyError"))
    await desk.settle(dead, "dead")
    unsure = await desk.reply("u" * 24, "unsure")
    failed = await desk.reply("f" * 24, "failed")
    desk.at += timedelta(minutes=5)
    waiting = await desk.arrive("waiting")
    await desk.arrive("later", due=AT + timedelta(days=1))
    unsent = await desk.reply("s" * 24, "sending")
    desk.at += timedelta(seconds=30)
    items = await desk.do(lambda c, at: operator.items(c, at, 100))
    assert {(one.id, one.kind, one.state, one.error) for one in items} == {
        (f"e{dead}", "message", "dead", "KeyError"),
        (f"r{unsure}", "reply", "unsure", "Boom"),
        (f"r{failed}", "reply", "failed", "Boom"),
        (f"e{waiting}", "message", "waiting", None),
        (f"r{unsent}", "reply", "sending", None),
    }
    assert ODD not in json.dumps([asdict(one) for one in items], default=str)
    assert [one.since for one in items] == sorted(one.since for one in items)
    assert len(await desk.do(lambda c, at: operator.items(c, at, 2))) == 2
    found = await desk.do(operator.counts)
    assert found == Counts(1, AT + timedelta(minutes=5), 1, 1, 1, 1, 1)


async def test_a_dead_event_comes_in_anew_with_a_reply_of_its_own(desk: Desk) -> None:
    dead = await desk.arrive("one")
    await desk.settle(dead, "dead")
    desk.at += timedelta(hours=1)
    await desk.do(lambda c, at: operator.retry(c, f"e{dead}", at))
    old, new = await desk.rows("inbox")
    assert (old["state"], old["payload"], old["event_key"]) == ("retried", None, "one")
    assert (new["state"], new["payload"], new["attempts"]) == ("waiting", {"text": ODD}, 0)
    assert new["event_key"] != "one"
    assert new["accepted_at"] == desk.at
    (box,) = await desk.rows("mailbox")
    assert box["ready_at"] == desk.at
    # The platform's own repeat is still known.
    assert await desk.arrive("one") == dead
    assert await desk.many("inbox") == 2
    with pytest.raises(NoSuchItemError):
        await desk.do(lambda c, at: operator.retry(c, f"e{dead}", at))


async def test_an_event_that_waits_for_its_next_try_is_tried_at_once(desk: Desk) -> None:
    event = await desk.arrive("one")
    later = AT + timedelta(minutes=5)
    await desk.do(lambda c, _: inbox.put_off(c, event, 3, later, "ValueError"))
    person = await desk.person()
    assert not (await desk.do(lambda c, at: inbox.waiting(c, person, at))).heads
    assert await desk.do(operator.everything_to_retry) == [f"e{event}"]
    await desk.do(lambda c, at: operator.retry(c, f"e{event}", at))
    (head,) = (await desk.do(lambda c, at: inbox.waiting(c, person, at))).heads
    assert (head["id"], head["attempts"]) == (event, 3)


async def test_a_reply_given_up_keeps_its_text_and_is_sent_under_its_own_key(desk: Desk) -> None:
    await desk.arrive("one")
    failed = await desk.reply("f" * 24, "failed")
    unsure = await desk.reply("u" * 24, "unsure")
    assert await desk.do(operator.everything_to_retry) == [f"r{failed}"]
    with pytest.raises(NoSuchItemError, match="may have been shown"):
        await desk.do(lambda c, at: operator.retry(c, f"r{unsure}", at))
    await desk.do(lambda c, at: operator.retry(c, f"r{failed}", at))
    person = await desk.person()
    (row,) = await desk.do(lambda c, _: inbox.unsent(c, person))
    assert (row["reply_key"], row["state"], row["attempts"]) == ("f" * 24, "sending", 0)
    assert row["body"] is not None


async def test_what_is_dropped_leaves_no_word_and_is_known_by_its_key(desk: Desk) -> None:
    dead, waiting = await desk.arrive("dead"), await desk.arrive("waiting")
    await desk.settle(dead, "dead")
    failed = await desk.reply("f" * 24, "failed")
    assert await desk.do(lambda c, _: operator.everything_to_drop(c)) == [
        f"e{dead}",
        f"r{failed}",
    ]
    for item in (f"e{dead}", f"e{waiting}", f"r{failed}"):
        await desk.do(lambda c, at, item=item: operator.drop(c, item, at))
    kept = [*await desk.rows("inbox"), *await desk.rows("outbox")]
    assert [row["state"] for row in kept] == ["dropped"] * 3
    assert ODD not in json.dumps(kept, default=str)
    assert all(row["settled_at"] is not None for row in kept)
    assert not await desk.do(lambda c, at: operator.items(c, at, 10))


@pytest.mark.parametrize("item", ["", "e", "7", "x7", "e-1", "e7.5", "e٣", "e" + "9" * 30, "e999"])
async def test_an_id_that_is_not_there_is_refused(desk: Desk, item: str) -> None:
    await desk.settle(await desk.arrive("done"), "done")
    for change in (operator.retry, operator.drop):
        with pytest.raises(NoSuchItemError):
            await desk.do(lambda c, at, change=change: change(c, item, at))


async def test_what_was_forgotten_can_only_be_dropped(desk: Desk) -> None:
    dead = await desk.arrive("dead")
    await desk.settle(dead, "dead")
    person = await desk.person()
    await desk.do(lambda c, _: PersonScope.held(c, person).forget())
    with pytest.raises(NoSuchItemError, match="no text"):
        await desk.do(lambda c, at: operator.retry(c, f"e{dead}", at))
    await desk.do(lambda c, _: pruning.prune_mailboxes(c, 10))
    with pytest.raises(NoSuchItemError, match="gone"):
        await desk.do(lambda c, at: operator.retry(c, f"e{dead}", at))
    await desk.do(lambda c, at: operator.drop(c, f"e{dead}", at))


async def test_a_tenant_that_is_gone_leaves_no_word_that_was_put_aside(desk: Desk) -> None:
    await desk.settle(await desk.arrive("dead"), "dead")
    await desk.arrive("waiting")
    await desk.reply("f" * 24, "failed")
    person = await desk.person()
    account = {"platform": "test", "tenant": "t2", "external_id": "ada", "person_id": person}
    await desk.do(lambda c, _: c.execute(table("accounts").insert().values(**account)))
    elsewhere = Arrival("two", ("test", "t2", "ada"), None, "test:t2:c:t", "message", {"a": 1})
    await desk.do(lambda c, at: inbox.accept(c, [elsewhere], at, 100))
    await desk.do(lambda c, _: PersonScope.held(c, person).leave_tenant("test", "t1"))
    kept = [*await desk.rows("inbox"), *await desk.rows("outbox")]
    assert ODD not in json.dumps(kept, default=str)
    assert [row["event_key"] for row in kept if row.get("payload")] == ["two"]
    assert (await desk.do(operator.counts)).waiting == 1


# What goes by itself -----------------------------------------------------------------------------


def housekeeping(desk: Desk, days: int = 0) -> Housekeeping:
    return Housekeeping(desk.database, days, lambda _: desk.at)


async def test_it_is_done_once_an_hour_by_one_of_all(desk: Desk) -> None:
    one, other = housekeeping(desk), housekeeping(desk)
    assert await one.once() == Cleared(0, 0, 0)
    assert await other.once() is None
    desk.at += timedelta(minutes=59)
    assert await one.once() is None
    desk.at += timedelta(minutes=1)
    assert await other.once() == Cleared(0, 0, 0)
    assert await one.once() is None


async def test_marks_of_events_go_after_seven_days_and_hints_after_a_year(desk: Desk) -> None:
    marks = ("slack:seen:slack:T1:C1:5.1", "discord:files:77", "slack:hello:T1:U1")
    for mark in marks:
        assert await desk.do(lambda c, at, mark=mark: platforms.once(c, mark, at))
    desk.at = AT + timedelta(days=7)
    assert await housekeeping(desk).once() == Cleared(0, 0, 0)
    desk.at += timedelta(hours=1)
    assert await housekeeping(desk).once() == Cleared(2, 0, 0)
    assert await desk.do(lambda c, _: platforms.was_done(c, marks)) == {marks[2]}
    desk.at = AT + timedelta(days=366)
    assert await housekeeping(desk).once() == Cleared(1, 0, 0)


async def test_forgetting_somebody_forgets_what_was_done_for_their_accounts(desk: Desk) -> None:
    await desk.arrive("one")
    person = (await desk.rows("inbox"))[0]["person_id"]
    accounts = await desk.rows("accounts")
    theirs = f"{accounts[0]['platform']}:hello:t1:{accounts[0]['external_id']}"
    others = f"{accounts[0]['platform']}:hello:t1:x{accounts[0]['external_id']}"
    for mark in (theirs, others):
        await desk.do(lambda c, at, mark=mark: platforms.once(c, mark, at))
    await desk.do(lambda c, _: PersonScope.held(c, person).forget())
    left = await desk.do(lambda c, _: platforms.was_done(c, (theirs, others)))
    assert left == {others}


async def test_keys_are_kept_seven_days_and_what_was_given_up_thirty(desk: Desk) -> None:
    await desk.settle(await desk.arrive("done"), "done")
    await desk.settle(await desk.arrive("dead"), "dead")
    waiting = await desk.arrive("waiting")
    await desk.reply("a" * 24, "sent")
    await desk.reply("f" * 24, "failed")
    await desk.reply("s" * 24, "sending")
    desk.at = AT + timedelta(days=7)
    assert await housekeeping(desk).once() == Cleared(0, 0, 0)
    desk.at += timedelta(hours=1)
    assert await housekeeping(desk).once() == Cleared(2, 0, 0)
    assert [row["event_key"] for row in await desk.rows("inbox")] == ["dead", "waiting"]
    desk.at = AT + timedelta(days=30)
    assert await housekeeping(desk).once() == Cleared(0, 0, 0)
    desk.at += timedelta(hours=1)
    assert await housekeeping(desk).once() == Cleared(2, 0, 0)
    assert [row["id"] for row in await desk.rows("inbox")] == [waiting]
    assert [row["reply_key"] for row in await desk.rows("outbox")] == ["s" * 24]


async def test_many_rows_go_in_parts(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.inbox.housekeeping._AT_ONCE", 3)
    for number in range(10):
        await desk.settle(await desk.arrive(f"k{number}"), "done")
    desk.at += timedelta(days=8)
    assert await housekeeping(desk).once() == Cleared(10, 0, 0)


async def test_the_mailbox_of_nobody_goes_once_nothing_waits_in_it(desk: Desk) -> None:
    event = await desk.arrive("one")
    await desk.arrive("two", person="bo")
    ada = await desk.person()
    await desk.do(lambda c, _: PersonScope.held(c, ada).forget())
    # Rung and not yet looked into: somebody may be at work on it.
    assert await housekeeping(desk).once() == Cleared(0, 0, 0)
    await desk.settle(event, "dropped")
    desk.at += timedelta(hours=1)
    assert await housekeeping(desk).once() == Cleared(0, 1, 0)
    (left,) = await desk.rows("mailbox")
    assert left["person_id"] == await desk.person("bo")


async def talked(desk: Desk, name: str) -> str:
    """Somebody who had a session at this moment."""
    await desk.settle(await desk.arrive(f"{name}-{desk.at}", person=name), "done")
    person = await desk.person(name)

    def write(connection: Connection, at: datetime) -> None:
        coach = {"key": f"coach-{name}", "name": "C", "title": "T", "version": "1"}
        connection.execute(table("persona_profiles").insert().values(**coach))
        PersonScope(connection, person).add(
            "persona_sessions",
            [
                {
                    "id": f"s-{name}",
                    "coach": f"coach-{name}",
                    "tenant": "t1",
                    "conversation": "test:t1:c:t",
                    "objectives": [],
                    "phase": "introduction",
                    "progress": 0.0,
                    "status": "open",
                    "slots": {},
                    "memory": {"said": ODD},
                    "started_at": at,
                    "last_at": at,
                }
            ],
        )

    await desk.do(write)
    return person


async def test_nobody_is_forgotten_unless_that_is_asked_for(desk: Desk) -> None:
    await talked(desk, "ada")
    desk.at += timedelta(days=4000)
    cleared = await housekeeping(desk).once()
    assert cleared is not None
    assert cleared.people == 0
    assert await desk.many("persona_sessions") == 1


async def test_people_untouched_for_so_long_are_forgotten_with_all_that_came_of_them(
    desk: Desk,
) -> None:
    ada = await talked(desk, "ada")
    await desk.arrive("reminder", due=AT + timedelta(days=300))
    desk.at += timedelta(days=10)
    bo = await talked(desk, "bo")
    desk.at = AT + timedelta(days=90)
    assert (await housekeeping(desk, 90).once() or Cleared(0, 0, 9)).people == 0
    desk.at += timedelta(hours=1)
    assert (await housekeeping(desk, 90).once() or Cleared(0, 0, 0)).people == 1
    assert [row["id"] for row in await desk.rows("people")] == [bo]
    assert [row["person_id"] for row in await desk.rows("persona_sessions")] == [bo]
    assert all(row["payload"] is None for row in await desk.rows("inbox"))
    assert (await desk.do(operator.counts)).later == 0
    assert ada not in {row["person_id"] for row in await desk.rows("accounts")}


@pytest.mark.parametrize("sign", ["event", "turn", "message", "held"])
async def test_a_sign_of_life_keeps_a_person(desk: Desk, sign: str) -> None:
    ada = await talked(desk, "ada")
    box = table("mailbox")
    desk.at = AT + timedelta(days=100)
    if sign == "event":
        await desk.arrive("new")
    if sign == "turn":
        epoch = update(box).where(box.c.person_id == ada).values(epoch=7)
        await desk.do(lambda c, _: c.execute(epoch))
        await desk.do(lambda c, at: inbox.fence_turn(c, ada, 7, at, 1))
    if sign == "message":
        row = {"id": 1, "session_id": "s-ada", "role": "coach", "phase": "x", "text": "y"}
        await desk.do(
            lambda c, at: PersonScope(c, ada).add("messages", [{**row, "sources": [], "at": at}])
        )
    if sign == "held":
        until = desk.at + timedelta(seconds=10)
        held = update(box).values(owner="w", lease_until=until)
        await desk.do(lambda c, _: c.execute(held))
    assert (await housekeeping(desk, 90).once() or Cleared(0, 0, 9)).people == 0
    assert await desk.many("people") == 1
