"""Writes that share a commit: each stands or falls by itself, and nothing is told too early."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from storage.commits import SharedCommits
from storage.database import Database
from storage.errors import StorageError


@pytest.fixture
async def database(tmp_path: Path) -> AsyncGenerator[Database]:
    database = Database(str(tmp_path / "rocket.db"), wait_ms=50)
    await database.open()
    await database.write(lambda one: one.execute(text("CREATE TABLE said (word TEXT UNIQUE)")))
    try:
        yield database
    finally:
        await database.close()


def say(*words: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        for word in words:
            connection.execute(text("INSERT INTO said VALUES (:word)"), {"word": word})
        return words[-1]

    return work


def stumble(word: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        say(word)(connection)
        raise LookupError(word)

    return work


async def said(database: Database) -> list[str]:
    return await database.read(
        lambda one: list(one.scalars(text("SELECT word FROM said ORDER BY rowid")))
    )


def commits(database: Database) -> int:
    """Transactions that ended in the write-ahead log: its frames that carry a file size."""
    log = Path(f"{database.file}-wal").read_bytes()
    page = int.from_bytes(log[8:12], "big")
    frames = range(32, len(log), page + 24)
    return sum(int.from_bytes(log[start + 4 : start + 8], "big") > 0 for start in frames)


async def test_what_waits_together_is_committed_together_and_in_order(database: Database) -> None:
    before = commits(database)
    words = [f"word {number}" for number in range(40)]
    assert await asyncio.gather(*(database.write(say(word)) for word in words)) == words
    assert await said(database) == words
    assert 1 <= commits(database) - before <= 3


async def test_a_piece_that_raises_is_undone_alone(database: Database) -> None:
    outcomes = await asyncio.gather(
        database.write(say("one")),
        database.write(stumble("two")),
        database.write(say("three", "one")),
        database.write(say("four")),
        return_exceptions=True,
    )
    assert outcomes[0] == "one"
    assert isinstance(outcomes[1], LookupError)
    assert isinstance(outcomes[2], StorageError)
    assert outcomes[3] == "four"
    assert await said(database) == ["one", "four"]


async def test_where_the_file_is_locked_each_is_told_and_nothing_is_written(
    database: Database,
) -> None:
    other = sqlite3.connect(database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcomes = await asyncio.gather(
        *(database.write(say(word)) for word in ("one", "two")), return_exceptions=True
    )
    other.close()
    assert all(isinstance(outcome, StorageError) for outcome in outcomes)
    assert await database.write(say("three")) == "three"
    assert await said(database) == ["three"]


async def test_what_makes_the_whole_transaction_fail_is_told_to_all(database: Database) -> None:
    def lose(connection: Connection) -> None:
        # As SQLite itself does on a full disk.
        connection.exec_driver_sql("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    outcomes = await asyncio.gather(
        database.write(say("one")),
        database.write(lose),
        database.write(say("three")),
        return_exceptions=True,
    )
    assert all(isinstance(outcome, StorageError) for outcome in outcomes)
    assert await said(database) == []
    assert await database.write(say("four")) == "four"


async def test_who_is_cancelled_before_the_turn_came_is_left_out(database: Database) -> None:
    async with database.transaction():
        first = asyncio.create_task(database.write(say("one")))
        await asyncio.sleep(0)
        second = asyncio.create_task(database.write(say("two")))
        third = asyncio.create_task(database.write(say("three")))
        await asyncio.sleep(0)
        second.cancel()
    assert await asyncio.gather(first, third) == ["one", "three"]
    assert await said(database) == ["one", "three"]


async def test_a_closed_database_is_closed_after_all_is_written(database: Database) -> None:
    writing = [asyncio.create_task(database.write(say(str(number)))) for number in range(70)]
    await asyncio.sleep(0)
    await database.close()
    assert [await one for one in writing] == [str(number) for number in range(70)]
    await database.open()
    assert len(await said(database)) == 70


async def test_a_result_is_told_after_the_commit_only() -> None:
    order: list[str] = []

    async def write(works: object) -> list[object]:
        order.append("written")
        await asyncio.sleep(0)
        order.append("committed")
        return ["result"]

    assert await SharedCommits(write).run(lambda _: "result") == "result"
    assert order == ["written", "committed"]


async def test_what_may_wait_is_committed_with_what_comes_next(database: Database) -> None:
    before = commits(database)
    await database.ahead(say("memo"), lambda error: pytest.fail(str(error)))
    await database.write(say("turn"))
    assert await said(database) == ["memo", "turn"]
    assert commits(database) == before + 1


async def test_what_may_wait_is_written_though_nothing_comes_next(database: Database) -> None:
    await database.ahead(say("memo"), lambda error: pytest.fail(str(error)))
    async with asyncio.timeout(10):
        while await said(database) != ["memo"]:
            await asyncio.sleep(0.005)


async def test_closing_writes_what_may_wait(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "rocket.db"))
    await database.open()
    await database.write(lambda one: one.execute(text("CREATE TABLE said (word TEXT UNIQUE)")))
    await database.ahead(say("memo"), lambda error: pytest.fail(str(error)))
    await database.close()
    again = Database(str(tmp_path / "rocket.db"))
    await again.open()
    try:
        assert await said(again) == ["memo"]
    finally:
        await again.close()


@pytest.mark.parametrize("long", [False, True])
async def test_only_what_is_long_leaves_the_event_loop(database: Database, long: bool) -> None:
    here = threading.get_ident()
    where = await database.write(lambda _: threading.get_ident(), long=long)
    assert (where != here) is long
    assert await database.write(say("one"), long=long) == "one"
    with pytest.raises(LookupError):
        await database.write(stumble("two"), long=long)
    assert await said(database) == ["one"]


async def test_the_loop_goes_on_while_another_program_writes(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "rocket.db"), wait_ms=60_000)
    await database.open()
    await database.write(lambda one: one.execute(text("CREATE TABLE said (word TEXT UNIQUE)")))
    other = sqlite3.connect(database.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = [asyncio.create_task(database.write(say(word))) for word in ("one", "two")]
    began = time.monotonic()
    await asyncio.sleep(0.05)
    # Were the loop held up by the lock, it would be for as long as a write waits.
    assert time.monotonic() - began < 30
    assert not any(one.done() for one in writing)
    other.execute("ROLLBACK")
    assert await asyncio.gather(*writing) == ["one", "two"]
    assert await said(database) == ["one", "two"]
    other.close()
    await database.close()
