"""Claiming mailboxes, holding them and giving them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Update, bindparam, exists, func, select, update

from storage.inbox.base import FencedError
from storage.queries import table

# The owner of a mailbox whose holder was fenced from outside: whoever takes it next inherits it.
_NOBODY = "fenced"


@dataclass(frozen=True, slots=True)
class Claim:
    """A mailbox held: only who writes with its ``epoch`` may change anything for the person.

    ``inherited`` tells that an earlier holder died or froze with it, ``linked`` that there are
    other mailboxes of the same person, none of which is held meanwhile.
    """

    person: str
    tenant: str
    epoch: int
    inherited: bool
    minute_at: datetime | None
    minute_turns: int
    linked: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """What a worker has under way: whom it works for, and how many of each tenant."""

    people: frozenset[str]
    tenants: Mapping[str, int]


def claim(
    connection: Connection,
    owner: str,
    platforms: Sequence[str],
    running: Running,
    limit: int,
    now: datetime,
    lease: timedelta,
    person: str | None = None,
) -> list[Claim]:
    """Take up to ``limit`` mailboxes with something to do, fair between tenants.

    Args:
        platforms: those whose replies this worker can show.
        running: whom this worker works for is not claimed, also when the lease was renewed too
            late; a tenant with many lanes under way waits its turn.
        person: take this mailbox alone.
    """
    wanted = [person] if person else _fair(connection, platforms, running, limit, now)
    if not wanted:
        return []
    held = connection.execute(_lock_query(), {"wanted": wanted, "now": now}).all()
    if any(row.linked is not None for row in held):
        held = _alone(connection, held, now)
    if held:
        changes = [{"person": row.person_id, "mine": owner, "until": now + lease} for row in held]
        connection.execute(_take_statement(), changes)
    return [
        Claim(
            row.person_id,
            row.tenant,
            row.epoch + 1,
            row.owner is not None,
            row.minute_at,
            row.minute_turns,
            row.linked is not None,
        )
        for row in held
    ]


def _alone(connection: Connection, rows: Sequence[Any], now: datetime) -> list[Any]:
    """Those of locked mailboxes that can be held while no other of the same person is.

    Whoever held another one until its lease ended is fenced as if that very mailbox had been taken
    from them: memory and what was asked are one person's, whatever account they write by.
    """
    box = table("mailbox")
    first = {row.linked: row.person_id for row in reversed(rows) if row.linked is not None}
    others = box.c.linked.in_(list(first)) & box.c.person_id.not_in(list(first.values()))
    there = connection.execute(select(box.c.person_id, box.c.linked).where(others)).all()
    free = set(_locked(connection, others & _idle(now), skip=True))
    busy = {row.linked for row in there if row.person_id not in free}
    taken = [row.person_id for row in there if row.linked not in busy]
    set_aside(connection, taken)
    alone = {person for linked, person in first.items() if linked not in busy}
    return [row for row in rows if row.linked is None or row.person_id in alone]


def set_aside(connection: Connection, people: Sequence[str]) -> None:
    """Fence whoever held these mailboxes, whose leases are over."""
    box = table("mailbox")
    connection.execute(
        update(box)
        .where(box.c.person_id.in_(people), box.c.owner.is_not(None))
        .values(epoch=box.c.epoch + 1, owner=_NOBODY)
    )


def take_idle(connection: Connection, people: Sequence[str], besides: str, now: datetime) -> bool:
    """Lock mailboxes that nobody holds, without waiting; returns whether that could be done.

    Args:
        besides: one of them that may be held: it is the caller's.
    """
    box = table("mailbox")
    mine = box.c.person_id.in_(people)
    there = set(connection.scalars(select(box.c.person_id).where(mine)))
    free = _locked(connection, mine & (_idle(now) | (box.c.person_id == besides)), skip=True)
    if there - set(free):
        return False
    set_aside(connection, [one for one in free if one != besides])
    return True


def _fair(
    connection: Connection,
    platforms: Sequence[str],
    running: Running,
    limit: int,
    now: datetime,
) -> list[str]:
    """People with something to do, so that every tenant gets its turn."""
    waiting = connection.execute(
        _candidates_query(),
        {"now": now, "each": limit + len(running.people), "platforms": list(platforms)},
    ).all()
    free = [row for row in waiting if row.person_id not in running.people]
    # One more lane of a tenant counts as much as each it has already.
    many = running.tenants
    ranked = sorted(free, key=lambda row: (many.get(row.tenant, 0) + row.place, row.ready_at))
    return [row.person_id for row in ranked[:limit]]


def _idle(now: Any) -> Any:
    """Nobody holds it."""
    box = table("mailbox")
    return box.c.lease_until.is_(None) | (box.c.lease_until < now)


def _free(now: Any) -> Any:
    """There is something to do that nobody does, and nobody does anything else for the person."""
    box, other = table("mailbox"), table("mailbox").alias("other")
    busy = exists().where(
        other.c.linked == box.c.linked,
        other.c.person_id != box.c.person_id,
        other.c.lease_until >= now,
    )
    return (box.c.ready_at <= now) & _idle(now) & (box.c.linked.is_(None) | ~busy)


@lru_cache
def _candidates_query() -> Any:
    box = table("mailbox")
    place = func.row_number().over(partition_by=box.c.tenant, order_by=box.c.ready_at)
    ranked = (
        select(box.c.person_id, box.c.tenant, box.c.ready_at, place.label("place"))
        .where(
            _free(bindparam("now", type_=box.c.ready_at.type)),
            box.c.platform.in_(bindparam("platforms", expanding=True)),
        )
        .subquery()
    )
    return select(ranked).where(ranked.c.place <= bindparam("each"))


@lru_cache
def _lock_query() -> Any:
    box = table("mailbox")
    return (
        select(
            box.c.person_id,
            box.c.tenant,
            box.c.epoch,
            box.c.owner,
            box.c.minute_at,
            box.c.minute_turns,
            box.c.linked,
        )
        .where(
            box.c.person_id.in_(bindparam("wanted", expanding=True)),
            _free(bindparam("now", type_=box.c.ready_at.type)),
        )
        .order_by(box.c.person_id)
        .with_for_update(skip_locked=True, of=box)
    )


@lru_cache
def _take_statement() -> Update:
    box = table("mailbox")
    return (
        update(box)
        .where(box.c.person_id == bindparam("person"))
        .values(
            owner=bindparam("mine"),
            lease_until=bindparam("until", type_=box.c.lease_until.type),
            epoch=box.c.epoch + 1,
        )
    )


def renew(connection: Connection, owner: str, people: Sequence[str], until: datetime) -> set[str]:
    """Extend leases; returns the people whose mailbox is still the owner's."""
    box = table("mailbox")
    mine = _locked(connection, (box.c.owner == owner) & box.c.person_id.in_(people))
    connection.execute(
        update(box).where(box.c.person_id.in_(mine), box.c.owner == owner).values(lease_until=until)
    )
    return set(mine)


