"""People and their accounts, and the coaches that rows refer to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    bindparam,
    func,
    insert,
    select,
    update,
)

from storage.ids import new_id
from storage.rows import Row, table

# What the columns of a session are called beside those of its person.
_SESSION = "session__"


def project_coaches(connection: Connection, profiles: Sequence[Row]) -> None:
    """Write the coaches' projection rows (key, name, title, version), changing what differs."""
    profile = table("persona_profiles")
    known = {row.key: row.version for row in connection.execute(select(profile))}
    for row in profiles:
        if row["key"] not in known:
            connection.execute(insert(profile).values(**row))
        elif known[row["key"]] != row["version"]:
            connection.execute(update(profile).where(profile.c.key == row["key"]).values(**row))


def coach_versions(connection: Connection) -> dict[str, str]:
    """Key and version of each projected coach."""
    profile = table("persona_profiles")
    return {
        row.key: row.version for row in connection.execute(select(profile.c.key, profile.c.version))
    }


@lru_cache
def _me_query() -> Select[Any]:
    account, people = table("accounts"), table("people")
    return (
        select(people, lane_of(account).label("lane"))
        .join(account, account.c.person_id == people.c.id)
        .where(
            account.c.platform == bindparam("platform"),
            account.c.tenant == bindparam("tenant"),
            account.c.external_id == bindparam("external"),
        )
    )


def me_of(connection: Connection, platform: str, tenant: str, external: str) -> Row | None:
    """The row of the person behind an account, with the ``lane`` of that account, or None."""
    who = {"platform": platform, "tenant": tenant, "external": external}
    row = connection.execute(_me_query(), who).mappings().first()
    return dict(row) if row is not None else None


@lru_cache
def _here_query() -> Select[Any]:
    """:func:`_me_query` with the columns of :func:`storage.queries.PersonScope.active` beside."""
    people, sessions = table("people"), table("persona_sessions")
    active = (
        select(sessions.c.id)
        .where(
            sessions.c.person_id == people.c.id,
            sessions.c.conversation == bindparam("conversation"),
            sessions.c.status != "ended",
        )
        .order_by(sessions.c.last_at.desc(), sessions.c.id)
        .limit(1)
        .correlate(people)
        .scalar_subquery()
    )
    columns = [column.label(f"{_SESSION}{column.name}") for column in sessions.c]
    mine = (sessions.c.id == active) & (sessions.c.person_id == people.c.id)
    return _me_query().add_columns(*columns).outerjoin(sessions, mine)


def me_in(
    connection: Connection, platform: str, tenant: str, external: str, conversation: str
) -> tuple[Row, Row | None] | None:
    """As :func:`me_of`, with the session of a conversation that was written in last, if any."""
    params = {
        "platform": platform,
        "tenant": tenant,
        "external": external,
        "conversation": conversation,
    }
    found = connection.execute(_here_query(), params).mappings().first()
    if found is None:
        return None
    me: Row = {}
    row: Row = {}
    for name, value in found.items():
        if name.startswith(_SESSION):
            row[name.removeprefix(_SESSION)] = value
        else:
            me[name] = value
    return me, row if row["id"] is not None else None


def add_person(
    connection: Connection,
    platform: str,
    tenant: str,
    external: str,
    at: datetime,
    locale: str | None,
    zone: str | None = None,
) -> Row:
    """Create a person with one account and return the person's row."""
    person, people = new_id(), table("people")
    connection.execute(
        insert(people).values(
            id=person,
            created_at=at,
            share_memory=True,
            locale=locale,
            time_zone=zone,
            zone_chosen=False,
            reminders=True,
            paused_turns=0,
            offered=[],
        )
    )
    connection.execute(
        insert(table("accounts")).values(
            platform=platform, tenant=tenant, external_id=external, person_id=person
        )
    )
    row = connection.execute(select(people).where(people.c.id == person)).mappings().one()
    return {**row, "lane": person}


def lane_of(accounts: FromClause) -> ColumnElement[str]:
    """Where what comes in by an account waits: under its person's id, unless it was linked."""
    return func.coalesce(accounts.c.lane, accounts.c.person_id)
