"""What an operator asks of a database that may be in use: the inbox, copies."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Connection

from bot.settings import Settings, SettingsError
from storage import backup, usage
from storage.address import address_of
from storage.clock import now
from storage.database import Database
from storage.inbox import operator
from storage.inbox.operator import NoSuchItemError
from storage.queries import Row
from storage.wakeups import notify

_Result = TypeVar("_Result")
_Change = Callable[[Connection, str, datetime], None]
ALL = "all"


class ByHandError(Exception):
    """The database is copied by its own tools; nothing was done.

    Attributes:
        command: what to run instead.
    """

    def __init__(self, sentence: str, command: str) -> None:
        super().__init__(sentence)
        self.command = command


def listed(settings: Settings, limit: int) -> list[dict[str, Any]]:
    """What waits and what was put aside, the oldest first; ids and ages, never text."""

    async def look(database: Database) -> list[dict[str, Any]]:
        def work(connection: Connection) -> list[dict[str, Any]]:
            at = now(connection)
            return [_line(item, at) for item in operator.items(connection, at, limit)]

        return await database.read(work)

    return _with_database(settings, look)


def _line(item: operator.Item, at: datetime) -> dict[str, Any]:
    line = asdict(item)
    del line["emptied"]
    since = line.pop("since")
    line["age_s"] = round((at - since).total_seconds(), 1)
    line["since"] = since.isoformat()
    line["retry_at"] = item.retry_at.isoformat() if item.retry_at else None
    return line


def retried(settings: Settings, wanted: str) -> int:
    """Have one thing, or all that was given up, tried again; returns how many.

    Raises:
        SettingsError: there is nothing of this id, or nothing of it to try again.
    """
    return _changed(settings, wanted, operator.retry, operator.everything_to_retry)


def dropped(settings: Settings, wanted: str) -> int:
    """Give one thing, or all that was put aside, up for good; returns how many.

    Raises:
        SettingsError: there is nothing of this id.
    """
    return _changed(settings, wanted, operator.drop, lambda c, _: operator.everything_to_drop(c))


def _changed(
    settings: Settings,
    wanted: str,
    change: _Change,
    everything: Callable[[Connection, datetime], list[str]],
) -> int:
    async def one(database: Database, item: str) -> None:
        def work(connection: Connection) -> None:
            change(connection, item, now(connection))
            notify(connection)

        await database.write(work)

    async def work(database: Database) -> int:
        if wanted != ALL:
            await one(database, wanted)
            return 1
        done = 0
        # Each by itself: two people's mailboxes are never locked at once.
        for item in await database.read(lambda c: everything(c, now(c))):
            try:
                await one(database, item)
            except NoSuchItemError:
                continue  # a worker was there first
            done += 1
        return done

    try:
        return _with_database(settings, work)
    except NoSuchItemError as error:
        raise SettingsError(str(error)) from error


def _with_database(settings: Settings, work: Callable[[Database], Awaitable[_Result]]) -> _Result:
    async def whole() -> _Result:
        database = Database(settings.database_url)
        await database.open()
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(whole())


def used(settings: Settings, days: int) -> list[dict[str, Any]]:
    """What language models took in the last days, by month, place and model; the newest first."""

    async def look(database: Database) -> list[dict[str, Any]]:
        def work(connection: Connection) -> list[Row]:
            return usage.calls(connection, now(connection) - timedelta(days=days))

        return usage_lines(await database.read(work))

    return _with_database(settings, look)


def usage_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Calls added up; ``cost`` is None where the price of none of them is known."""
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        key = (f"{row['at']:%Y-%m}", row["tenant"], row["model"])
        groups.setdefault(key, []).append(row)
    return [_usage_line(key, groups[key]) for key in sorted(groups, reverse=True)]


def _usage_line(key: tuple[str, str, str], rows: Sequence[Row]) -> dict[str, Any]:
    def total(name: str) -> int:
        return sum(row[name] or 0 for row in rows)

    costs = [row["cost"] for row in rows if row["cost"] is not None]
    month, place, model = key
    return {
        "month": month,
        "place": place,
        "model": model,
        "replies": sum(row["outcome"] == "done" for row in rows),
        "failed": sum(row["outcome"] not in {"done", "stopped"} for row in rows),
        "tries": total("attempts"),
        "tokens_in": total("tokens_in"),
        "tokens_out": total("tokens_out"),
        "tokens_cached": total("tokens_cached"),
        "estimated": sum(bool(row["estimated"]) for row in rows),
        "cost_usd": round(sum(costs), 4) if costs else None,
        "cost_unknown": len(rows) - len(costs),
        "first_token_ms": _middle([row["first_token_ms"] for row in rows]),
        "total_ms": _middle([row["total_ms"] for row in rows]),
    }


def _middle(values: Sequence[int | None]) -> int | None:
    """The median of what is known."""
    known = sorted(value for value in values if value is not None)
    return known[len(known) // 2] if known else None


def back_up(settings: Settings, to: Path, *, overwrite: bool) -> dict[str, Any]:
    """Copy the database; returns where to and how large.

    Raises:
        ByHandError: it is on Postgres.
        StorageError: it can't be copied.
    """
    address = address_of(settings.database_url)
    if address.dialect != "sqlite":
        raise ByHandError(
            "Nothing was copied: Postgres is backed up by its own program, also while it is in "
            "use. Run, with a password in PGPASSWORD or ~/.pgpass:",
            shlex.join(
                ["pg_dump", "--format=custom", f"--file={to}", without_password(address.target)]
            ),
        )
    size = backup.back_up(Path(address.target), to, overwrite=overwrite)
    return {"file": str(to), "bytes": size}


def restored(settings: Settings, copy: Path, *, overwrite: bool) -> dict[str, Any]:
    """Put a copy in the place of the database; returns where what was there is now.

    Raises:
        ByHandError: it is on Postgres.
        StorageError: the copy can't be used, or the database is in use.
    """
    address = address_of(settings.database_url)
    if address.dialect != "sqlite":
        raise ByHandError(
            "Nothing was restored: Postgres is restored by its own program. Stop every worker "
            "first; then run, with a password in PGPASSWORD or ~/.pgpass:",
            shlex.join(
                [
                    *("pg_restore", "--clean", "--if-exists", "--no-owner"),
                    *("--single-transaction", f"--dbname={without_password(address.target)}"),
                    str(copy),
                ]
            ),
        )
    kept = backup.restore(copy, Path(address.target), overwrite=overwrite)
    _with_database(settings, _nothing)
    return {"file": address.target, "kept": None if kept is None else str(kept)}


async def _nothing(_database: Database) -> None:
    """Opening it has brought an older copy up to date."""


def without_password(target: str) -> str:
    """The address of a Postgres database as its programs take it, but for the password."""
    parts = urlsplit(target)
    user, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}{at}{place}").geturl()
