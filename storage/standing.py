"""How things stand where people write: asked for every event, so for many of them at once.

An event is acknowledged only when it is stored, and this is read before: it is one statement,
whatever the number of those who wait (a statement costs a round trip on Postgres, and more in
Python than in either database).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    String,
    any_,
    bindparam,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from storage.queries import Row, table


@dataclass(frozen=True, slots=True)
class Asked:
    """Who writes where.

    Attributes:
        external: the platform's id of who writes.
        conversation: empty where it can be nobody's thread.
    """

    tenant: str
    external: str
    conversation: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand there.

    Attributes:
        person: the id of who writes; None before first contact.
        thread: whose thread it is (``person_id``), the ``coach`` and the open ``session``; None
            where nobody is coached. A session that was opened there later on wins over the note.
        open: whether the person has an open session, wherever it is.
    """

    person: str | None
    thread: Row | None
    open: bool


def standings(connection: Connection, platform: str, asked: Sequence[Asked]) -> list[Standing]:
    """How things stand, for each that is asked about, in their order."""
    told = {
        "platform": platform,
        "tenants": sorted({one.tenant for one in asked}),
        "people": sorted({one.external for one in asked}),
        "places": sorted({one.conversation for one in asked if one.conversation}),
    }
    people: dict[tuple[str, str], tuple[str, bool]] = {}
    threads: dict[str, Row] = {}
    for row in connection.execute(_query(connection.dialect.name), told):
        if row.what == "account":
            people[row.tenant, row.name] = row.person_id, row.session is not None
        elif row.what == "session" or row.name not in threads:
            # The notes come first, and the sessions by their last line: the last one wins.
            threads[row.name] = {
                "person_id": row.person_id,
                "coach": row.coach,
                "session": row.session,
            }
    found: list[Standing] = []
    for one in asked:
        person, is_open = people.get((one.tenant, one.external), (None, False))
        found.append(Standing(person, threads.get(one.conversation), is_open))
    return found


@lru_cache
def _query(dialect: str) -> Any:
    """Accounts, notes of threads, and open sessions of threads, as rows of one kind.

    Accounts of other tenants may be among them, where two have people of the same id.
    """
    among = _among(dialect)
    accounts, threads, sessions = table("accounts"), table("threads"), table("persona_sessions")
    none: ColumnElement[Any] = null()
    some_open = (
        select(sessions.c.id)
        .where(sessions.c.person_id == accounts.c.person_id, sessions.c.status == "open")
        .limit(1)
        .scalar_subquery()
    )
    # First, so that its columns tell the types of the others' nothing.
    held = select(
        literal("session").label("what"),
        none.label("tenant"),
        sessions.c.conversation.label("name"),
        sessions.c.person_id.label("person_id"),
        sessions.c.coach.label("coach"),
        sessions.c.id.label("session"),
        sessions.c.last_at.label("last_at"),
    ).where(among(sessions.c.conversation, "places"), sessions.c.status != "ended")
    people = select(
        literal("account"),
        accounts.c.tenant,
        accounts.c.external_id,
        accounts.c.person_id,
        none,
        some_open,
        none,
    ).where(
        accounts.c.platform == bindparam("platform"),
        among(accounts.c.tenant, "tenants"),
        among(accounts.c.external_id, "people"),
    )
    notes = select(
        literal("note"),
        none,
        threads.c.conversation,
        threads.c.person_id,
        threads.c.coach,
        none,
        none,
    ).where(among(threads.c.conversation, "places"))
    every = union_all(held, people, notes).subquery("every")
    return select(every).order_by(every.c.what, every.c.last_at)


def _among(dialect: str) -> Callable[[ColumnElement[str], str], ColumnElement[bool]]:
    """Whether a column is one of many: on Postgres as an array, so that the statement is prepared
    once for any number of them."""

    def in_array(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
        return column == any_(bindparam(name, type_=ARRAY(String)))

    def in_list(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
        return column.in_(bindparam(name, expanding=True))

    return in_array if dialect == "postgresql" else in_list
