"""The time that rows are compared with."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, func, select


def now(connection: Connection) -> datetime:
    """This moment in UTC: by the database's clock on Postgres, by this program's on SQLite.

    Several workers share one Postgres but no clock, so leases and due times must be judged by the
    one clock they share. It moves on inside a transaction.
    """
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    return connection.execute(select(func.clock_timestamp())).scalar_one().astimezone(UTC)
