"""Queries. All that reads or writes what a person said goes through :class:`PersonScope`, whose
every statement carries the person's id, so that no code can reach another person's rows by mistake.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Connection,
    Insert,
    Select,
    Text,
    Update,
    bindparam,
    cast,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from storage.emptying import empty_inbox
from storage.people import lane_of
from storage.rows import Row, table

__all__ = ["PersonScope", "Row", "table"]

_PERSONAL = (
    "persona_sessions",
    "messages",
    "persona_insights",
    "persona_cross_analysis",
    "asked",
    "goals",
    "commitments",
    "outcomes",
    "feedback",
    "memo",
    "threads",
    "links",
    "accounts",
)


# Statements of every turn are built once: building one costs more than running it.
@lru_cache
def _active_query() -> Select[Any]:
    sessions = table("persona_sessions")
    return (
        select(sessions)
        .where(
            sessions.c.person_id == bindparam("person"),
            sessions.c.conversation == bindparam("conversation"),
            sessions.c.status != "ended",
        )
        .order_by(sessions.c.last_at.desc(), sessions.c.id)
        .limit(1)
    )


@lru_cache
def _hold_query() -> Select[Any]:
    people = table("people")
    mine = select(people.c.id).where(people.c.id == bindparam("person"))
    return mine.with_for_update(key_share=True)


# A list whose length is known costs half of one that is written out at each call.
@lru_cache(maxsize=32)
def _asked_query(count: int) -> Select[Any]:
    """The asked keys of a bank, and those asked of ``count`` others (key0, key1 …)."""
    asked = table("asked")
    in_bank = (asked.c.key >= bindparam("first")) & (asked.c.key < bindparam("end"))
    others = asked.c.key.in_([bindparam(f"key{number}") for number in range(count)])
    return select(asked.c.key).where(
        asked.c.person_id == bindparam("person"), or_(in_bank, others) if count else in_bank
    )


@lru_cache(maxsize=32)
def _insert_statement(name: str) -> Insert:
    return insert(table(name))


@lru_cache(maxsize=64)
def _rows_query(name: str, columns: tuple[str, ...], newest: int | None) -> Select[Any]:
    """A person's rows of a table whose columns equal the parameters is_<column>, in order."""
    target = table(name)
    statement = select(target).where(
        target.c.person_id == bindparam("person"),
        *(target.c[column] == bindparam(f"is_{column}") for column in columns),
    )
    order = target.c.id if "id" in target.c else next(iter(target.primary_key.columns))
    return (
        statement.order_by(order)
        if newest is None
        else statement.order_by(order.desc()).limit(newest)
    )


@lru_cache(maxsize=128)
def _change_statement(name: str, columns: tuple[str, ...]) -> Update:
    target = table(name)
    return (
        update(target)
        .where(target.c.id == bindparam("key"), target.c.person_id == bindparam("person"))
        .values({column: bindparam(f"new_{column}") for column in columns})
    )


