"""Copies of a database in use, and what is refused as one."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from storage.backup import back_up, restore
from storage.database import Database
from storage.errors import StorageError

PAIRS = "CREATE TABLE IF NOT EXISTS pairs (one INTEGER, other INTEGER)"


@pytest.fixture
async def database(tmp_path: Path) -> Database:
    """A closed database with one pair in it."""
    made = Database(str(tmp_path / "rocket.db"))
    await made.open()
    await made.write(lambda c: c.execute(text(PAIRS)))
    await made.write(lambda c: c.execute(text("INSERT INTO pairs VALUES (1, 1)")))
    await made.close()
    return made


def pairs(file: Path) -> list[tuple[int, int]]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute("SELECT one, other FROM pairs").fetchall()


async def test_a_copy_made_while_it_is_written_is_of_one_moment(
    database: Database, tmp_path: Path
) -> None:
    await database.open()
    stop = asyncio.Event()

    async def write() -> int:
        number = 1
        while not stop.is_set():
            number += 1
            async with database.transaction() as transaction:
                half = text(f"INSERT INTO pairs VALUES ({number}, 0)")
                await transaction.run(lambda c, half=half: c.execute(half))
                await asyncio.sleep(0)
                whole = text(f"UPDATE pairs SET other = {number} WHERE one = {number}")
                await transaction.run(lambda c, whole=whole: c.execute(whole))
        return number

    writing = asyncio.create_task(write())
    seen: list[int] = []
    for number in range(5):
        await asyncio.sleep(0.05)
        to = tmp_path / f"copy{number}.db"
        size = await asyncio.to_thread(back_up, database.file, to, overwrite=False)
        assert size == to.stat().st_size
        copied = pairs(to)
        assert all(one == other for one, other in copied)
        seen.append(len(copied))
        assert stat.S_IMODE(to.stat().st_mode) == 0o600
    stop.set()
    assert await writing > seen[-1] > seen[0] >= 1
    await database.close()
    assert len(list(tmp_path.glob("*copy*"))) == 5


async def test_nothing_is_overwritten_unless_that_is_asked_for(
    database: Database, tmp_path: Path
) -> None:
    to = tmp_path / "copy.db"
    to.write_text("precious")
    with pytest.raises(StorageError, match="--yes"):
        back_up(database.file, to, overwrite=False)
    assert to.read_text() == "precious"
    back_up(database.file, to, overwrite=True)
    assert pairs(to) == [(1, 1)]
    with pytest.raises(StorageError, match="itself"):
        back_up(database.file, database.file, overwrite=True)
    with pytest.raises(StorageError, match="folder"):
        back_up(database.file, tmp_path, overwrite=True)
    with pytest.raises(StorageError, match="no database"):
        back_up(tmp_path / "none.db", tmp_path / "x.db", overwrite=False)
    with pytest.raises(StorageError, match="can't be"):
        back_up(database.file, tmp_path / "no" / "folder" / "x.db", overwrite=False)
    assert not list(tmp_path.glob("*.part"))


async def test_what_was_there_is_kept_beside_what_is_restored(
    database: Database, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    back_up(database.file, copy, overwrite=False)
    await database.open()
    await database.write(lambda c: c.execute(text("INSERT INTO pairs VALUES (2, 2)")))
    await database.close()
    with pytest.raises(StorageError, match="--yes"):
        restore(copy, database.file, overwrite=False)
    kept = restore(copy, database.file, overwrite=True)
    assert kept is not None
    assert pairs(kept) == [(1, 1), (2, 2)]
    assert pairs(database.file) == [(1, 1)]
    await database.open()
    await database.close()
    assert restore(copy, tmp_path / "new" / "rocket.db", overwrite=False) is None
    assert pairs(tmp_path / "new" / "rocket.db") == [(1, 1)]


async def test_a_database_in_use_is_not_replaced(database: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(database.file, copy, overwrite=False)
    await database.open()
    with pytest.raises(StorageError, match="in use"):
        restore(copy, database.file, overwrite=True)
    await database.write(lambda c: c.execute(text("INSERT INTO pairs VALUES (2, 2)")))
    await database.close()
    assert pairs(database.file) == [(1, 1), (2, 2)]
    assert not [one for one in tmp_path.iterdir() if "before" in one.name or "part" in one.name]


async def test_what_is_no_whole_copy_of_ours_is_refused(database: Database, tmp_path: Path) -> None:
    before = database.file.read_bytes()
    bad = tmp_path / "bad.db"

    def refused(match: str) -> None:
        with pytest.raises(StorageError, match=match):
            restore(bad, database.file, overwrite=True)
        assert database.file.read_bytes() == before

    refused("There is no backup")
    bad.write_text("a letter to somebody " * 500)
    refused("not a database of this program")
    bad.write_bytes(b"")
    refused("not a database of this program")
    back_up(database.file, bad, overwrite=True)
    whole = bad.read_bytes()
    bad.write_bytes(whole[: len(whole) // 2])
    refused("damaged")
    bad.write_bytes(whole[:8192] + b"\xff" * 8192 + whole[16384:])
    refused("damaged")
    bad.unlink()
    with closing(sqlite3.connect(bad)) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    refused("not a database of this program")
    bad.write_bytes(whole)
    with closing(sqlite3.connect(bad)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    refused("newer version")
    with pytest.raises(StorageError, match="itself"):
        restore(database.file, database.file, overwrite=True)


async def test_a_damaged_database_is_replaced_and_kept(database: Database, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(database.file, copy, overwrite=False)
    damaged = b"no database at all " * 100
    database.file.write_bytes(damaged)
    kept = restore(copy, database.file, overwrite=True)
    assert kept is not None
    assert kept.read_bytes() == damaged
    assert pairs(database.file) == [(1, 1)]


async def test_an_older_copy_comes_up_to_date(database: Database, tmp_path: Path) -> None:
    """A revision before the newest is a known one."""
    copy = tmp_path / "copy.db"
    back_up(database.file, copy, overwrite=False)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    restore(copy, tmp_path / "other.db", overwrite=False)
    assert pairs(tmp_path / "other.db") == [(1, 1)]
