"""Every earlier revision comes up to the newest, and the newest is what the tables say."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from storage.database import Database
from storage.errors import StorageError
from storage.migrate import HEAD, MIGRATIONS, upgrade
from storage.tables import metadata

SCRIPTS = ScriptDirectory(str(MIGRATIONS))
REVISION = sa.text("SELECT version_num FROM alembic_version")
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()][::-1]


def test_head_is_the_newest_file() -> None:
    assert SCRIPTS.get_current_head() == HEAD
    assert len(SCRIPTS.get_heads()) == 1


@pytest.mark.parametrize("revision", [None, *REVISIONS])
def test_every_revision_comes_up_to_the_tables(tmp_path: Path, revision: str | None) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    if revision is not None:
        with engine.begin() as connection:
            upgrade(connection, None, revision)
    with engine.begin() as connection:
        upgrade(connection, revision)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, metadata) == []
    engine.dispose()


async def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        database = Database(str(tmp_path / "rocket.db"))
        await database.open()
        assert await database.read(lambda connection: connection.scalar(REVISION)) == HEAD
        await database.close()


async def test_a_database_of_a_newer_version_is_refused_in_words(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "rocket.db"))
    await database.open()
    change = sa.text("UPDATE alembic_version SET version_num = '9999'")
    await database.write(lambda connection: connection.execute(change))
    await database.close()
    with pytest.raises(StorageError, match="newer version"):
        await Database(str(tmp_path / "rocket.db")).open()


async def test_settings_that_keep_data_safe(tmp_path: Path) -> None:
    database = Database(str(tmp_path / "rocket.db"))
    await database.open()
    names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
    found = await database.write(
        lambda connection: {name: connection.scalar(sa.text(f"PRAGMA {name}")) for name in names}
    )
    await database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "secure_delete": 1}