class PersonScope:
    """The rows of one person on one connection."""

    def __init__(self, connection: Connection, person: str) -> None:
        self.connection = connection
        self.person = person

    @classmethod
    def held(cls, connection: Connection, person: str) -> PersonScope:
        """The rows of a person for this write transaction alone, until it ends.

        On Postgres the person's row is locked, so that what is read stays true until it is written
        back; on SQLite whoever writes is alone anyway. Rows that only refer to the person may be
        added meanwhile.
        """
        if connection.dialect.name != "sqlite":
            connection.execute(_hold_query(), {"person": person})
        return cls(connection, person)

    def me(self) -> Row:
        """The person's own row."""
        people = table("people")
        return self._one(select(people).where(people.c.id == self.person)) or {}

    def change_me(self, **values: Any) -> None:
        """Change columns of the person's row."""
        people = table("people")
        self.connection.execute(update(people).where(people.c.id == self.person).values(**values))

    def session(self, session: str) -> Row | None:
        """A session of this person, or None."""
        return self._one(
            self._mine("persona_sessions").where(table("persona_sessions").c.id == session)
        )

    def active(self, conversation: str) -> Row | None:
        """The session of a conversation that was written in last and is not ended."""
        return self._one(_active_query(), person=self.person, conversation=conversation)

    def sessions(self, limit: int = 200) -> list[Row]:
        """The person's sessions, the last one first."""
        sessions = table("persona_sessions")
        return self._all(
            self._mine("persona_sessions")
            .order_by(sessions.c.last_at.desc(), sessions.c.id)
            .limit(limit)
        )

    def with_coach(self, coach: str) -> Row | None:
        """The last session with a coach that is not ended."""
        sessions = table("persona_sessions")
        return self._one(
            self._mine("persona_sessions")
            .where(sessions.c.coach == coach, sessions.c.status != "ended")
            .order_by(sessions.c.last_at.desc())
            .limit(1)
        )

    def add(self, name: str, rows: Sequence[Row]) -> None:
        """Insert rows; the person's id is put in."""
        if rows:
            self.connection.execute(
                _insert_statement(name), [{**row, "person_id": self.person} for row in rows]
            )

    def add_one(self, name: str, **values: Any) -> int:
        """Insert a row with a generated id and return the id."""
        done = self.connection.execute(insert(table(name)).values(**values, person_id=self.person))
        key = done.inserted_primary_key
        return int(key[0]) if key is not None else 0

    def change(self, name: str, key: Any, **values: Any) -> int:
        """Change one row by its ``id``; returns how many were changed (0 or 1)."""
        statement = _change_statement(name, tuple(values))
        params = {f"new_{column}": value for column, value in values.items()}
        return self.connection.execute(
            statement, {"key": key, "person": self.person, **params}
        ).rowcount

    def remove(self, name: str, **equals: Any) -> int:
        """Delete the person's rows whose columns equal the values; returns how many."""
        target = table(name)
        statement = delete(target).where(target.c.person_id == self.person)
        for column, value in equals.items():
            statement = statement.where(target.c[column] == value)
        return self.connection.execute(statement).rowcount

    def rows(self, name: str, *, newest: int | None = None, **equals: Any) -> list[Row]:
        """The person's rows of a table whose columns equal the values, oldest first.

        Args:
            newest: only the last so many.
        """
        params = {f"is_{column}": value for column, value in equals.items()}
        statement = _rows_query(name, tuple(equals), newest)
        found = self._all(statement, person=self.person, **params)
        return found if newest is None else found[::-1]

    def asked(self, prefix: str, keys: Iterable[str] = ()) -> frozenset[str]:
        """Which questions of a bank (by key prefix ``coach:``) and which of ``keys`` were asked."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        others = {f"key{number}": key for number, key in enumerate(keys)}
        params = {"person": self.person, "first": prefix, "end": end, **others}
        return frozenset(self.connection.scalars(_asked_query(len(others)), params).all())

    def note_asked(self, keys: Sequence[str], session: str, at: datetime) -> None:
        """Remember that questions were put."""
        self.add(
            "asked", [{"key": key, "session_id": session, "at": at} for key in dict.fromkeys(keys)]
        )

    def message_by_external(self, external: str) -> Row | None:
        """The message with this platform id, or that has a part with it."""
        messages = table("messages")
        # Searched as text: the databases have no function in common that looks into JSON.
        part = cast(messages.c.parts, Text).contains(json.dumps(external), autoescape=True)
        found = self._all(
            self._mine("messages")
            .where(or_(messages.c.external_id == external, part))
            .order_by(messages.c.id.desc())
        )
        for row in found:
            # A part that was deleted leaves its id in external_id.
            parts = row["parts"]
            if parts is None or any(key == external for key, _ in parts):
                return row
        return None

    def lanes(self) -> list[str]:
        """Where what the person's accounts bring in waits: the ids of inbox and mailbox."""
        accounts = table("accounts")
        found = self.connection.scalars(
            select(lane_of(accounts)).where(accounts.c.person_id == self.person).distinct()
        )
        return sorted({self.person, *found})

    def count(self, name: str) -> int:
        """How many rows of a table are the person's."""
        target = table(name)
        found = self.connection.scalar(
            select(func.count()).select_from(target).where(target.c.person_id == self.person)
        )
        return int(found or 0)

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of the person, by table."""
        people = table("people")
        out = {
            "people": [
                dict(row) for row in self._all(select(people).where(people.c.id == self.person))
            ]
        }
        for name in (*_PERSONAL, "usage"):
            out[name] = [dict(row) for row in self._all(self._mine(name))]
        waiting = table("inbox")
        kept = select(waiting.c.kind, waiting.c.accepted_at, waiting.c.payload).where(
            waiting.c.person_id.in_(self.lanes()), waiting.c.payload.is_not(None)
        )
        out["waiting"] = [dict(row) for row in self._all(kept)]
        return out

    def forget(self) -> int:
        """Delete the person and all rows; returns how many messages went."""
        messages, lanes = self.count("messages"), self.lanes()
        self._forget_marks()
        for name in (*_PERSONAL[::-1],):
            self.remove(name)
        people = table("people")
        self.connection.execute(delete(people).where(people.c.id == self.person))
        empty_inbox(self.connection, lanes)
        return messages

    def _forget_marks(self) -> None:
        """Delete what was noted as done for the person's accounts: a greeting, a hint."""
        accounts, once = table("accounts"), table("once")
        mine = select(accounts.c.platform, accounts.c.external_id).where(
            accounts.c.person_id == self.person
        )
        for platform, external in self.connection.execute(mine).all():
            about = once.c.key.startswith(f"{platform}:", autoescape=True)
            theirs = once.c.key.endswith(f":{external}", autoescape=True)
            self.connection.execute(delete(once).where(about, theirs))

    def leave_tenant(self, platform: str, tenant: str) -> None:
        """Delete what the person said in a tenant; a person known from there alone, wholly."""
        accounts, sessions = table("accounts"), table("persona_sessions")
        place, lanes, before = f"{platform}:{tenant}:", self.lanes(), self._by_accounts()
        here = (accounts.c.platform == platform) & (accounts.c.tenant == tenant)
        self.connection.execute(delete(accounts).where(accounts.c.person_id == self.person, here))
        if not self.count("accounts"):
            self.forget()
            empty_inbox(self.connection, lanes)
            return
        self.connection.execute(
            delete(sessions).where(
                sessions.c.person_id == self.person,
                sessions.c.conversation.startswith(place, autoescape=True),
            )
        )
        empty_inbox(self.connection, lanes, place)
        self._close(before - self._by_accounts())
        # It may quote what was said there.
        self.remove("persona_cross_analysis")

    def _by_accounts(self) -> set[str | None]:
        """By which lanes the person's accounts came; None for the person's own."""
        accounts = table("accounts")
        mine = select(accounts.c.lane).where(accounts.c.person_id == self.person)
        return set(self.connection.scalars(mine))

    def _close(self, lanes: set[str | None]) -> None:
        """Delete what came by accounts of which none is left, and what would part them."""
        for lane in lanes:
            self.remove("goals", lane=lane, session_id=None)
            self.remove("outcomes", lane=lane)
        left = {lane or self.person for lane in self._by_accounts()}
        for link in self.rows("links"):
            if not left & set(link["lanes"]) or not left - set(link["lanes"]):
                self.remove("links", id=link["id"])

    def _mine(self, name: str) -> Any:
        target = table(name)
        return select(target).where(target.c.person_id == self.person)

    def _one(self, statement: Any, **params: Any) -> Row | None:
        row = self.connection.execute(statement, params).mappings().first()
        return dict(row) if row is not None else None

    def _all(self, statement: Any, **params: Any) -> list[Row]:
        return [dict(row) for row in self.connection.execute(statement, params).mappings()]
