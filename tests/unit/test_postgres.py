"""What only Postgres has: a server that may be away, a pool, wake-ups, several workers at once."""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import Connection, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bot.engine.engine import Engine
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database
from storage.errors import DatabaseLockedError, DatabaseUnavailableError, StorageError
from storage.migrate import HEAD
from storage.people import add_person
from storage.postgres_errors import explain_postgres
from storage.queries import PersonScope, table
from tests.postgres import ROOT, Cluster, free_port, need_binaries
from tests.unit.test_storage import NOW

# Not a measure of speed: what is not there after this long will not come.
GIVE_UP = 60.0
IDLE = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND state LIKE 'idle in transaction%'"
)


@pytest.fixture
def database(postgres: Database) -> Database:
    return postgres


async def _ada(database: Database) -> str:
    row = await database.write(
        lambda connection: add_person(connection, "terminal", "local", "ada", NOW, None)
    )
    return row["id"]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(GIVE_UP):
        while not true():
            await asyncio.sleep(0.01)


def test_a_server_that_is_missing_is_a_failure_only_where_it_is_required(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("tests.postgres.DEBIAN", tmp_path)
    monkeypatch.delenv("ROCKET_TEST_POSTGRES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no Postgres here"):
        need_binaries()
    monkeypatch.setenv("ROCKET_TEST_POSTGRES", "required")
    with pytest.raises(pytest.fail.Exception, match="required"):
        need_binaries()


# Opening ------------------------------------------------------------------------------------------


async def test_many_workers_that_start_at_once_make_the_tables_once(cluster: Cluster) -> None:
    with cluster.database() as place:
        databases = [Database(place) for _ in range(5)]
        await asyncio.gather(*(database.open() for database in databases))
        revisions = text("SELECT version_num FROM alembic_version")
        for database in databases:
            assert await database.read(lambda c: list(c.scalars(revisions))) == [HEAD]
            await database.close()


async def test_programs_that_start_at_once_make_the_tables_once(cluster: Cluster) -> None:
    program = (
        "import asyncio, sys\n"
        "from storage.database import Database\n"
        "async def start():\n"
        "    database = Database(sys.argv[1])\n"
        "    await database.open()\n"
        "    await database.close()\n"
        "asyncio.run(start())\n"
    )
    with cluster.database() as place:
        started = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", program, place, cwd=ROOT, stderr=asyncio.subprocess.PIPE
            )
            for _ in range(3)
        ]
        told = [await process.communicate() for process in started]
        assert [process.returncode for process in started] == [0, 0, 0], told


@pytest.mark.parametrize(
    ("wrong", "kind", "word"),
    [
        (lambda place: place.replace("rocket@", "eve:pa55@"), StorageError, "user or password"),
        (lambda place: re.sub(r"/\w+$", "/nowhere", place), StorageError, "does not exist"),
        (
            lambda place: re.sub(r":\d+/", f":{free_port()}/", place),
            DatabaseUnavailableError,
            "can't be reached",
        ),
        (
            lambda place: re.sub(r"@[\d.]+:\d+/", "@no-such-host.invalid/", place),
            DatabaseUnavailableError,
            "can't be reached",
        ),
        (lambda place: f"{place}?sslmode=sometimes", StorageError, "can't be used"),
    ],
)
async def test_what_can_not_be_opened_is_told_in_words(
    place: str, wrong: Callable[[str], str], kind: type[StorageError], word: str
) -> None:
    database = Database(wrong(place))
    with pytest.raises(kind, match=word) as refused:
        await database.open()
    assert "pa55" not in str(refused.value)
    with pytest.raises(RuntimeError, match="not open"):
        await database.read(lambda c: None)


# A server that goes and comes ---------------------------------------------------------------------


async def test_a_restart_of_the_server_is_survived(own: Cluster) -> None:
    database = Database(own.address())
    await database.open()
    ada = await _ada(database)
    own.stop("immediate")
    with pytest.raises(DatabaseUnavailableError, match="can't be reached"):
        await database.read(lambda c: PersonScope(c, ada).me())
    with pytest.raises(DatabaseUnavailableError):
        await database.write(lambda c: PersonScope(c, ada).change_me(locale="fr"))
    own.start()
    await database.write(lambda c: PersonScope(c, ada).change_me(locale="de"))
    assert (await database.read(lambda c: PersonScope(c, ada).me()))["locale"] == "de"
    await database.close()


