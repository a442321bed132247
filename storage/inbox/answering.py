"""What other workers are at: asked when a person wants to stop a reply that is not written here."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, bindparam, exists, select

from storage.queries import table


def shown_elsewhere(connection: Connection, conversation: str, owner: str, now: datetime) -> bool:
    """Whether a reply that another worker than ``owner`` is writing shows already."""
    told = {"here": conversation, "me": owner, "now": now}
    return connection.execute(_shown_query(), told).first() is not None


def worked_on_elsewhere(
    connection: Connection, conversation: str, owner: str, now: datetime, longer: timedelta
) -> bool:
    """Whether another worker is at what was written there, and has been for ``longer``.

    What waits behind something the person wrote elsewhere is not worked on yet.
    """
    told = {"here": conversation, "me": owner, "now": now, "since": now - longer}
    return connection.execute(_worked_query(), told).first() is not None


@lru_cache
def _shown_query() -> Any:
    rows = table("outbox")
    return _of_others(rows, rows.c.state == "begun")


@lru_cache
def _worked_query() -> Any:
    rows = table("inbox")
    since = bindparam("since", type_=rows.c.accepted_at.type)
    before = rows.alias("before")
    waits = exists().where(
        before.c.person_id == rows.c.person_id,
        before.c.settled_at.is_(None),
        before.c.due_at.is_(None),
        before.c.id < rows.c.id,
        before.c.conversation != rows.c.conversation,
    )
    return _of_others(rows, rows.c.due_at.is_(None), rows.c.accepted_at <= since, ~waits)


def _of_others(rows: FromClause, *which: ColumnElement[bool]) -> Any:
    """The first unsettled row of a conversation that another worker holds."""
    box = table("mailbox")
    moment = bindparam("now", type_=box.c.lease_until.type)
    return (
        select(rows.c.id)
        .join(box, box.c.person_id == rows.c.person_id)
        .where(
            rows.c.conversation == bindparam("here"),
            rows.c.settled_at.is_(None),
            *which,
            box.c.owner.is_not(None),
            box.c.owner != bindparam("me"),
            box.c.lease_until > moment,
        )
        .limit(1)
    )
