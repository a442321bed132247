"""The time that rows are compared with."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, func, select

# How long one look at the server's clock is good for. Two clocks drift apart by less than a
# millisecond in that time; asking in every transaction costs a round trip in each.
_GOOD_FOR_S = 10.0


@dataclass(frozen=True, slots=True)
class _Look:
    moment: datetime
    # This process' monotonic clock at that moment.
    at: float


_looks: WeakKeyDictionary[Engine, _Look] = WeakKeyDictionary()


def now(connection: Connection) -> datetime:
    """This moment in UTC: by the database's clock on Postgres, by this program's on SQLite.

    Several workers share one Postgres but no clock, so leases and due times must be judged by the
    one clock they share. It moves on inside a transaction.
    """
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    look, at = _looks.get(connection.engine), time.monotonic()
    if look is None or at - look.at >= _GOOD_FOR_S:
        moment = connection.execute(select(func.clock_timestamp())).scalar_one().astimezone(UTC)
        # Asked before it was answered: never ahead of the server, so no lease seems over too soon.
        look = _looks[connection.engine] = _Look(moment, at=time.monotonic())
        at = look.at
    return look.moment + timedelta(seconds=at - look.at)
