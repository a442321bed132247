"""What goes by itself, and when: settled rows, mailboxes of nobody, people long untouched.

Each function deletes a part that is small enough for one short transaction, and returns how much it
was; called until it returns less than it was allowed, it has done all there is.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, delete, exists, func, or_, select, update

from storage.inbox.base import insert_into
from storage.queries import PersonScope, table

# As long as a platform may send an event again, its key must be known.
KEYS_KEPT = timedelta(days=7)
# What was given up waits so long for an operator; it holds text.
ASIDE_KEPT = timedelta(days=30)
_ASIDE = ("dead", "failed", "unsure")


def take_chore(connection: Connection, name: str, now: datetime, every: timedelta) -> bool:
    """Take on something that one worker does for all; returns whether its time has come."""
    chores = table("chores")
    made = insert_into(connection.dialect.name, "chores").values(name=name, at=now)
    taken = made.on_conflict_do_update(
        index_elements=["name"], set_={"at": now}, where=chores.c.at <= now - every
    ).returning(chores.c.name)
    return connection.scalar(taken) is not None


def prune_settled(connection: Connection, now: datetime, limit: int) -> int:
    """Delete events and replies that were settled long enough ago; ``limit`` of each."""
    return sum(_prune(connection, name, now, limit) for name in ("inbox", "outbox"))


def _prune(connection: Connection, name: str, now: datetime, limit: int) -> int:
    rows = table(name)
    aside = rows.c.state.in_(_ASIDE)
    old = or_(rows.c.settled_at < now - ASIDE_KEPT, ~aside)
    wanted = (
        select(rows.c.id)
        .where(rows.c.settled_at < now - KEYS_KEPT, old)
        .order_by(rows.c.settled_at)
        .limit(limit)
    )
    return connection.execute(delete(rows).where(rows.c.id.in_(wanted))).rowcount


def prune_mailboxes(connection: Connection, limit: int) -> int:
    """Delete mailboxes whose person is gone and in which nothing waits."""
    box, people = table("mailbox"), table("people")
    nobodys = ~exists().where(people.c.id == func.coalesce(box.c.linked, box.c.person_id))
    wanted = (
        select(box.c.person_id)
        # What comes in at this moment rings the mailbox: then it is not idle.
        .where(box.c.ready_at.is_(None), box.c.owner.is_(None), nobodys)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(box).where(box.c.person_id.in_(wanted))).rowcount


def untouched(connection: Connection, before: datetime, limit: int) -> list[str]:
    """People who wrote nothing, and to whom nothing was written, since ``before``."""
    people = table("people")
    query = select(people.c.id).where(*_untouched(before)).order_by(people.c.id).limit(limit)
    return list(connection.scalars(query))


def _untouched(before: datetime) -> list[ColumnElement[bool]]:
    people, events, box = table("people"), table("inbox"), table("mailbox")
    accounts = table("accounts")
    # What a linked account brings in waits under another id than the person's.
    lanes = select(accounts.c.lane).where(
        accounts.c.person_id == people.c.id, accounts.c.lane.is_not(None)
    )

    def none(name: str, column: str) -> ColumnElement[bool]:
        rows = table(name)
        return ~exists().where(rows.c.person_id == people.c.id, rows.c[column] >= before)

    def neither(rows: Table, which: ColumnElement[bool]) -> list[ColumnElement[bool]]:
        return [
            ~exists().where(rows.c.person_id == people.c.id, which),
            ~exists().where(rows.c.person_id.in_(lanes), which),
        ]

    # A reminder still to come does not keep anybody's data longer.
    waits = (events.c.settled_at.is_(None)) & (events.c.due_at.is_(None))
    return [
        people.c.created_at < before,
        none("persona_sessions", "last_at"),
        none("messages", "at"),
        *neither(events, waits),
        *neither(box, box.c.minute_at >= before),
    ]


def forget_untouched(connection: Connection, person: str, before: datetime, now: datetime) -> bool:
    """Delete a person and all that came of them, if that still holds; returns whether it did."""
    if not _free(connection, person, now):
        return False
    people = table("people")
    still = select(func.count()).select_from(people).where(people.c.id == person)
    if not connection.scalar(still.where(*_untouched(before))):
        return False
    PersonScope.held(connection, person).forget()
    return True


def _free(connection: Connection, person: str, now: datetime) -> bool:
    """Lock the person's mailboxes; returns whether no worker holds one."""
    box = table("mailbox")
    for lane in PersonScope(connection, person).lanes():
        mine = box.c.person_id == lane
        connection.execute(update(box).where(mine).values(epoch=box.c.epoch))
        found = connection.execute(select(box.c.owner, box.c.lease_until).where(mine)).first()
        if found is not None and found.owner is not None and found.lease_until >= now:
            return False
    return True