async def test_a_server_that_goes_in_a_transaction_takes_it_along(own: Cluster) -> None:
    database = Database(own.address())
    await database.open()
    ada = await _ada(database)

    async def block(mode: str) -> None:
        async with database.transaction() as transaction:
            await transaction.run(lambda c: PersonScope(c, ada).change_me(locale="fr"))
            own.stop(mode)
            await transaction.run(lambda c: PersonScope(c, ada).change_me(time_zone="UTC"))

    for mode in ("fast", "immediate"):
        with pytest.raises(DatabaseUnavailableError):
            await block(mode)
        own.start()
        me = await database.read(lambda c: PersonScope(c, ada).me())
        assert (me["locale"], me["time_zone"]) == (None, None)
    await database.close()


async def test_a_commit_that_meets_a_dead_server_is_no_success(own: Cluster) -> None:
    database = Database(own.address())
    await database.open()
    ada = await _ada(database)

    async def block() -> None:
        async with database.transaction() as transaction:
            await transaction.run(lambda c: PersonScope(c, ada).change_me(locale="fr"))
            own.stop("immediate")

    with pytest.raises(DatabaseUnavailableError):
        await block()
    own.start()
    assert (await database.read(lambda c: PersonScope(c, ada).me()))["locale"] is None
    await database.close()


