"""Transactions hold, rows of other people can't be reached, errors speak."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite

from storage.database import Database
from storage.errors import DatabaseLockedError, StorageError, explain
from storage.ids import new_message_id
from storage.queries import PersonScope, add_person, me_of
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
    other = Database(str(database.file))
    await other.open()

    def more(connection: Connection) -> None:
        scope = PersonScope(connection, ada)
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
