"""Postgres through asyncpg, with a pool that survives a restart of the server.

A piece of work runs in SQLAlchemy's greenlet on the event loop: each of its statements gives way to
other tasks, so transactions run side by side here, unlike on SQLite.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Protocol, TypeVar, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from storage.address import Address, Dialect
from storage.backend import Run, Work
from storage.columns import tell_postgres
from storage.errors import StorageError
from storage.migrate import HEAD, upgrade
from storage.patience import to_the_end
from storage.postgres_errors import explain_postgres
from storage.tables import metadata

tell_postgres(metadata)
_Result = TypeVar("_Result")
CONNECT_S = 10
POOL_WAIT_S = 10.0
STATEMENT_S = 30.0
# A program that hangs inside a transaction must not keep its locks for ever.
IDLE_IN_TRANSACTION_S = 60.0
# Any number will do that no other program locks in the same database; "rckt" in ASCII.
_MIGRATING = 0x72636B74
DRIVER_ERRORS = (
    DBAPIError,
    PoolTimeoutError,
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    OSError,
)


class RawConnection(Protocol):
    """What is used of an asyncpg connection; the package carries no types."""

    async def execute(self, query: str, *, timeout: float | None = None) -> str:
        """Run statements without parameters."""
        ...

    async def add_listener(self, channel: str, callback: Callable[..., None]) -> None:
        """LISTEN; ``callback(connection, pid, channel, payload)``."""
        ...

    def add_termination_listener(self, callback: Callable[..., None]) -> None:
        """``callback(connection)`` when the connection has ended for any reason."""
        ...

    async def close(self, *, timeout: float | None = None) -> None:
        """End politely."""
        ...

    def terminate(self) -> None:
        """End at once."""
        ...


async def connect(address: Address, *, wait_ms: int, patient: bool = False) -> RawConnection:
    """Open one connection.

    Args:
        wait_ms: how long a statement waits for a lock of another transaction.
        patient: no limits of time, for migrations and for listening.

    Raises:
        OSError, asyncpg.PostgresError, asyncpg.InterfaceError: the server can't be reached, or
            refuses.
    """
    settings = {
        "application_name": "rocket-coach",
        "timezone": "UTC",
        # Compiling takes longer than any statement of this program runs.
        "jit": "off",
    }
    if not patient:
        settings |= {
            "lock_timeout": str(wait_ms),
            "statement_timeout": str(int(STATEMENT_S * 1000)),
            "idle_in_transaction_session_timeout": str(int(IDLE_IN_TRANSACTION_S * 1000)),
        }
    opened = await asyncpg.connect(  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        address.target,
        timeout=CONNECT_S,
        # Behind the server's own limit: for a server that has gone without a word.
        command_timeout=None if patient else STATEMENT_S + 5,
        server_settings=settings,
    )
    return cast(RawConnection, opened)


class PostgresBackend:
    """A Postgres database and a pool of connections to it.

    Args:
        wait_ms: how long a statement waits for a lock of another transaction.
        pool: connections that are kept.
        overflow: connections that may be opened besides, and are closed when they come back.
    """

    dialect: Dialect = "postgresql"

    def __init__(self, address: Address, *, wait_ms: int, pool: int, overflow: int) -> None:
        self.shown = address.shown
        self._address = address
        self._wait_ms = wait_ms
        self._pool = pool
        self._overflow = overflow
        self._writing: AsyncEngine | None = None
        self._reading: AsyncEngine | None = None

    async def open(self) -> None:
        """Connect and bring the schema up to date."""
        self._writing = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: connect(self._address, wait_ms=self._wait_ms),
            pool_size=self._pool,
            max_overflow=self._overflow,
            pool_timeout=POOL_WAIT_S,
            pool_pre_ping=True,
            # Not left to the server's settings: the queries are written for it.
            isolation_level="READ COMMITTED",
            # What people said is in the parameters; errors may be logged.
            hide_parameters=True,
        )
        self._reading = self._writing.execution_options(postgresql_readonly=True)
        try:
            if await self.read(_revision) != HEAD:
                await self._migrate()
        except BaseException:
            await self.close()
            raise

    async def _migrate(self) -> None:
        """Bring the schema up to date; of several programs that start at once, one does it."""
        engine = create_async_engine(
            "postgresql+asyncpg://",
            async_creator=lambda: connect(self._address, wait_ms=0, patient=True),
            poolclass=NullPool,
            isolation_level="READ COMMITTED",
        )
        with self._explained():
            async with engine.begin() as connection:
                await connection.run_sync(_migrate_alone)
        await engine.dispose()

    async def close(self) -> None:
        """Give the connections back."""
        engine, self._writing, self._reading = self._writing, None, None
        if engine is not None:
            await to_the_end(engine.dispose())

    async def read(self, work: Work[_Result]) -> _Result:
        """Run ``work`` in a transaction that can only read."""
        async with self._transaction(self._reading) as run:
            return await run(work)

    async def glance(self, work: Work[_Result]) -> _Result:
        """As :meth:`read`: a server is always a hop away."""
        return await self.read(work)

    async def write(self, work: Work[_Result], *, long: bool = False) -> _Result:
        """Run ``work`` in a transaction of its own, long or not: the server holds nobody up."""
        async with self._transaction(self._writing) as run:
            return await run(work)

    async def ahead(self, work: Work[object], failed: Callable[[StorageError], object]) -> None:
        """Commit ``work``: other transactions would overtake one that is under way."""
        try:
            await self.write(work)
        except StorageError as error:
            failed(error)

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Run]:
        """Keep one connection for one transaction."""
        async with self._transaction(self._writing) as run:
            yield run

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine | None) -> AsyncGenerator[Run]:
        if engine is None:
            raise RuntimeError("the database is not open")
        with self._explained():
            connection = await engine.connect()

        async def run(work: Work[_Result]) -> _Result:
            with self._explained():
                return await connection.run_sync(work)

        try:
            yield run
        except BaseException:
            await to_the_end(_undo(connection))
            raise
        with self._explained():
            await to_the_end(_commit(connection))

    @contextmanager
    def _explained(self) -> Generator[None]:
        try:
            yield
        except DRIVER_ERRORS as error:
            raise explain_postgres(error, self.shown) from error

    async def wipe_log(self) -> None:
        """Nothing: the server recycles its log, and vacuums deleted rows, in its own time."""


async def _commit(connection: AsyncConnection) -> None:
    try:
        await connection.commit()
    finally:
        with suppress(SQLAlchemyError, OSError):
            await connection.close()


async def _undo(connection: AsyncConnection) -> None:
    # A connection that is gone has nothing left to undo; what broke it is being raised already.
    with suppress(SQLAlchemyError, OSError):
        await connection.rollback()
    with suppress(SQLAlchemyError, OSError):
        await connection.close()


def _migrate_alone(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
    revision = _revision(connection)
    if revision != HEAD:
        upgrade(connection, revision)


def _revision(connection: Connection) -> str | None:
    """The schema revision of the database, None for an empty one."""
    known: Any = connection.scalar(text("SELECT to_regclass('alembic_version')::text"))
    return connection.scalar(text("SELECT version_num FROM alembic_version")) if known else None
