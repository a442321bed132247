"""What an operator sees of the inbox and does to it: ids, kinds, ages, error classes; no text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    TextClause,
    and_,
    func,
    insert,
    or_,
    select,
    text,
    update,
)

from storage.inbox_tables import ASIDE
from storage.queries import Row, table

What = Literal["event", "reply"]
_Where = ColumnElement[bool] | TextClause
_MARKS: dict[What, str] = {"event": "e", "reply": "r"}
_WHATS: dict[str, What] = {mark: what for what, mark in _MARKS.items()}
_TABLES: dict[What, str] = {"event": "inbox", "reply": "outbox"}


class NoSuchItemError(Exception):
    """The inbox holds nothing under this id that this can be done to; the message says why."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event that waits or was put aside, or a reply that is not shown.

    Attributes:
        id: ``e12`` for an event, ``r7`` for a reply.
        kind: of an event, as in bot/inbox/codec.py; "reply" for a reply.
        state: of an event ``waiting`` or ``dead``; of a reply ``failed``, ``unsure``, or how far it
            has come.
        since: when it was accepted or written.
        retry_at: when it is tried again, where it waits for that.
        error: the class of the last error.
        emptied: whether its text is gone, so that it can't be tried again.
    """

    id: str
    kind: str
    state: str
    person: str
    conversation: str
    since: datetime
    attempts: int
    error: str | None
    retry_at: datetime | None
    emptied: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How the inbox stands.

    Attributes:
        waiting: events that could be worked on now, or are being worked on.
        oldest: since when the oldest of them could be; None when there is none.
        later: reminders whose time has not come.
        dead: events that were given up.
        unsent: replies not yet shown.
        failed, unsure: replies given up, and such whose fate is not known.
    """

    waiting: int
    oldest: datetime | None
    later: int
    dead: int
    unsent: int
    failed: int
    unsure: int


def counts(connection: Connection, now: datetime) -> Counts:
    """How the inbox stands; reads no more rows than are waiting or put aside."""
    events, replies = table("inbox"), table("outbox")
    since = func.coalesce(events.c.due_at, events.c.accepted_at, type_=events.c.accepted_at.type)
    due = or_(events.c.due_at.is_(None), events.c.due_at <= now)
    waiting, oldest = connection.execute(
        select(func.count(), func.min(since)).where(events.c.settled_at.is_(None), due)
    ).one()

    def many(rows: Any, *where: _Where) -> int:
        return connection.scalar(select(func.count()).select_from(rows).where(*where)) or 0

    found = connection.execute(
        select(replies.c.state, func.count().label("many"))
        .where(_aside("reply"))
        .group_by(replies.c.state)
    )
    aside = {row.state: row.many for row in found}
    return Counts(
        waiting=waiting,
        oldest=oldest,
        later=many(events, events.c.settled_at.is_(None), events.c.due_at > now),
        dead=many(events, _aside("event")),
        unsent=many(replies, replies.c.settled_at.is_(None)),
        failed=aside.get("failed", 0),
        unsure=aside.get("unsure", 0),
    )


def items(connection: Connection, now: datetime, limit: int) -> list[Item]:
    """Events and replies that wait or were put aside, the oldest first; no reminder to come.

    Args:
        limit: of events, and of replies, at most so many.
    """
    events = table("inbox")
    due = or_(events.c.due_at.is_(None), events.c.due_at <= now)
    found: list[Item] = []
    for what in _MARKS:
        waits = table(_TABLES[what]).c.settled_at.is_(None)
        found += _read(connection, what, limit, and_(waits, due) if what == "event" else waits)
        found += _read(connection, what, limit, _aside(what))
    return sorted(found, key=lambda one: one.since)[:limit]


def _read(connection: Connection, what: What, limit: int, where: _Where) -> list[Item]:
    rows = table(_TABLES[what])
    found = connection.execute(
        select(rows).where(where).order_by(rows.c.settled_at, rows.c.id).limit(limit)
    )
    return [_item(what, dict(row)) for row in found.mappings()]


def _aside(what: What) -> TextClause:
    # In the very words of its index, without parameters: else it can't be used.
    return text(ASIDE[_TABLES[what]])


def _item(what: What, row: Row) -> Item:
    event = what == "event"
    return Item(
        id=f"{_MARKS[what]}{row['id']}",
        kind=row["kind"] if event else "reply",
        state=row["state"],
        person=row["person_id"],
        conversation=row["conversation"],
        since=row["accepted_at"] if event else row["created_at"],
        attempts=row["attempts"],
        error=row["error"],
        retry_at=row["retry_at"] if event else row["next_at"],
        emptied=row["payload" if event else "body"] is None,
    )


