"""The events of a mailbox: what waits, what is settled, what is tried again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, Update, bindparam, func, select, union_all, update

from storage.inbox.base import HEADS
from storage.queries import Row, table


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a mailbox holds: events to work on now, in order; with none, when to look again."""

    heads: list[Row]
    next_at: datetime | None


def waiting(connection: Connection, person: str, now: datetime) -> Waiting:
    """What is to be done for a person. An event that is to be tried again later holds back all."""
    rows = connection.execute(_waiting_query(), {"person": person, "now": now}).mappings()
    heads: list[Row] = []
    for row in rows:
        if row["retry_at"] is not None and row["retry_at"] > now:
            return Waiting(heads, None if heads else row["retry_at"])
        heads.append(dict(row))
    if heads:
        return Waiting(heads, None)
    return Waiting([], connection.scalar(_next_due_query(), {"person": person}))


@lru_cache
def _waiting_query() -> Any:
    """What waits for no time, and what is due: two looks at one index.

    Each ends at what it wants, so that thousands of far reminders are never walked over.
    """
    rows = table("inbox")
    mine = (rows.c.person_id == bindparam("person")) & rows.c.settled_at.is_(None)
    due = rows.c.due_at <= bindparam("now", type_=rows.c.due_at.type)
    plain = select(rows).where(mine, rows.c.due_at.is_(None)).order_by(rows.c.id).limit(HEADS)
    timed = select(rows).where(mine, due).order_by(rows.c.due_at, rows.c.id).limit(HEADS)
    both = union_all(select(plain.subquery("plain")), select(timed.subquery("timed")))
    return both.order_by("id").limit(HEADS)


@lru_cache
def _next_due_query() -> Select[Any]:
    rows = table("inbox")
    mine = rows.c.person_id == bindparam("person")
    return select(func.min(rows.c.due_at)).where(mine, rows.c.settled_at.is_(None))


def settle(
    connection: Connection, keys: Sequence[int], state: str, now: datetime, reply: str | None = None
) -> None:
    """Events are worked off: their keys stay to know repeats by, their text leaves the inbox.

    Only a ``dead`` one keeps it, for the operator to have it tried again.
    """
    params = {"keys": list(keys), "to": state, "at": now, "reply": reply}
    connection.execute(_settle_statement(keep=state == "dead"), params)


@lru_cache
def _settle_statement(*, keep: bool) -> Update:
    rows = table("inbox")
    emptied = {} if keep else {"payload": None}
    return (
        update(rows)
        .where(rows.c.id.in_(bindparam("keys", expanding=True)))
        .values(
            state=bindparam("to"),
            settled_at=bindparam("at", type_=rows.c.settled_at.type),
            reply_key=bindparam("reply"),
            **emptied,
        )
    )


def put_off(
    connection: Connection, key: int, attempts: int, retry_at: datetime, error: str
) -> None:
    """An event failed and is tried again later."""
    rows = table("inbox")
    connection.execute(
        update(rows)
        .where(rows.c.id == key)
        .values(attempts=attempts, retry_at=retry_at, error=error)
    )


def postpone(connection: Connection, key: int, due_at: datetime) -> None:
    """A reminder comes later; nothing waits for it."""
    rows = table("inbox")
    connection.execute(update(rows).where(rows.c.id == key).values(due_at=due_at))
