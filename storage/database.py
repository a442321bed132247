"""The database: reading and writing as functions that run whole, in one transaction each.

A piece of work gets a plain SQLAlchemy connection and may not await, so no network call can ever
stand inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from storage.errors import StorageError, explain
from storage.migrate import HEAD, upgrade
from storage.sqlite import SqliteLane, open_lane

_Result = TypeVar("_Result")
Work = Callable[[Connection], _Result]
WAIT_MS = 10_000


class Database:
    """One database. Call :meth:`open` before use and :meth:`close` after.

    Args:
        url: ``sqlite+aiosqlite:///file`` or a plain file path.
        wait_ms: how long a write waits for another program's lock.

    Raises:
        StorageError: the address is none this program can use.
    """

    def __init__(self, url: str, *, wait_ms: int = WAIT_MS) -> None:
        self.url = make_url(url if "://" in url else f"sqlite+aiosqlite:///{url}")
        if self.url.get_backend_name() != "sqlite" or not self.url.database:
            shown = self.url.render_as_string(hide_password=True)
            raise StorageError(
                f"{shown} is not a SQLite file. Set DATABASE_URL to a file, or use --db."
            )
        self._wait_ms = wait_ms
        self._writer: SqliteLane | None = None
        self._reader: SqliteLane | None = None

    @property
    def file(self) -> Path:
        """The SQLite file."""
        return Path(self.url.database or "")

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises StorageError with a clear sentence."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._writer = await open_lane(str(self.file), read_only=False, wait_ms=self._wait_ms)
            self._reader = await open_lane(str(self.file), read_only=True, wait_ms=self._wait_ms)
            revision = await self._reader.run(_revision)
            # Alembic costs a tenth of a second to import: not needed when nothing is to be done.
            if revision != HEAD:
                await self._writer.run(lambda connection: upgrade(connection, revision))
        except (DBAPIError, sqlite3.Error, OSError) as error:
            await self.close()
            raise explain(error, str(self.file)) from error
        except StorageError:
            await self.close()
            raise

    async def close(self) -> None:
        """Give the connections back."""
        for lane in (self._reader, self._writer):
            if lane is not None:
                await lane.close()
        self._reader = self._writer = None

    async def read(self, work: Work[_Result]) -> _Result:
        """Run ``work`` on the reading connection; it sees everything committed before."""
        return await self._run(self._reader, work)

    async def write(self, work: Work[_Result]) -> _Result:
        """Run ``work`` in a write transaction: committed when it returns, undone when it raises."""
        return await self._run(self._writer, work)

    async def _run(self, lane: SqliteLane | None, work: Work[_Result]) -> _Result:
        if lane is None:
            raise RuntimeError("the database is not open")
        try:
            return await lane.run(work)
        except (DBAPIError, sqlite3.Error) as error:
            raise explain(error, str(self.file)) from error

    async def wipe_log(self) -> None:
        """Fold the write-ahead log into the file and empty it: deleted words leave it too."""
        if self._writer is not None:
            await self._writer.raw("PRAGMA wal_checkpoint(TRUNCATE)")


def _revision(connection: Connection) -> str | None:
    """The schema revision of the database, None for an empty one."""
    known = connection.scalar(
        text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
    )
    return connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