def _locked(connection: Connection, which: ColumnElement[bool], *, skip: bool = False) -> list[str]:
    """Lock mailboxes in the order of their people, as all do who lock more than one.

    An UPDATE of many rows locks them in any order; two that meet would wait for each other.

    Args:
        skip: leave out those that somebody else has locked, instead of waiting for them.
    """
    box = table("mailbox")
    found = (
        select(box.c.person_id)
        .where(which)
        .order_by(box.c.person_id)
        .with_for_update(skip_locked=skip)
    )
    return list(connection.scalars(found))


def fence(connection: Connection, person: str, epoch: int) -> None:
    """Lock the mailbox for this transaction. Raises FencedError when it is no longer held."""
    if not connection.execute(_fence_statement(), {"person": person, "mine": epoch}).rowcount:
        raise FencedError(person)


@lru_cache
def _fence_statement() -> Update:
    return _mine().values(epoch=table("mailbox").c.epoch)


def _mine() -> Update:
    box = table("mailbox")
    return update(box).where(
        box.c.person_id == bindparam("person"), box.c.epoch == bindparam("mine")
    )


def fence_turn(
    connection: Connection, person: str, epoch: int, minute_at: datetime, turns: int
) -> None:
    """As :func:`fence`, and note how many turns the person's minute has seen with this one."""
    params = {"person": person, "mine": epoch, "began": minute_at, "turns": turns}
    if not connection.execute(_count_statement(), params).rowcount:
        raise FencedError(person)


@lru_cache
def _count_statement() -> Update:
    box = table("mailbox")
    return _mine().values(
        minute_at=bindparam("began", type_=box.c.minute_at.type),
        minute_turns=bindparam("turns"),
    )


def release(connection: Connection, person: str, epoch: int, ready_at: datetime | None) -> None:
    """Give a mailbox back. Raises FencedError when it is no longer held."""
    params = {"person": person, "mine": epoch, "at": ready_at}
    if not connection.execute(_release_statement(), params).rowcount:
        raise FencedError(person)


@lru_cache
def _release_statement() -> Update:
    box = table("mailbox")
    return _mine().values(
        owner=None,
        lease_until=None,
        epoch=box.c.epoch + 1,
        ready_at=bindparam("at", type_=box.c.ready_at.type),
    )


@dataclass(frozen=True, slots=True)
class Ahead:
    """Whether a mailbox can be claimed now, and else when the next one can be."""

    now: bool
    next_at: datetime | None


def look_ahead(connection: Connection, platforms: Sequence[str], now: datetime) -> Ahead:
    """What there is to do that nobody holds; reads only."""
    params = {"now": now, "platforms": list(platforms)}
    if connection.scalar(_claimable_query(), params):
        return Ahead(now=True, next_at=None)
    return Ahead(now=False, next_at=connection.scalar(_next_query(), params))


@lru_cache
def _claimable_query() -> Any:
    box = table("mailbox")
    free = _free(bindparam("now", type_=box.c.ready_at.type))
    return (
        select(box.c.person_id)
        .where(free, box.c.platform.in_(bindparam("platforms", expanding=True)))
        .limit(1)
    )


@lru_cache
def _next_query() -> Any:
    box = table("mailbox")
    return select(func.min(box.c.ready_at)).where(
        box.c.ready_at > bindparam("now", type_=box.c.ready_at.type),
        box.c.lease_until.is_(None),
        box.c.platform.in_(bindparam("platforms", expanding=True)),
    )


def give_back(connection: Connection, owner: str, now: datetime) -> int:
    """Release everything a worker holds, at once to be taken by another; returns how many."""
    box = table("mailbox")
    mine = _locked(connection, box.c.owner == owner)
    statement = (
        update(box)
        .where(box.c.person_id.in_(mine), box.c.owner == owner)
        .values(owner=None, lease_until=None, epoch=box.c.epoch + 1, ready_at=now)
    )
    return connection.execute(statement).rowcount
