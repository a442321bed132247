"""Transactions hold, rows of other people can't be reached, errors speak."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, update
from sqlalchemy.dialects import sqlite

from storage.address import address_of
from storage.clock import now
from storage.database import Database
from storage.errors import DatabaseLockedError, StorageError, explain
from storage.ids import new_message_id
from storage.people import add_person, me_of
from storage.queries import PersonScope, Row, table
from storage.tables import UTCDateTime

NOW = datetime(2026, 11, 23, tzinfo=UTC)


async def _person(database: Database, name: str) -> str:
    row = await database.write(
        lambda connection: add_person(connection, "terminal", "local", name, NOW, None)
    )
    return row["id"]


async def test_a_failing_write_leaves_nothing(database: Database) -> None:
    ada = await _person(database, "ada")

    def work(connection: Connection) -> None:
        PersonScope(connection, ada).add_one("outcomes", kind="offer", note="", at=NOW)
        raise RuntimeError("crash")

    with pytest.raises(RuntimeError):
        await database.write(work)
    assert await database.read(lambda c: PersonScope(c, ada).count("outcomes")) == 0


async def test_side_by_side_writes_lose_nothing(database: Database) -> None:
    ada = await _person(database, "ada")
    other = Database(database.address.target)
    await other.open()

    def more(connection: Connection) -> None:
        scope = PersonScope.held(connection, ada)
        scope.change_me(paused_turns=scope.me()["paused_turns"] + 1)

    await asyncio.gather(*(db.write(more) for db in [database, other] * 20))
    await other.close()
    assert (await database.read(lambda c: PersonScope(c, ada).me()))["paused_turns"] == 40


async def test_another_persons_rows_are_out_of_reach(database: Database) -> None:
    ada, bob = await _person(database, "ada"), await _person(database, "bob")

    def work(connection: Connection) -> None:
        mine, theirs = PersonScope(connection, ada), PersonScope(connection, bob)
        key = mine.add_one("outcomes", kind="offer", note="", at=NOW)
        assert theirs.change("outcomes", key, note="seen") == 0
        assert theirs.remove("outcomes", id=key) == 0
        assert theirs.rows("outcomes") == []
        assert len(mine.rows("outcomes")) == 1

    await database.write(work)


async def test_the_reading_connection_can_not_write(database: Database) -> None:
    with pytest.raises(StorageError, match="written"):
        await database.read(lambda c: add_person(c, "terminal", "local", "ada", NOW, None))


async def test_times_come_back_in_utc_and_naive_ones_are_refused(database: Database) -> None:
    await _person(database, "ada")
    me = await database.read(lambda c: me_of(c, "terminal", "local", "ada"))
    assert me is not None
    assert me["created_at"] == NOW
    assert me["created_at"].tzinfo is not None
    with pytest.raises(ValueError, match="time zone"):
        UTCDateTime().process_bind_param(datetime(2026, 1, 1), sqlite.dialect())  # noqa: DTZ001


@pytest.mark.parametrize(
    ("url", "target", "shown"),
    [
        ("rocket.db", "rocket.db", "rocket.db"),
        ("sqlite:////srv/rocket.db", "/srv/rocket.db", "/srv/rocket.db"),
        ("sqlite+aiosqlite:///rocket.db", "rocket.db", "rocket.db"),
        (
            "postgres://ada:s%40cret@db.example:5433/coach",
            "postgresql://ada:s%40cret@db.example:5433/coach",
            "postgresql://db.example:5433/coach",
        ),
        (
            "postgresql+asyncpg://ada@[::1]/coach?ssl=require&channel_binding=require",
            "postgresql://ada@[::1]/coach?sslmode=require",
            "postgresql://[::1]/coach",
        ),
        (
            "postgresql:///coach?host=/run/postgresql&password=secret",
            "postgresql:///coach?host=%2Frun%2Fpostgresql&password=secret",
            "postgresql:///coach",
        ),
    ],
)
def test_addresses_and_how_they_are_shown(url: str, target: str, shown: str) -> None:
    found = address_of(url)
    assert (found.target, found.shown) == (target, shown)
    assert "secret" not in repr(found) + found.shown


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("", "path"),
        (" ", "path"),
        ("a\0b", "path"),
        ("sqlite://", "names no file"),
        ("sqlite:///", "names no file"),
        ("sqlite:///:memory:", "names no file"),
        ("mysql://ada:pa55@host/db", "'mysql'"),
        ("postgresql://ada:pa55@host", "names no database"),
        ("postgresql://ada:pa55@host/", "names no database"),
        ("postgresql://ada:pa55@host:5432x/db", "port"),
        ("postgresql://ada:pa55@host:/db/x", "%2F"),
        ("postgresql://ada:x@pa55@host/db", "%40"),
        ("postgresql://ada:x/pa55@host/db", "%2F"),
        ("postgresql://ada:x#pa55@host/db", "%23"),
        ("postgresql://ada:x?pa55@host/db", "%3F"),
        ("postgresql://ada:[pa55@host/db", "password"),
    ],
)
def test_what_is_no_address_is_refused_without_its_password(url: str, word: str) -> None:
    with pytest.raises(StorageError) as refused:
        Database(url)
    assert word in str(refused.value)
    assert "pa55" not in str(refused.value)


def test_message_ids_grow_and_stay_exact_in_json() -> None:
    ids = [new_message_id() for _ in range(5000)]
    assert ids == sorted(set(ids))
    assert max(ids) < 2**53


@pytest.mark.parametrize(
    ("told", "kind", "word"),
    [
        ("database is locked", DatabaseLockedError, "in use"),
        ("attempt to write a readonly database", StorageError, "permission"),
        ("database disk image is malformed", StorageError, "backup"),
        ("file is not a database", StorageError, "backup"),
        ("database or disk is full", StorageError, "disk is full"),
        ("something new", StorageError, "error"),
    ],
)
def test_driver_errors_become_sentences(told: str, kind: type[Exception], word: str) -> None:
    error = explain(sqlite3.OperationalError(told), "rocket.db")
    assert isinstance(error, kind)
    assert word in str(error)
    assert "rocket.db" in str(error)


async def test_pieces_of_a_transaction_stay_together(database: Database) -> None:
    ada = await _person(database, "ada")
    async with database.transaction() as transaction:
        await transaction.run(lambda c: PersonScope(c, ada).change_me(paused_turns=1))
        seen = await transaction.run(lambda c: PersonScope(c, ada).me()["paused_turns"])
        outside = await database.read(lambda c: PersonScope(c, ada).me()["paused_turns"])
        await transaction.run(lambda c: PersonScope(c, ada).change_me(locale="de"))
    assert (seen, outside) == (1, 0)
    me = await database.read(lambda c: PersonScope(c, ada).me())
    assert (me["paused_turns"], me["locale"]) == (1, "de")


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    ada = await _person(database, "ada")

    async def block() -> None:
        async with database.transaction() as transaction:
            await transaction.run(lambda c: PersonScope(c, ada).change_me(locale="de"))
            raise KeyError

    with pytest.raises(KeyError):
        await block()
    assert (await database.read(lambda c: PersonScope(c, ada).me()))["locale"] is None
    assert await _person(database, "bob")


async def test_a_failed_piece_can_not_be_passed_over(database: Database) -> None:
    ada = await _person(database, "ada")

    def fault(connection: Connection) -> None:
        PersonScope(connection, ada).change_me(locale="fr")
        raise KeyError

    async def block() -> None:
        async with database.transaction() as transaction:
            await transaction.run(lambda c: PersonScope(c, ada).change_me(locale="de"))
            with pytest.raises(KeyError):
                await transaction.run(fault)

    with pytest.raises(RuntimeError, match="nothing of it stays"):
        await block()
    assert (await database.read(lambda c: PersonScope(c, ada).me()))["locale"] is None


async def test_writing_past_the_own_transaction_is_refused_not_awaited(database: Database) -> None:
    async with database.transaction():
        with pytest.raises(RuntimeError, match="inside a transaction"):
            await database.write(lambda c: None)
        with pytest.raises(RuntimeError, match="inside a transaction"):
            async with database.transaction():
                pass
    await database.write(lambda c: None)


_COLUMNS = ("locale", "time_zone", "menu_text")


async def _three(database: Database, ada: str, before: Callable[[int], None]) -> None:
    """A transaction of three pieces; ``before`` is called inside each, with its number."""

    def piece(connection: Connection, number: int) -> None:
        before(number)
        PersonScope(connection, ada).change_me(**{_COLUMNS[number]: "new"})

    async with database.transaction() as transaction:
        for number in range(3):
            await transaction.run(lambda c, number=number: piece(c, number))


async def _cancelled(task: asyncio.Task[None], database: Database, ada: str) -> Row:
    # It may have ended before the cancellation came.
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert await database.write(lambda c: PersonScope(c, ada).count("accounts")) == 1
    return await database.read(lambda c: PersonScope(c, ada).me())


@pytest.mark.parametrize("piece", range(3))
async def test_cancelled_in_a_piece_of_work_nothing_stays(database: Database, piece: int) -> None:
    ada = await _person(database, "ada")
    loop = asyncio.get_running_loop()

    def before(number: int) -> None:
        if number == piece:
            loop.call_soon_threadsafe(task.cancel)

    task = asyncio.create_task(_three(database, ada, before))
    me = await _cancelled(task, database, ada)
    assert [me[column] for column in _COLUMNS] == [None] * 3


@pytest.mark.parametrize("steps", range(1, 12))
async def test_cancelled_at_any_step_nothing_is_left_open(database: Database, steps: int) -> None:
    ada = await _person(database, "ada")
    task = asyncio.create_task(_three(database, ada, lambda number: None))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    me = await _cancelled(task, database, ada)
    assert len({me[column] for column in _COLUMNS}) == 1


async def test_transactions_and_writes_side_by_side_lose_nothing(database: Database) -> None:
    ada = await _person(database, "ada")

    def more(connection: Connection) -> None:
        people = table("people")
        connection.execute(
            update(people).where(people.c.id == ada).values(paused_turns=people.c.paused_turns + 1)
        )

    async def twice() -> None:
        async with database.transaction() as transaction:
            await transaction.run(more)
            await asyncio.sleep(0)
            await transaction.run(more)

    await asyncio.gather(*(database.write(more) if n % 2 else twice() for n in range(20)))
    assert (await database.read(lambda c: PersonScope(c, ada).me()))["paused_turns"] == 30


async def test_the_clock_is_in_utc_and_moves_on(database: Database) -> None:
    async with database.transaction() as transaction:
        first = await transaction.run(now)
        second = await transaction.run(now)
    assert first.utcoffset() == timedelta(0)
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=5)
    assert second > first
