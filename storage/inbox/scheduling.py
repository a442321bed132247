"""Reminders: rows of the inbox with a time to work on them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select, update

from storage.inbox.accepting import Arrival, bell, ring, row_of
from storage.inbox.base import insert_into
from storage.queries import Row, table

KIND = "due"


def schedule(connection: Connection, lane: str, arrival: Arrival, now: datetime) -> None:
    """Have an event worked on at its ``due_at``, in the lane of the account it is for.

    One with the same key that waits, or was worked on, stays as it is; one that was called off
    comes back, with the time given now.

    Raises:
        ValueError: there is no ``due_at``.
    """
    if arrival.due_at is None:
        raise ValueError("a reminder has a time")
    ring(connection, [bell(lane, arrival.sender, arrival.due_at)])
    connection.execute(_schedule_statement(connection.dialect.name), row_of(arrival, lane, now))


@lru_cache
def _schedule_statement(dialect: str) -> Any:
    rows = table("inbox")
    made = insert_into(dialect, "inbox")
    renewed = ("person_id", "conversation", "tenant", "payload", "accepted_at")
    renewed += ("due_at", "state", "settled_at")
    return made.on_conflict_do_update(
        index_elements=["event_key"],
        set_={name: made.excluded[name] for name in renewed},
        where=rows.c.state == "dropped",
    )


def reminders(connection: Connection, lanes: Sequence[str]) -> list[Row]:
    """The reminders that wait in the lanes of a person, the next one first."""
    found = connection.execute(_reminders_query(), {"lanes": list(lanes)}).mappings()
    return [dict(row) for row in found]


@lru_cache
def _reminders_query() -> Select[Any]:
    rows = table("inbox")
    lanes = rows.c.person_id.in_(bindparam("lanes", expanding=True))
    mine = lanes & rows.c.settled_at.is_(None)
    return select(rows).where(mine, rows.c.kind == KIND).order_by(rows.c.due_at, rows.c.id)


def move(connection: Connection, row: Row, platform: str, due_at: datetime) -> None:
    """Have a reminder come at another time."""
    sender = (platform, row["tenant"], "")
    ring(connection, [bell(row["person_id"], sender, due_at)])
    rows = table("inbox")
    connection.execute(
        update(rows)
        .where(rows.c.id == row["id"], rows.c.settled_at.is_(None))
        .values(due_at=due_at)
    )


def call_off(connection: Connection, lanes: Sequence[str], prefix: str, now: datetime) -> int:
    """Reminders whose key begins with ``prefix`` are not to come; returns how many there were."""
    rows = table("inbox")
    waits = rows.c.person_id.in_(lanes) & rows.c.settled_at.is_(None) & (rows.c.kind == KIND)
    done = connection.execute(
        update(rows)
        .where(waits, rows.c.event_key.startswith(prefix, autoescape=True))
        .values(state="dropped", settled_at=now, payload=None)
    )
    return done.rowcount
