"""Offers to link two accounts: a code, who entered it, how far both have agreed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from storage.ids import new_id
from storage.queries import Row, table

HOUR = timedelta(hours=1)


def make(
    connection: Connection, person: str, maker: dict[str, Any], code_hash: str, until: datetime
) -> str:
    """Keep a new code of a person; one that nobody has entered yet is good no more."""
    offers, key = table("link_offers"), new_id()
    connection.execute(delete(offers).where(offers.c.person_id == person, offers.c.state == "open"))
    connection.execute(
        insert(offers).values(
            id=key,
            person_id=person,
            maker=maker,
            code_hash=code_hash,
            state="open",
            expires_at=until,
        )
    )
    return key


def by_code(connection: Connection, code_hash: str, now: datetime) -> Row | None:
    """The offer of a code that is still good, locked; None for any other."""
    offers = table("link_offers")
    return _locked(connection, (offers.c.code_hash == code_hash) & (offers.c.expires_at > now))


def by_id(connection: Connection, key: str, now: datetime) -> Row | None:
    """An offer that has not run out, locked."""
    offers = table("link_offers")
    return _locked(connection, (offers.c.id == key) & (offers.c.expires_at > now))


def _locked(connection: Connection, which: Any) -> Row | None:
    offers = table("link_offers")
    found = connection.execute(select(offers).where(which).with_for_update())
    row = found.mappings().first()
    return dict(row) if row is not None else None


def waiting_for(connection: Connection, person: str, now: datetime) -> list[Row]:
    """The offers that a person has to say yes or no to."""
    offers = table("link_offers")
    asked = (offers.c.person_id == person) & (offers.c.state == "asked")
    shown = (offers.c.taker_id == person) & (offers.c.state == "shown")
    found = connection.execute(
        select(offers).where(or_(asked, shown), offers.c.expires_at > now).order_by(offers.c.id)
    )
    return [dict(row) for row in found.mappings()]


def take(
    connection: Connection, key: str, person: str, taker: dict[str, Any], until: datetime
) -> None:
    """Somebody entered the code: it is good no more, and what they entered before is off."""
    offers = table("link_offers")
    connection.execute(delete(offers).where(offers.c.taker_id == person, offers.c.state == "shown"))
    connection.execute(
        update(offers)
        .where(offers.c.id == key)
        .values(taker_id=person, taker=taker, code_hash=None, state="shown", expires_at=until)
    )


def ask(connection: Connection, key: str, until: datetime) -> None:
    """Who entered the code agrees; now the other is asked."""
    offers = table("link_offers")
    connection.execute(
        update(offers).where(offers.c.id == key).values(state="asked", expires_at=until)
    )


def drop(connection: Connection, key: str) -> None:
    """An offer is off."""
    offers = table("link_offers")
    connection.execute(delete(offers).where(offers.c.id == key))


def note_try(connection: Connection, person: str, at: datetime) -> tuple[int, datetime]:
    """Note that a code is entered; returns how many were in the last hour, and the first of them.

    Those of before are deleted.
    """
    tries = table("link_tries")
    mine = tries.c.person_id == person
    connection.execute(delete(tries).where(mine, tries.c.at <= at - HOUR))
    connection.execute(insert(tries).values(person_id=person, at=at))
    counted = select(func.count(), func.min(tries.c.at)).where(mine)
    count, first = connection.execute(counted).one()
    return count, first


def prune(connection: Connection, now: datetime, limit: int) -> int:
    """Delete offers that have run out; returns how many."""
    offers = table("link_offers")
    wanted = (
        select(offers.c.id)
        .where(offers.c.expires_at <= now)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return connection.execute(delete(offers).where(offers.c.id.in_(wanted))).rowcount
