"""Every earlier revision comes up to the newest, and the newest is what the tables say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database import Database
from storage.errors import StorageError
from storage.migrate import HEAD, MIGRATIONS, upgrade
from storage.tables import metadata
from tests.postgres import Cluster

SCRIPTS = ScriptDirectory(str(MIGRATIONS))
REVISION = sa.text("SELECT version_num FROM alembic_version")
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


def test_head_is_the_newest_file() -> None:
    assert SCRIPTS.get_current_head() == HEAD
    assert len(SCRIPTS.get_heads()) == 1


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database is, or will be, that has no tables yet; once for each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'old.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.database() as made:
        yield made.replace("postgresql://", "postgresql+asyncpg://")


async def _at(address: str, revision: str) -> None:
    """Bring an empty database to a revision, and put a person in."""
    engine = create_async_engine(address)
    async with engine.begin() as connection:
        await connection.run_sync(upgrade, None, revision)
        await connection.execute(
            sa.text(
                "INSERT INTO people (id, created_at, share_memory, paused_turns, offered) "
                "VALUES ('ada', '2026-11-23 09:00:00+00:00', true, 3, '[]')"
            )
        )
    await engine.dispose()


def _differences(connection: sa.Connection) -> tuple[str | None, list[Any]]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return context.get_current_revision(), compare_metadata(context, metadata)


@pytest.mark.parametrize("revision", [None, *REVISIONS])
async def test_every_revision_comes_up_to_the_tables(empty: str, revision: str | None) -> None:
    if revision is not None:
        await _at(empty, revision)
    database = Database(empty)
    await database.open()
    assert await database.read(_differences) == (HEAD, [])
    people = sa.text("SELECT id, paused_turns FROM people")
    kept = await database.read(lambda c: [tuple(row) for row in c.execute(people)])
    assert kept == ([("ada", 3)] if revision is not None else [])
    await database.close()


def _flat(row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, value in row.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", told) for inner, told in _flat(value))
        else:
            yield key, str(value)


def _shape(connection: sa.Connection) -> dict[str, Any]:
    """All that the database says of its tables, in no order."""
    found = sa.inspect(connection)

    def told(rows: Iterable[Any]) -> list[str]:
        return sorted(repr(sorted(_flat(row))) for row in rows)

    return {
        name: (
            told(found.get_columns(name)),
            told([found.get_pk_constraint(name)]),
            told(found.get_foreign_keys(name)),
            told(found.get_indexes(name)),
            told(found.get_unique_constraints(name)),
            told(found.get_check_constraints(name)),
        )
        for name in found.get_table_names()
    }


async def test_a_new_database_is_what_the_migrations_make(
    empty: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database = Database(empty)
    await database.open()
    made = await database.read(_shape)
    await database.close()
    with ExitStack() as stack:
        if empty.startswith("postgresql"):
            cluster: Cluster = request.getfixturevalue("cluster")
            other = stack.enter_context(cluster.database())
            other = other.replace("postgresql://", "postgresql+asyncpg://")
        else:
            other = f"sqlite+aiosqlite:///{tmp_path / 'other.db'}"
        engine = create_async_engine(other)
        async with engine.begin() as connection:
            for revision in REVISIONS:
                await connection.run_sync(upgrade, None, revision)
            migrated = await connection.run_sync(_shape)
        await engine.dispose()
    assert made == migrated


async def test_a_migration_that_fails_changes_nothing(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a migration would be neither revision: the next start could not go on from it."""

    def broken(connection: sa.Connection, current: str | None) -> None:
        upgrade(connection, current)
        raise StorageError("the power went")

    kind = "postgres" if empty.startswith("postgresql") else "sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(f"storage.{kind}.upgrade", broken)
        with pytest.raises(StorageError, match="power"):
            await Database(empty).open()
    engine = create_async_engine(empty)
    async with engine.connect() as connection:
        assert await connection.run_sync(lambda c: sa.inspect(c).get_table_names()) == []
    await engine.dispose()
    database = Database(empty)
    await database.open()
    assert await database.read(_differences) == (HEAD, [])
    await database.close()


async def test_opening_twice_changes_nothing(address: str) -> None:
    for _ in range(2):
        database = Database(address)
        await database.open()
        assert await database.read(lambda connection: connection.scalar(REVISION)) == HEAD
        await database.close()


async def test_a_database_of_a_newer_version_is_refused_in_words(address: str) -> None:
    database = Database(address)
    await database.open()
    change = sa.text("UPDATE alembic_version SET version_num = '9999'")
    await database.write(lambda connection: connection.execute(change))
    await database.close()
    with pytest.raises(StorageError, match="newer version"):
        await Database(address).open()


async def test_ids_have_room(database: Database) -> None:
    """Ids made here have 53 bits; those the database counts may pass 31 bits in a busy one."""
    ids = [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if column.name == "id" or column.name.endswith("_id")
    ]
    narrow = [
        str(column)
        for column in ids
        if isinstance(column.type, sa.Integer) and not isinstance(column.type, sa.BigInteger)
    ]
    assert narrow == []
    people, outcomes = metadata.tables["people"], metadata.tables["outcomes"]
    moment = datetime(2026, 11, 23, tzinfo=UTC)

    def work(connection: sa.Connection) -> int | None:
        values = {"id": "ada", "created_at": moment, "share_memory": True, "paused_turns": 0}
        connection.execute(people.insert().values(**values, offered=[]))
        row = {"person_id": "ada", "kind": "offer", "note": "", "at": moment}
        connection.execute(outcomes.insert().values(id=2**53 - 1, **row))
        return connection.scalar(sa.select(outcomes.c.id))

    assert await database.write(work) == 2**53 - 1


async def test_settings_that_keep_data_safe(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "rocket.db"))
    await database.open()
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    found = await database.write(
        lambda connection: {name: connection.scalar(sa.text(f"PRAGMA {name}")) for name in names}
    )
    await database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