async def test_a_killed_connection_of_the_pool_is_replaced(database: Database) -> None:
    ada = await _ada(database)
    kill = text(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    other = Database(database.address.target)
    await other.open()
    await other.read(lambda c: c.execute(kill).all())
    await other.close()
    assert await database.read(lambda c: PersonScope(c, ada).count("accounts")) == 1


# Transactions side by side ------------------------------------------------------------------------


async def test_transactions_of_different_rows_do_not_wait_for_each_other(
    database: Database,
) -> None:
    ada = await _ada(database)
    async with database.transaction() as transaction:
        await transaction.run(lambda c: PersonScope(c, ada).change_me(locale="de"))
        other = asyncio.create_task(
            database.write(lambda c: add_person(c, "terminal", "local", "bob", NOW, None))
        )
        await asyncio.wait_for(other, GIVE_UP)


async def test_a_lock_that_is_held_too_long_is_told_as_such(place: str) -> None:
    holder, waiter = Database(place), Database(place, wait_ms=50)
    await holder.open()
    await waiter.open()
    ada = await _ada(holder)
    async with holder.transaction() as transaction:
        await transaction.run(lambda c: PersonScope(c, ada).change_me(locale="de"))
        with pytest.raises(DatabaseLockedError, match="busy"):
            await waiter.write(lambda c: PersonScope(c, ada).change_me(locale="fr"))
    await waiter.write(lambda c: PersonScope(c, ada).change_me(locale="fr"))
    await holder.close()
    await waiter.close()


async def test_of_a_deadlock_one_goes_on_and_the_other_may_try_again(database: Database) -> None:
    names = [await _ada(database)]
    bob = await database.write(lambda c: add_person(c, "terminal", "local", "bob", NOW, None))
    names.append(bob["id"])
    both_hold = asyncio.Barrier(2)

    async def block(first: str, second: str) -> None:
        async with database.transaction() as transaction:
            await transaction.run(lambda c: PersonScope(c, first).change_me(locale="de"))
            await both_hold.wait()
            await transaction.run(lambda c: PersonScope(c, second).change_me(locale="de"))

    ended = await asyncio.gather(block(*names), block(*names[::-1]), return_exceptions=True)
    assert sorted(type(end) for end in ended if end is not None) == [DatabaseLockedError]


async def test_when_all_connections_are_in_use_it_is_told(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.postgres.POOL_WAIT_S", 0.05)
    database = Database(place, pool=1, overflow=0)
    await database.open()
    async with database.transaction() as transaction:
        await transaction.run(lambda c: c.execute(select(1)).all())
        with pytest.raises(DatabaseUnavailableError, match="free connection"):
            await asyncio.create_task(database.read(lambda c: None))
    await database.read(lambda c: None)
    await database.close()


@pytest.mark.parametrize("steps", range(1, 60, 5))
async def test_cancelled_wherever_no_connection_is_lost(database: Database, steps: int) -> None:
    ada = await _ada(database)

    async def block() -> None:
        async with database.transaction() as transaction:
            for locale in ("de", "fr"):
                await transaction.run(
                    lambda c, locale=locale: PersonScope(c, ada).change_me(locale=locale)
                )

    # More of them than the pool has connections: one that is not given back is missed.
    for task in [asyncio.create_task(block()) for _ in range(4)]:
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    assert await database.read(lambda c: c.scalar(IDLE)) == 0
    me = await database.read(lambda c: PersonScope(c, ada).me())
    assert me["locale"] in (None, "fr")
    again = [database.write(lambda c: c.execute(select(1)).all()) for _ in range(3)]
    await asyncio.wait_for(asyncio.gather(*again), GIVE_UP)


async def test_words_sort_as_bytes_where_the_program_relies_on_it(database: Database) -> None:
    by_language = await database.read(lambda c: c.scalar(text("SELECT 'a' < 'B'")))
    if not by_language:
        pytest.skip("this server knows no ICU")
    ada = await _ada(database)

    def asked(connection: Connection) -> frozenset[str]:
        connection.execute(
            table("persona_profiles").insert(),
            {"key": "a", "name": "A", "title": "", "version": "1"},
        )
        scope = PersonScope(connection, ada)
        connection.execute(
            table("persona_sessions").insert(),
            {
                "id": "s",
                "person_id": ada,
                "coach": "a",
                "tenant": "",
                "conversation": "",
                "objectives": [],
                "phase": "",
                "progress": 0.0,
                "status": "open",
                "slots": {},
                "memory": {},
                "started_at": NOW,
                "last_at": NOW,
            },
        )
        scope.note_asked(["a:one", "ab:two", "a:Three", "a1", "b:four"], "s", NOW)
        return scope.asked("a:")

    assert await database.write(asked) == {"a:one", "a:Three"}


async def test_two_programs_that_change_the_same_person_lose_nothing(
    place: str, catalogue: Catalogue
) -> None:
    databases = [Database(place), Database(place)]
    engines: list[Engine] = []
    for database in databases:
        await database.open()
        engines.append(Engine(database, catalogue, voice=OfflineVoice()))
    ada = await _ada(databases[0])

    def more(scope: PersonScope) -> None:
        scope.change_me(paused_turns=scope.me()["paused_turns"] + 1)

    await asyncio.gather(*(engine.change(ada, more) for engine in engines * 10))
    assert (await engines[0].look(ada, lambda scope: scope.me()))["paused_turns"] == 20
    for database in databases:
        await database.close()


# Errors as sentences ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "kind", "word"),
    [
        (asyncpg.TooManyConnectionsError("x"), DatabaseUnavailableError, "no free connection"),
        (asyncpg.AdminShutdownError("x"), DatabaseUnavailableError, "stopping or starting"),
        (asyncpg.CrashShutdownError("x"), DatabaseUnavailableError, "stopping or starting"),
        (asyncpg.CannotConnectNowError("x"), DatabaseUnavailableError, "stopping or starting"),
        (asyncpg.ConnectionDoesNotExistError("x"), DatabaseUnavailableError, "reached"),
        (ConnectionRefusedError(111, "x"), DatabaseUnavailableError, "reached"),
        (FileNotFoundError(2, "x"), DatabaseUnavailableError, "reached"),
        (OSError("Multiple exceptions"), DatabaseUnavailableError, "reached"),
        (TimeoutError(), DatabaseUnavailableError, "too long"),
        (PoolTimeoutError("QueuePool limit"), DatabaseUnavailableError, "no free connection"),
        (asyncpg.SerializationError("x"), DatabaseLockedError, "busy"),
        (asyncpg.DeadlockDetectedError("x"), DatabaseLockedError, "busy"),
        (asyncpg.LockNotAvailableError("x"), DatabaseLockedError, "busy"),
        (asyncpg.QueryCanceledError("x"), DatabaseLockedError, "too long"),
        (asyncpg.DiskFullError("x"), StorageError, "disk is full"),
        (asyncpg.InvalidPasswordError("x"), StorageError, "password"),
        (asyncpg.InsufficientPrivilegeError("x"), StorageError, "rights"),
        (asyncpg.DataCorruptedError("x"), StorageError, "damaged"),
        (asyncpg.DivisionByZeroError("x"), StorageError, "DivisionByZeroError"),
    ],
)
def test_driver_errors_become_sentences(
    error: Exception, kind: type[StorageError], word: str
) -> None:
    told = explain_postgres(error, "postgresql://host/coach")
    assert type(told) is kind
    assert word in str(told)
    assert str(told).startswith("The database postgresql://host/coach ")
    assert str(told).endswith(".")


async def test_an_error_repeats_nothing_that_was_said(database: Database) -> None:
    ada = await _ada(database)
    with pytest.raises(StorageError) as failed:
        await database.write(lambda c: PersonScope(c, ada).change_me(created_at=None, locale="rye"))
    cause = failed.value.__cause__
    assert isinstance(cause, DBAPIError)
    assert "rye" not in f"{failed.value} {cause}"
