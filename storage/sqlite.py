"""One SQLite connection that aiosqlite's thread and the event loop use in turns, with SQLAlchemy
on top.

Through SQLAlchemy's own asyncio adapter each statement costs four hops between the event loop and
the thread; here a whole transaction is one hop, and where it is short only what waits is left to
the thread: another program's lock, and the disk (docs/decisions/0002). The two protected members of
aiosqlite that this needs are used in this module only.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiosqlite
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, text
from sqlalchemy.exc import DBAPIError

from storage.address import Dialect
from storage.backend import Run, Work
from storage.commits import SharedCommits, Undone
from storage.errors import StorageError, explain
from storage.migrate import HEAD, upgrade
from storage.patience import to_the_end

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
    """A connection whose work runs one piece after the other; open it with :func:`open_lane`.

    Attributes:
        wait_ms: how long a transaction waits for another program's lock.
    """

    engine: Engine
    wait_ms: int

    async def run(self, work: Work[_Result]) -> _Result:
        """Run ``work`` in a transaction of its own (or, on a reading lane, outside of any)."""

        def whole() -> _Result:
            try:
                with self.engine.begin() as connection:
                    return work(connection)
            finally:
                self._undo()

        return await self._in_thread(whole)

    async def run_all(self, works: Sequence[Work[Any]]) -> list[Any]:
        """Run short pieces in one transaction; what one of them raises undoes that piece alone.

        The pieces run right here. In the thread every step of a statement would give the
        interpreter's lock away and wait until a busy event loop lets go of it.

        Returns one result a piece, :class:`Undone` where it raised. Raises sqlite3.Error or
        DBAPIError when nothing of any piece stays.
        """
        connection = self._begin_at_once() or await self._in_thread(self._begin)
        try:
            results = [self._apart(work, connection) for work in works]
        except BaseException:
            self._end(connection.close)
            raise

        def commit() -> None:
            try:
                connection.commit()
            finally:
                self._end(connection.close)

        await self._in_thread(commit)
        return results

    def _begin(self) -> Connection:
        connection = self.engine.connect()
        try:
            connection.begin()
        except BaseException:
            connection.close()
            raise
        return connection

    def _begin_at_once(self) -> Connection | None:
        """A transaction; None where another program is writing."""
        self._wait_for_locks(0)
        try:
            return self._begin()
        except DBAPIError:
            # Whatever else it was, the thread will find it again, and say so.
            return None
        finally:
            self._wait_for_locks(self.wait_ms)

    def _wait_for_locks(self, milliseconds: int) -> None:
        self._conn.execute(f"PRAGMA busy_timeout={milliseconds}").close()

    def _end(self, close: Callable[[], None]) -> None:
        try:
            close()
        finally:
            self._undo()

    def _apart(self, work: Work[Any], connection: Connection) -> Any:
        self._conn.execute("SAVEPOINT piece").close()
        try:
            return work(connection)
        except Exception as error:
            # A full disk makes SQLite give up the whole transaction, the others' pieces too.
            if not self._conn.in_transaction:
                raise
            self._conn.execute("ROLLBACK TO piece").close()
            return Undone(error)
        finally:
            if self._conn.in_transaction:
                self._conn.execute("RELEASE piece").close()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Run]:
        """Hold a transaction open for several pieces of work. Nothing else may run meanwhile."""
        held = ExitStack()

        def begin() -> Connection:
            connection = held.enter_context(self.engine.connect())
            connection.begin()
            return connection

        def end(finish: Callable[[], None] | None) -> None:
            try:
                if finish is not None:
                    finish()
            finally:
                self._end(held.close)

        try:
            # A cancelled BEGIN is still carried out; what follows undoes it, in order.
            connection = await self._in_thread(begin)

            async def run(work: Work[_Result]) -> _Result:
                return await self._in_thread(lambda: work(connection))

            yield run
        except BaseException:
            await to_the_end(self._in_thread(lambda: end(None)))
            raise
        await to_the_end(self._in_thread(lambda: end(connection.commit)))

    def _undo(self) -> None:
        """Undo what a failed commit left open: the next BEGIN would fail for ever; in thread."""
        if self._conn.in_transaction:
            self._conn.execute("ROLLBACK").close()

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await self._execute(work)  # pyright: ignore[reportUnknownMemberType]

    async def raw(self, sql: str) -> None:
        """Run one statement outside of any transaction."""
        await self._in_thread(lambda: self._conn.execute(sql).close())

    def join(self) -> None:
        """Wait until the thread has ended."""
        self._thread.join()

    def wrap(self) -> None:
        """Put the SQLAlchemy engine around the connection; runs in the thread."""
        self.engine = create_engine(
            "sqlite://", creator=lambda: self._conn, poolclass=StaticPool, pool_reset_on_return=None
        )


def _connect(file: str, *, read_only: bool, wait_ms: int) -> sqlite3.Connection:
    # No implicit BEGIN of the driver: it loses updates of transactions that read first.
    # One thread at a time uses it, but not always the same.
    made = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    for pragma in _PRAGMAS:
        made.execute(pragma.format(wait=wait_ms))
    made.execute("PRAGMA query_only=ON" if read_only else "PRAGMA journal_mode=WAL")
    return made


class Glances:
    """Reads a few rows right where they are needed, in the thread of the event loop.

    A hop to another thread and back costs three times what such a read takes, for every step of a
    statement gives the interpreter's lock away. It never waits: where the file is locked,
    ``sqlite3.OperationalError`` says so at once.
    """

    def __init__(self, file: str) -> None:
        self._connection = _connect(file, read_only=True, wait_ms=0)
        self._engine = create_engine(
            "sqlite://",
            creator=lambda: self._connection,
            poolclass=StaticPool,
            pool_reset_on_return=None,
        )

    def run(self, work: Work[_Result]) -> _Result:
        """Run ``work`` outside of any transaction."""
        with self._engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


async def open_lane(file: str, *, read_only: bool, wait_ms: int) -> SqliteLane:
    """Open a lane on a file.

    Args:
        file: path of the database, created when it is missing and the lane may write.
        read_only: refuse to write; such a lane never waits for a writer (WAL).
        wait_ms: how long to wait for another program's lock.

    Raises:
        sqlite3.Error: the file can't be opened or is no database.
    """

    lane = SqliteLane(lambda: _connect(file, read_only=read_only, wait_ms=wait_ms), 64)
    lane.wait_ms = wait_ms
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


class SqliteBackend:
    """A SQLite file: one lane that writes, one that reads.

    Args:
        file: path of the database; it and its folders are made when missing.
        wait_ms: how long a write waits for another program's lock.
    """

    dialect: Dialect = "sqlite"

    def __init__(self, file: Path, *, wait_ms: int) -> None:
        self.file = file
        self.shown = str(file)
        self._wait_ms = wait_ms
        self._writer: SqliteLane | None = None
        self._reader: SqliteLane | None = None
        self._glances: Glances | None = None
        # Held for a whole transaction: pieces of two must not mix on the one writing connection.
        self._alone = asyncio.Lock()
        self._commits = SharedCommits(self._write_all)

    async def open(self) -> None:
        """Connect and bring the schema up to date."""
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self._writer = await open_lane(self.shown, read_only=False, wait_ms=self._wait_ms)
            self._reader = await open_lane(self.shown, read_only=True, wait_ms=self._wait_ms)
            revision = await self._reader.run(_revision)
            # Alembic costs a tenth of a second to import: not needed when nothing is to be done.
            if revision != HEAD:
                await self._writer.run(
                    lambda connection: upgrade(connection, _revision(connection))
                )
            self._glances = Glances(self.shown)
        except (DBAPIError, sqlite3.Error, OSError) as error:
            await self.close()
            raise explain(error, self.shown) from error
        except BaseException:
            # A lane left open is a thread that would keep the program from ending.
            await self.close()
            raise

    async def close(self) -> None:
        """Give the connections back."""
        await self._commits.end()
        for lane in (self._reader, self._writer):
            if lane is not None:
                await lane.close()
        if self._glances is not None:
            self._glances.close()
        self._reader = self._writer = self._glances = None

    async def read(self, work: Work[_Result]) -> _Result:
        """Run ``work`` on the reading lane."""
        return await self._run(_opened(self._reader), work)

    async def glance(self, work: Work[_Result]) -> _Result:
        """Run a short ``work`` at once; on the reading lane where the file is locked."""
        if self._glances is None:
            return await self.read(work)
        try:
            return self._glances.run(work)
        except (DBAPIError, sqlite3.Error):
            return await self.read(work)

    async def write(self, work: Work[_Result], *, long: bool = False) -> _Result:
        """Run ``work`` on the writing lane, in its turn; the commit of a short one may serve others
        too."""
        if long:
            async with self.transaction() as run:
                return await run(work)
        try:
            return await self._commits.run(work)
        except (DBAPIError, sqlite3.Error) as error:
            raise explain(error, self.shown) from error

    async def ahead(self, work: Work[object], failed: Callable[[StorageError], object]) -> None:
        """Queue ``work``: it is committed with what is written next, or after a moment."""

        def ended(future: asyncio.Future[object]) -> None:
            error = None if future.cancelled() else future.exception()
            if error is not None:
                failed(_explained(error, self.shown))

        self._commits.put(work, soon=True).add_done_callback(ended)

    async def _write_all(self, works: Sequence[Work[Any]]) -> Sequence[Any]:
        async with self._alone:
            return await _opened(self._writer).run_all(works)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Run]:
        """Keep the writing lane for one transaction."""
        async with self._alone:
            try:
                async with _opened(self._writer).transaction() as run:
                    yield run
            except (DBAPIError, sqlite3.Error) as error:
                raise explain(error, self.shown) from error

    async def _run(self, lane: SqliteLane, work: Work[_Result]) -> _Result:
        try:
            return await lane.run(work)
        except (DBAPIError, sqlite3.Error) as error:
            raise explain(error, self.shown) from error

    async def wipe_log(self) -> None:
        """Fold the write-ahead log into the file and empty it: deleted words leave it too."""
        async with self._alone:
            if self._writer is not None:
                await self._writer.raw("PRAGMA wal_checkpoint(TRUNCATE)")


def _explained(error: BaseException, shown: str) -> StorageError:
    return error if isinstance(error, StorageError) else explain(error, shown)


def _opened(lane: SqliteLane | None) -> SqliteLane:
    if lane is None:
        raise RuntimeError("the database is not open")
    return lane


def _revision(connection: Connection) -> str | None:
    """The schema revision of the database, None for an empty one."""
    known = connection.scalar(
        text("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'")
    )
    return connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
