"""Accepting events: stored once, whatever is repeated."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    bindparam,
    case,
    delete,
    func,
    insert,
    or_,
    select,
)

from storage.ids import new_id
from storage.inbox.base import insert_into
from storage.people import lane_of
from storage.queries import Row, table


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event to accept.

    Attributes:
        key: the same for every repeat of the event.
        sender: platform, tenant and id of the account that sent it.
        zone: the IANA name of the sender's time zone, where the platform tells it.
        payload: the event as JSON.
        due_at: when to work on it; None for at once.
    """

    key: str
    sender: tuple[str, str, str]
    locale: str | None
    conversation: str
    kind: str
    payload: dict[str, Any]
    due_at: datetime | None = None
    zone: str | None = None


def accept(
    connection: Connection, arrivals: Sequence[Arrival], now: datetime, queue_limit: int
) -> dict[str, bool]:
    """Store events; a sender seen for the first time becomes a person.

    An event waits in the lane of its account: that of its person, unless accounts were linked.

    Args:
        queue_limit: of what a person sends, so much may wait; for more, one ``overflow`` a minute
            is stored in its place.

    Returns:
        The keys that were not there before, and whether they wait to be worked on.
    """
    arrivals = list({one.key: one for one in arrivals}.values())
    people = _people_of(connection, arrivals, now)
    # Sorted, so that two workers never lock two mailboxes in opposite order.
    ordered = sorted(arrivals, key=lambda one: people[one.sender])
    ready: dict[str, Row] = {}
    for one in ordered:
        person, at = people[one.sender], one.due_at or now
        before = ready.get(person)
        if before is None or at < before["ready_at"]:
            ready[person] = bell(person, one.sender, at)
    ring(connection, list(ready.values()))
    held = connection.execute(_queues_query(), {"people": list(ready)})
    queues: dict[str, int] = {row.person_id: row.many for row in held}
    rows: list[dict[str, Any]] = []
    beyond: list[Arrival] = []
    for one in ordered:
        person = people[one.sender]
        queues[person] = queues.get(person, 0) + 1
        if queues[person] <= queue_limit:
            rows.append(row_of(one, person, now))
        else:
            beyond.append(one)
    known = _keys_among(connection, [one.key for one in beyond])
    for one in beyond:
        if one.key not in known:
            rows += _refused(one, people[one.sender], now)
    if not rows:
        return {}
    new = set(connection.scalars(_accept_statement(connection.dialect.name), rows))
    return {
        row["event_key"]: row["settled_at"] is None
        for row in rows
        if row["event_key"] in new and row["kind"] != "overflow"
    }


def _keys_among(connection: Connection, keys: Sequence[str]) -> set[str]:
    """Those of events that are there already: a repeat is no overflow."""
    if not keys:
        return set()
    rows = table("inbox")
    return set(connection.scalars(select(rows.c.event_key).where(rows.c.event_key.in_(keys))))


def bell(person: str, sender: tuple[str, str, str], at: datetime) -> Row:
    """What :func:`ring` takes: there is something to do for a person at a time."""
    return {"person_id": person, "platform": sender[0], "tenant": sender[1], "ready_at": at}


def ring(connection: Connection, bells: Sequence[Row]) -> None:
    """Have mailboxes looked into at a time at the latest; they are made where there are none."""
    connection.execute(_ring_statement(connection.dialect.name), bells)


def row_of(one: Arrival, person: str, now: datetime) -> dict[str, Any]:
    """The row of the inbox for an event."""
    return {
        "event_key": one.key,
        "person_id": person,
        "tenant": one.sender[1],
        "conversation": one.conversation,
        "kind": one.kind,
        "payload": one.payload,
        "accepted_at": now,
        "due_at": one.due_at,
        "attempts": 0,
        "state": "waiting",
        "settled_at": None,
    }


