"""One SQLite connection in aiosqlite's thread, with SQLAlchemy working inside that thread.

Through SQLAlchemy's own asyncio adapter each statement costs four hops between the event loop and
the thread; here a whole transaction is one hop (docs/decisions/0002). The two protected members of
aiosqlite that this needs are used in this module only.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

_Result = TypeVar("_Result")
_PRAGMAS = (
    "PRAGMA busy_timeout={wait}",
    "PRAGMA foreign_keys=ON",
    # An acknowledged message must survive a power cut.
    "PRAGMA synchronous=FULL",
    # What a person had deleted must not stay readable in free pages.
    "PRAGMA secure_delete=ON",
)


class SqliteLane(aiosqlite.Connection):
    """A connection whose work runs one piece after the other; open it with :func:`open_lane`."""

    engine: Engine

    async def run(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run ``work`` in a transaction of its own (or, on a reading lane, outside of any)."""

        def in_thread() -> _Result:
            with self.engine.begin() as connection:
                return work(connection)

        return await self._execute(in_thread)  # pyright: ignore[reportUnknownMemberType]

    async def raw(self, sql: str) -> None:
        """Run one statement outside of any transaction."""
        work = lambda: self._conn.execute(sql).close()  # noqa: E731
        await self._execute(work)  # pyright: ignore[reportUnknownMemberType]

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def wrap(self) -> None:
        """Put the SQLAlchemy engine around the connection; runs in the thread."""
        self.engine = create_engine(
            "sqlite://", creator=lambda: self._conn, poolclass=StaticPool, pool_reset_on_return=None
        )


async def open_lane(file: str, *, read_only: bool, wait_ms: int) -> SqliteLane:
    """Open a lane on a file.

    Args:
        file: path of the database, created when it is missing and the lane may write.
        read_only: refuse to write; such a lane never waits for a writer (WAL).
        wait_ms: how long to wait for another program's lock.

    Raises:
        sqlite3.Error: the file can't be opened or is no database.
    """

    def connect() -> sqlite3.Connection:
        # No implicit BEGIN of the driver: it loses updates of transactions that read first.
        made = sqlite3.connect(file, isolation_level=None)
        for pragma in _PRAGMAS:
            made.execute(pragma.format(wait=wait_ms))
        made.execute("PRAGMA query_only=ON" if read_only else "PRAGMA journal_mode=WAL")
        return made

    lane = SqliteLane(connect, iter_chunk_size=64)
    try:
        await lane
    except BaseException:
        # Else the thread outlives the event loop it answers to, and complains on standard error.
        await asyncio.to_thread(lane.join)
        raise
    lane.wrap()

    def began(connection: Any) -> None:
        if not read_only:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    event.listen(lane.engine, "begin", began)
    return lane
