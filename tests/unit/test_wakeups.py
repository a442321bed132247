"""Wake-ups between programs, and the clock of the server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from storage.address import address_of
from storage.clock import now
from storage.database import Database
from storage.wakeups import MAX_PAYLOAD, Wakeups, notify
from tests.postgres import Cluster
from tests.unit.test_postgres import GIVE_UP, until


@pytest.fixture
def database(postgres: Database) -> Database:
    return postgres


@contextlib.asynccontextmanager
async def _listening(place: str) -> AsyncIterator[list[str]]:
    heard: list[str] = []
    task = asyncio.create_task(Wakeups(address_of(place)).listen(heard.append))
    yield heard
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_wakeup_comes_with_the_commit_and_not_without(database: Database) -> None:
    async with _listening(database.address.target) as heard:
        await until(lambda: heard == [""])

        def undone(connection: Connection) -> None:
            notify(connection, "undone")
            raise KeyError

        with pytest.raises(KeyError):
            await database.write(undone)
        async with database.transaction() as transaction:
            await transaction.run(lambda c: notify(c, "ada"))
            await transaction.run(lambda c: notify(c, "x" * MAX_PAYLOAD))
            assert heard == [""]
        await until(lambda: len(heard) == 3)
        assert heard == ["", "ada", "x" * MAX_PAYLOAD]
    with pytest.raises(ValueError, match="id"):
        await database.write(lambda c: notify(c, "é" * (MAX_PAYLOAD // 2 + 1)))


async def test_listening_goes_on_after_a_restart_and_says_that_something_may_be_missed(
    own: Cluster,
) -> None:
    database = Database(own.address())
    await database.open()
    async with _listening(own.address()) as heard:
        await until(lambda: heard == [""])
        own.stop("immediate")
        await asyncio.sleep(0.5)
        own.start()
        await until(lambda: heard == ["", ""])
        await database.write(lambda c: notify(c, "ada"))
        await until(lambda: heard == ["", "", "ada"])
    await database.close()


async def test_listening_waits_for_a_server_that_is_not_there_yet(own: Cluster) -> None:
    own.stop()
    async with _listening(own.address()) as heard:
        await asyncio.sleep(0.3)
        assert heard == []
        own.start()
        await until(lambda: heard == [""])


async def test_a_connection_that_is_silent_for_long_is_tried(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.wakeups._TRY_S", 0.01)
    tried = text(
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND query = 'SELECT 1'"
    )
    async with _listening(database.address.target) as heard:
        async with asyncio.timeout(GIVE_UP):
            while await database.read(lambda c: c.scalar(tried)) != 1:
                await asyncio.sleep(0.01)
        await database.write(lambda c: notify(c, "ada"))
        await until(lambda: heard == ["", "ada"])


async def test_on_sqlite_there_is_nobody_to_wake(tmp_path: Path) -> None:
    database = Database(f"{tmp_path}/rocket.db")
    await database.open()
    heard: list[str] = []
    await Wakeups(database.address).listen(heard.append)
    await database.write(lambda c: notify(c, "x" * (MAX_PAYLOAD + 1)))
    assert heard == []
    await database.close()


async def test_the_clock_is_the_servers(database: Database) -> None:
    def moments(connection: Connection) -> list[datetime]:
        there = text("SELECT clock_timestamp()")
        return [connection.scalar(there), now(connection), connection.scalar(there)]

    found = await database.write(moments)
    assert found == sorted(found)