def retry(connection: Connection, item: str, now: datetime) -> None:
    """Have something tried again at once.

    A dead event comes in anew, behind what waits: its own key stays with the apology that was shown
    for it, so that the answer is a reply of its own. A reply that was given up is tried again under
    its own key: should it be there after all, it is found.

    Raises:
        NoSuchItemError: there is nothing of this id, or nothing of it to try again.
    """
    what, row = _held(connection, item, now)
    rows = table(_TABLES[what])
    if not _ring(connection, row["person_id"], now):
        raise NoSuchItemError(f"Who {item} is from is gone; it can only be dropped.")
    if row["settled_at"] is None:
        again: dict[str, Any] = {"retry_at": None} if what == "event" else {"next_at": None}
        connection.execute(update(rows).where(rows.c.id == row["id"]).values(**again))
    elif row["state"] == "unsure":
        raise NoSuchItemError(
            f"{item} may have been shown, and the person was offered to see it again. "
            "It can only be dropped."
        )
    elif row["payload" if what == "event" else "body"] is None:
        raise NoSuchItemError(f"{item} holds no text any more; it can only be dropped.")
    elif what == "event":
        _anew(connection, row, now)
    else:
        connection.execute(
            update(rows)
            .where(rows.c.id == row["id"])
            .values(state="sending", settled_at=None, attempts=0, next_at=None)
        )


def _anew(connection: Connection, row: Row, now: datetime) -> None:
    events = table("inbox")
    connection.execute(
        insert(events).values(
            event_key=f"again:{row['id']}:{row['event_key']}",
            person_id=row["person_id"],
            tenant=row["tenant"],
            conversation=row["conversation"],
            kind=row["kind"],
            payload=row["payload"],
            accepted_at=now,
            attempts=0,
            state="waiting",
        )
    )
    connection.execute(
        update(events).where(events.c.id == row["id"]).values(state="retried", payload=None)
    )


def drop(connection: Connection, item: str, now: datetime) -> None:
    """Give something up for good; its text is deleted, its key stays to know repeats by.

    Raises:
        NoSuchItemError: there is nothing of this id that waits or was put aside.
    """
    what, row = _held(connection, item, now)
    rows = table(_TABLES[what])
    values = {"state": "dropped", "settled_at": row["settled_at"] or now}
    emptied = {"payload": None} if what == "event" else {"body": None}
    connection.execute(update(rows).where(rows.c.id == row["id"]).values(**values, **emptied))


def everything_to_retry(connection: Connection, now: datetime) -> list[str]:
    """The ids of all that can be tried again: what was given up, and what waits for a later try."""
    events, replies = table("inbox"), table("outbox")
    later = and_(events.c.settled_at.is_(None), events.c.retry_at > now)
    return [
        *_ids(connection, "event", _aside("event"), events.c.payload.is_not(None)),
        *_ids(connection, "event", later),
        *_ids(
            connection,
            "reply",
            _aside("reply"),
            replies.c.state == "failed",
            replies.c.body.is_not(None),
        ),
    ]


def everything_to_drop(connection: Connection) -> list[str]:
    """The ids of all that was put aside; what still waits is dropped by its own id only."""
    return [item for what in _MARKS for item in _ids(connection, what, _aside(what))]


def _ids(connection: Connection, what: What, *where: _Where) -> list[str]:
    rows = table(_TABLES[what])
    found = connection.scalars(
        select(rows.c.id).where(*where).order_by(rows.c.settled_at, rows.c.id)
    )
    return [f"{_MARKS[what]}{key}" for key in found]


def _held(connection: Connection, item: str, now: datetime) -> tuple[What, Row]:
    """A row that waits or was put aside, with its mailbox locked."""
    what = _WHATS.get(item[:1])
    number = item[1:]
    if what is None or not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise NoSuchItemError(f"{item!r} is no id; 'rocket inbox list' shows them, as e12 or r7.")
    rows = table(_TABLES[what])
    query = select(rows).where(
        rows.c.id == int(number), or_(rows.c.settled_at.is_(None), _aside(what))
    )
    row = connection.execute(query).mappings().first()
    if row is not None:
        _ring(connection, row["person_id"], now)
        # Whoever held the mailbox may have settled it meanwhile.
        row = connection.execute(query).mappings().first()
    if row is None:
        raise NoSuchItemError(f"Nothing waits under {item}, and nothing was put aside there.")
    return what, dict(row)


def _ring(connection: Connection, person: str, now: datetime) -> bool:
    """Lock a mailbox and have somebody look into it; returns whether there is one."""
    box = table("mailbox")
    rung = update(box).where(box.c.person_id == person).values(ready_at=now)
    return connection.execute(rung).rowcount == 1
