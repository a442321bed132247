"""The connection to the database and its transactions.

SQLite runs with our own ``BEGIN IMMEDIATE`` (the driver's implicit BEGIN loses updates), one write
connection behind a lock, and a read-only engine beside it that never waits for the writer (WAL).
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from storage.errors import StorageError, explain
from storage.migrate import HEAD, upgrade

_PRAGMAS = (
    "PRAGMA busy_timeout=10000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA synchronous=FULL",
    # What a person had deleted must not stay readable in free pages.
    "PRAGMA secure_delete=ON",
)


class Database:
    """One database. Call :meth:`open` before use and :meth:`close` after.

    Args:
        url: a SQLAlchemy URL, ``sqlite+aiosqlite:///file`` or a plain file path.
    """

    def __init__(self, url: str) -> None:
        self.url = make_url(url if "://" in url else f"sqlite+aiosqlite:///{url}")
        self._lock = asyncio.Lock()
        self._writer: AsyncEngine | None = None
        self._reader: AsyncEngine | None = None

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None for another kind of database."""
        name = self.url.database
        if self.url.get_backend_name() != "sqlite" or not name or name == ":memory:":
            return None
        return Path(name)

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises StorageError with a clear sentence."""
        try:
            if self.file is not None:
                self.file.parent.mkdir(parents=True, exist_ok=True)
            self._writer = self._engine(read_only=False)
            await self._migrate(self._writer)
            self._reader = self._engine(read_only=True)
        except (DatabaseError, DBAPIError, sqlite3.Error, OSError) as error:
            await self.close()
            raise explain(error, self._where) from error
        except StorageError:
            await self.close()
            raise

    async def close(self) -> None:
        """Give all connections back."""
        for engine in (self._reader, self._writer):
            if engine is not None:
                await engine.dispose()
        self._reader = self._writer = None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A connection for reading; sees what was committed before its first statement."""
        if self._reader is None:
            raise RuntimeError("the database is not open")
        try:
            async with self._reader.connect() as connection:
                yield connection
        except (DBAPIError, sqlite3.Error) as error:
            raise explain(error, self._where) from error

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A write transaction: committed at the end of the block, rolled back on an error."""
        if self._writer is None:
            raise RuntimeError("the database is not open")
        try:
            async with self._lock, self._writer.begin() as connection:
                yield connection
        except (DBAPIError, sqlite3.Error) as error:
            raise explain(error, self._where) from error

    async def wipe_log(self) -> None:
        """Fold the write-ahead log into the file and empty it, so that deleted words leave it too."""
        if self._writer is not None and self.file is not None:
            async with self._lock, self._writer.connect() as connection:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection
                await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def _where(self) -> str:
        return str(self.file or self.url.render_as_string(hide_password=True))

    def _engine(self, *, read_only: bool) -> AsyncEngine:
        memory = self.file is None
        # Reads are single statements and need no transaction, whose BEGIN and ROLLBACK would cost
        # more than the read.
        autocommit: Any = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
        engine = create_async_engine(
            self.url,
            poolclass=AsyncAdaptedQueuePool,
            pool_size=4 if read_only and not memory else 1,
            max_overflow=0,
            pool_reset_on_return=None if read_only else "rollback",
            connect_args={"isolation_level": None},
            **(autocommit if read_only else {}),
        )

        def connected(connection: Any, _record: object) -> None:
            cursor = connection.cursor()
            for pragma in _PRAGMAS:
                cursor.execute(pragma)
            cursor.execute("PRAGMA query_only=ON" if read_only else "PRAGMA journal_mode=WAL")
            cursor.close()

        def began(connection: Any) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

        event.listen(engine.sync_engine, "connect", connected)
        if not read_only:
            event.listen(engine.sync_engine, "begin", began)
        return engine

    async def _migrate(self, engine: AsyncEngine) -> None:
        async with engine.connect() as connection:
            tables = await connection.execute(
                text("SELECT name FROM sqlite_master WHERE name IN ('alembic_version', 'people')")
            )
            known = {row[0] for row in tables}
            current: str | None = None
            if "alembic_version" in known:
                current = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        # Alembic costs a tenth of a second to import: not needed when nothing is to be done.
        if current != HEAD:
            async with engine.begin() as connection:
                await connection.run_sync(upgrade, current)
