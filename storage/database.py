"""The database: reading and writing as functions that run whole, in one transaction each.

A piece of work gets a plain SQLAlchemy connection and may not await, so no network call can ever
stand inside it. Where a transaction needs several pieces, :meth:`Database.transaction` holds it
open between them; nothing slow belongs there either.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from storage.address import Address, Dialect, address_of
from storage.backend import Backend, Run, Work
from storage.errors import StorageError

_Result = TypeVar("_Result")
WAIT_MS = 10_000
POOL = 5
OVERFLOW = 5


class Transaction:
    """A write transaction that is open; made by :meth:`Database.transaction`."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.failed = False

    async def run(self, work: Work[_Result]) -> _Result:
        """Run ``work`` inside the transaction. When it raises, all of the transaction is undone.

        Raises:
            StorageError: the database failed.
            RuntimeError: an earlier piece raised, so nothing of this transaction will stay.
        """
        if self.failed:
            raise RuntimeError("an earlier piece of this transaction failed")
        try:
            return await self._run(work)
        except BaseException:
            self.failed = True
            raise


class Database:
    """One database. Call :meth:`open` before use and :meth:`close` after.

    Args:
        url: a file path, ``sqlite:///file`` or ``postgresql://user:password@host:port/name``.
        wait_ms: how long a write waits for another program's lock.
        pool: connections to Postgres that are kept open.
        overflow: connections to Postgres that may be opened besides for a while.

    Raises:
        StorageError: the address is none this program can use.
    """

    def __init__(
        self, url: str, *, wait_ms: int = WAIT_MS, pool: int = POOL, overflow: int = OVERFLOW
    ) -> None:
        self.address = address_of(url)
        self._backend = _backend(self.address, wait_ms, pool, overflow)
        self._inside: set[asyncio.Task[object] | None] = set()

    @property
    def file(self) -> Path:
        """The SQLite file. Raises RuntimeError on Postgres, which is no file."""
        if self.dialect != "sqlite":
            raise RuntimeError("this database is no file")
        return Path(self.address.target)

    @property
    def dialect(self) -> Dialect:
        """The kind of database: "sqlite" or "postgresql"."""
        return self._backend.dialect

    async def open(self) -> None:
        """Connect and bring the schema up to date. Raises StorageError with a clear sentence."""
        await self._backend.open()

    async def close(self) -> None:
        """Give the connections back."""
        await self._backend.close()

    async def read(self, work: Work[_Result]) -> _Result:
        """Run ``work`` on the reading connection; it sees everything committed before."""
        return await self._backend.read(work)

    async def glance(self, work: Work[_Result]) -> _Result:
        """As :meth:`read`, for a few rows: on SQLite without leaving the thread."""
        return await self._backend.glance(work)

    async def write(self, work: Work[_Result], *, long: bool = False) -> _Result:
        """Run ``work`` in a write transaction: committed when it returns, undone when it raises.

        Args:
            long: it may touch more than some dozens of rows. On SQLite it leaves the event loop
                alone then, which the others' statements do not: that is cheaper.
        """
        self._refuse_inside()
        return await self._backend.write(work, long=long)

    async def ahead(self, work: Work[object], failed: Callable[[StorageError], object]) -> None:
        """Have ``work`` written before anything that is written after this has returned.

        On SQLite it has its place in the queue then, on Postgres it is committed.

        Args:
            failed: called when the database failed; nothing is raised then.
        """
        self._refuse_inside()
        await self._backend.ahead(work, failed)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Transaction]:
        """One write transaction for several pieces of work, each ``await transaction.run(work)``.

        Committed at the end of the block; undone when the block raises or is cancelled. On SQLite
        nothing else can be written meanwhile, so the block must not wait for anything slow.

        Raises:
            StorageError: the database failed, or could not commit.
            RuntimeError: this task is already inside a transaction, or a piece of work raised and
                the block went on as if it had not.
        """
        self._refuse_inside()
        task = asyncio.current_task()
        self._inside.add(task)
        try:
            async with self._backend.transaction() as run:
                transaction = Transaction(run)
                yield transaction
                if transaction.failed:
                    raise RuntimeError("a piece of this transaction failed: nothing of it stays")
        finally:
            self._inside.discard(task)

    def _refuse_inside(self) -> None:
        # On SQLite it would wait for itself for ever; on Postgres it would not belong together.
        if self._inside and asyncio.current_task() in self._inside:
            raise RuntimeError("this task is inside a transaction already: use its run()")

    async def wipe_log(self) -> None:
        """Remove deleted words from the database's log as well, where it keeps one in a file."""
        await self._backend.wipe_log()


def _backend(address: Address, wait_ms: int, pool: int, overflow: int) -> Backend:
    # Imported when used: a talk on a laptop needs no driver of Postgres, and a worker none of
    # SQLite.
    if address.dialect == "sqlite":
        from storage.sqlite import SqliteBackend

        return SqliteBackend(Path(address.target), wait_ms=wait_ms)
    from storage.postgres import PostgresBackend

    return PostgresBackend(address, wait_ms=wait_ms, pool=pool, overflow=overflow)
