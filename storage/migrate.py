"""Brings a database to the newest schema revision, or says why it can't."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from storage.errors import StorageError

MIGRATIONS = Path(__file__).parent / "migrations"
# The newest revision; a test holds it to the files in migrations/versions.
HEAD = "0009"


def upgrade(connection: Connection, current: str | None, target: str = "head") -> None:
    """Run the migrations from ``current`` to ``target`` on an open transaction.

    An empty database gets the newest tables at once: a test holds them to be what the migrations
    make, and Alembic takes longer to load than all else does.

    Raises:
        StorageError: the database was written by a newer version of the program.
    """
    if current is None and target == "head" and not inspect(connection).get_table_names():
        _create(connection)
        return
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if current is not None and current not in known:
        raise StorageError(
            f"The database was written by a newer version of rocket-coach (revision {current}). "
            "Update the program, or use another database (--db, DATABASE_URL)."
        )
    command.upgrade(config, target)


def _create(connection: Connection) -> None:
    from storage.tables import metadata

    metadata.create_all(connection, checkfirst=False)
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})