def _refused(one: Arrival, person: str, now: datetime) -> list[dict[str, Any]]:
    """The event, settled, and what tells its sender; nothing of its text is kept."""
    row = row_of(one, person, now)
    known = ("conversation", "message_id", "sender", "sent_at")
    told = {
        **row,
        "event_key": f"overflow:{person}:{now:%Y%m%d%H%M}",
        "kind": "overflow",
        "payload": {name: one.payload[name] for name in known},
    }
    return [{**row, "payload": None, "state": "refused", "settled_at": now}, told]


@lru_cache
def _queues_query() -> Any:
    rows = table("inbox")
    return (
        select(rows.c.person_id, func.count().label("many"))
        .where(
            rows.c.person_id.in_(bindparam("people", expanding=True)),
            rows.c.settled_at.is_(None),
            rows.c.due_at.is_(None),
        )
        .group_by(rows.c.person_id)
    )


@lru_cache
def _ring_statement(dialect: str) -> Insert:
    box = table("mailbox")
    made = insert_into(dialect, "mailbox").values(
        person_id=bindparam("person_id"),
        platform=bindparam("platform"),
        tenant=bindparam("tenant"),
        ready_at=bindparam("ready_at"),
        epoch=0,
        minute_turns=0,
    )
    earlier = or_(box.c.ready_at.is_(None), box.c.ready_at > made.excluded.ready_at)
    return made.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"ready_at": case((earlier, made.excluded.ready_at), else_=box.c.ready_at)},
    )


@lru_cache
def _accept_statement(dialect: str) -> Any:
    made = insert_into(dialect, "inbox").on_conflict_do_nothing(index_elements=["event_key"])
    return made.returning(table("inbox").c.event_key)


def _people_of(
    connection: Connection, arrivals: Sequence[Arrival], now: datetime
) -> dict[tuple[str, str, str], str]:
    senders = {one.sender: (one.locale, one.zone) for one in arrivals}
    found = _known(connection, senders)
    new = [sender for sender in senders if sender not in found]
    if not new:
        return found
    ids = {sender: new_id() for sender in sorted(new)}
    people: list[dict[str, Any]] = [
        {
            "id": person,
            "created_at": now,
            "share_memory": True,
            "locale": senders[sender][0],
            "time_zone": senders[sender][1],
            "zone_chosen": False,
            "reminders": True,
            "paused_turns": 0,
            "offered": [],
        }
        for sender, person in ids.items()
    ]
    connection.execute(insert(table("people")), people)
    accounts = [
        {"platform": sender[0], "tenant": sender[1], "external_id": sender[2], "person_id": person}
        for sender, person in ids.items()
    ]
    made = set(connection.scalars(_accounts_statement(connection.dialect.name), accounts))
    found |= {sender: person for sender, person in ids.items() if person in made}
    # Another worker met the same person at the same moment, and was first.
    lost = {sender: person for sender, person in ids.items() if person not in made}
    if lost:
        found |= _known(connection, lost)
        people_of = table("people").c.id
        connection.execute(delete(table("people")).where(people_of.in_(list(lost.values()))))
    return found


@lru_cache
def _accounts_statement(dialect: str) -> Any:
    """Inserts accounts that are not there yet; returns the people of those it made."""
    made = insert_into(dialect, "accounts").on_conflict_do_nothing()
    return made.returning(table("accounts").c.person_id)


def _known(
    connection: Connection, senders: Iterable[tuple[str, str, str]]
) -> dict[tuple[str, str, str], str]:
    by_place: dict[tuple[str, str], list[str]] = {}
    for platform, tenant, external in senders:
        by_place.setdefault((platform, tenant), []).append(external)
    found: dict[tuple[str, str, str], str] = {}
    for (platform, tenant), ids in by_place.items():
        params = {"platform": platform, "tenant": tenant, "ids": ids}
        for row in connection.execute(_accounts_query(), params):
            found[platform, tenant, row.external_id] = row.lane
    return found


@lru_cache
def _accounts_query() -> Any:
    accounts = table("accounts")
    return select(accounts.c.external_id, lane_of(accounts).label("lane")).where(
        accounts.c.platform == bindparam("platform"),
        accounts.c.tenant == bindparam("tenant"),
        accounts.c.external_id.in_(bindparam("ids", expanding=True)),
    )
