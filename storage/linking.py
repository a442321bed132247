"""Two people become one, and two again.

What one of them has is given to the other, the older; what tells them apart stays on the rows
(``lane``) and in the link (``kept``). Mailboxes, events and replies stay where they are: the
mailboxes of one person are never held side by side (docs/decisions/0006).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    delete,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from storage.clock import now as database_now
from storage.ids import new_id
from storage.inbox import take_idle
from storage.inbox.base import insert_into
from storage.queries import PersonScope, Row, table
from storage.tables import metadata
from storage.uniting import EMPTY, SETTINGS, plain, typed
from storage.uniting import united as united_settings

# What is looked after by itself, or goes with the person.
_APART = frozenset({"accounts", "asked", "links", "link_offers", "link_tries"})


class LaneBusyError(Exception):
    """Something is being done for one of the two, or their mailbox is locked: try again soon."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of two people.

    Attributes:
        person: who both are now.
        link: the id by which they can be parted.
    """

    person: str
    link: str


@dataclass(frozen=True, slots=True)
class Parted:
    """Two people again: who stayed, and who came back."""

    person: str
    other: str


def tables_of_people() -> list[Table]:
    """The tables whose rows belong to a person and change hands with everything else."""
    people = table("people")
    return [
        one
        for name, one in metadata.tables.items()
        if name not in _APART and "person_id" in one.c and one.c.person_id.references(people.c.id)
    ]


# One ----------------------------------------------------------------------------------------------


def merge(
    connection: Connection,
    one: str,
    two: str,
    lane: str,
    at: datetime,
    sides: Sequence[Mapping[str, Any]] = (),
) -> Merged:
    """Make one person of two: the older keeps their id and what they have set.

    Args:
        lane: the mailbox that the caller works in; it is one of theirs, and may be held.
        sides: the accounts that agreed, as in an offer; kept to tell them when they are parted.

    Raises:
        LaneBusyError: somebody works for one of them; nothing is to be written.
        ValueError: they are one already, or one of them is gone.
    """
    scopes = {person: PersonScope(connection, person) for person in (one, two)}
    lanes = {person: scope.lanes() for person, scope in scopes.items()}
    _hold(connection, [*lanes[one], *lanes[two]], lane)
    people = _locked(connection, [one, two])
    if len(people) != 2:
        raise ValueError("it takes two people")
    person, other = sorted((one, two), key=lambda key: (people[key]["created_at"], key))
    own, others = people[person], people[other]
    link = new_id()
    kept = {
        "own": plain(own),
        "other": plain(others),
        "sessions": {**_places(scopes[person], "own"), **_places(scopes[other], "other")},
        "sides": [dict(side) for side in sides],
        "asked": _hand_over_asked(connection, person, other),
    }
    _drop_offers(connection, one, two)
    for each in (*tables_of_people(), table("accounts"), table("links")):
        values: dict[str, Any] = {"person_id": person}
        if "lane" in each.c:
            values["lane"] = func.coalesce(each.c.lane, other)
        connection.execute(update(each).where(each.c.person_id == other).values(**values))
    united = united_settings(own, others)
    scopes[person].change_me(**united)
    kept["united"] = plain(united)
    connection.execute(delete(table("people")).where(table("people").c.id == other))
    connection.execute(
        insert(table("links")).values(
            id=link,
            person_id=person,
            other=other,
            lanes=lanes[other],
            kept=kept,
            created_at=at,
        )
    )
    _bind(connection, [*lanes[one], *lanes[two]], person)
    return Merged(person, link)


def _hold(connection: Connection, lanes: Sequence[str], mine: str) -> None:
    """Have all these mailboxes for this transaction; raises LaneBusyError.

    Nothing is waited for: who merges the other way round would wait for us.
    """
    if not take_idle(connection, lanes, mine, database_now(connection)):
        raise LaneBusyError


def _locked(connection: Connection, people: Sequence[str]) -> dict[str, Row]:
    """The rows of people, locked also against rows that would refer to them."""
    rows = table("people")
    found = connection.execute(
        select(rows).where(rows.c.id.in_(people)).order_by(rows.c.id).with_for_update()
    )
    return {row["id"]: dict(row) for row in found.mappings()}


def _bind(connection: Connection, lanes: Sequence[str], person: str | None) -> None:
    """Have mailboxes be of one person, or (None) each by itself."""
    box = table("mailbox")
    connection.execute(update(box).where(box.c.person_id.in_(lanes)).values(linked=person))


def _places(scope: PersonScope, whose: str) -> dict[str, list[str]]:
    return {
        row["id"]: [whose, row["tenant"], row["conversation"]]
        for row in scope.rows("persona_sessions")
    }


def _hand_over_asked(connection: Connection, person: str, other: str) -> list[list[str]]:
    """What one was asked, the other was; returns what both were, as the other was."""
    asked = table("asked")
    known = select(asked.c.key).where(asked.c.person_id == person)
    both = (asked.c.person_id == other) & asked.c.key.in_(known)
    twice = connection.execute(select(asked.c.key, asked.c.session_id, asked.c.at).where(both))
    kept = [[row.key, row.session_id, row.at.isoformat()] for row in twice]
    connection.execute(
        delete(asked).where(asked.c.person_id == other, asked.c.key.in_([one[0] for one in kept]))
    )
    connection.execute(update(asked).where(asked.c.person_id == other).values(person_id=person))
    return kept


def _drop_offers(connection: Connection, *people: str) -> None:
    """What they had under way goes; who is one can't be linked with themselves."""
    offers = table("link_offers")
    connection.execute(
        delete(offers).where(or_(offers.c.person_id.in_(people), offers.c.taker_id.in_(people)))
    )


# Two ----------------------------------------------------------------------------------------------


def last_link(scope: PersonScope) -> Row | None:
    """The link of a person that was made last; it is the one that can be undone."""
    return max(scope.rows("links"), key=lambda row: row["created_at"], default=None)


def part(connection: Connection, link: Row, lane: str) -> Parted:
    """Make two people of one again.

    What came with somebody goes with them. What was added since goes by the account it was said
    to; what was made of both is deleted.

    Args:
        link: as :func:`last_link` gives it.
        lane: the mailbox that the caller works in.

    Raises:
        LaneBusyError: somebody works for the person; nothing is to be written.
    """
    person, other, kept = str(link["person_id"]), str(link["other"]), link["kept"]
    scope = PersonScope(connection, person)
    _hold(connection, scope.lanes(), lane)
    me = _locked(connection, [person])[person]
    _come_back(connection, me, other, kept)
    sides = _Sides(scope, other, frozenset(link["lanes"]), kept["sessions"])
    gone = sides.part_sessions()
    analyses = table("persona_cross_analysis")
    # It may quote both.
    connection.execute(
        delete(analyses).where(
            analyses.c.person_id == person, analyses.c.created_at >= link["created_at"]
        )
    )
    for each in tables_of_people():
        if each.name not in {"persona_sessions", "threads"}:
            sides.give_back(each, gone)
    sides.part_threads()
    sides.give_back(table("accounts"), gone)
    _give_asked_back(connection, person, other, gone, kept["asked"])
    links = table("links")
    connection.execute(delete(links).where(links.c.id == link["id"]))
    for row in scope.rows("links"):
        if set(row["lanes"]) <= sides.lanes:
            connection.execute(update(links).where(links.c.id == row["id"]).values(person_id=other))
    _drop_offers(connection, person)
    for who in (person, other):
        lanes = PersonScope(connection, who).lanes()
        _bind(connection, lanes, who if len(lanes) > 1 else None)
    return Parted(person, other)


def _come_back(connection: Connection, me: Row, other: str, kept: Mapping[str, Any]) -> None:
    """Each has what they had set before, but for what was set since: that holds for both."""
    own, others = dict(kept["own"]), dict(kept["other"])
    now = plain(me)
    for name in SETTINGS:
        if now[name] != kept["united"][name]:
            own[name] = now[name]
            # What was offered, or typed, in the last reply is said to one of them.
            others[name] = EMPTY[name] if name in EMPTY else now[name]
    people = table("people")
    connection.execute(insert(people).values(id=other, **typed(others)))
    changed = typed({name: own[name] for name in SETTINGS})
    connection.execute(update(people).where(people.c.id == me["id"]).values(**changed))


def _give_asked_back(
    connection: Connection,
    person: str,
    other: str,
    sessions: Sequence[str],
    twice: Iterable[Sequence[str]],
) -> None:
    asked = table("asked")
    theirs = (asked.c.person_id == person) & asked.c.session_id.in_(sessions)
    connection.execute(update(asked).where(theirs).values(person_id=other))
    rows = [
        {"person_id": other, "key": key, "session_id": session, "at": datetime.fromisoformat(at)}
        for key, session, at in twice
        if session in sessions
    ]
    if rows:
        made = insert_into(connection.dialect.name, "asked")
        connection.execute(made.on_conflict_do_nothing(), rows)


class _Sides:
    """Tells whose a row is, and gives it to them.

    Args:
        scope: the person both are.
        other: the id of who comes back; ``lanes`` are theirs.
        kept: the sessions of before: whose, their tenant, and their conversation.
    """

    def __init__(
        self,
        scope: PersonScope,
        other: str,
        lanes: frozenset[str],
        kept: Mapping[str, Sequence[str]],
    ) -> None:
        self.lanes = lanes
        self._scope = scope
        self._other = other
        self._kept = kept
        self._reach: dict[bool, list[str]] = {True: [], False: []}
        for row in scope.rows("accounts"):
            self._reach[row["lane"] in lanes].append(f"{row['platform']}:{row['tenant']}:")

    def _theirs(self, row: Row) -> bool:
        """Whether something that was added since is the other's: by its place, else its account."""
        here = {side for side in self._reach if self._reached(row["conversation"], theirs=side)}
        return here.pop() if len(here) == 1 else row["lane"] in self.lanes

    def _reached(self, conversation: str, *, theirs: bool) -> bool:
        return conversation.startswith(tuple(self._reach[theirs]))

    def _lane(self, lane: str | None, *, theirs: bool) -> str | None:
        """By which account a row came, once it is whose it is to be."""
        if theirs:
            return lane if lane in self.lanes and lane != self._other else None
        return None if lane in self.lanes else lane

    def part_sessions(self) -> list[str]:
        """Give sessions back, each in a place where its person is; returns those given."""
        sessions, gone = table("persona_sessions"), list[str]()
        for row in self._scope.rows("persona_sessions"):
            known = self._kept.get(row["id"])
            theirs = known[0] == "other" if known is not None else self._theirs(row)
            values: dict[str, Any] = {"lane": self._lane(row["lane"], theirs=theirs)}
            if known is not None and not self._reached(row["conversation"], theirs=theirs):
                values |= {"tenant": known[1], "conversation": known[2]}
            if theirs:
                values["person_id"] = self._other
                gone.append(row["id"])
            self._scope.connection.execute(
                update(sessions).where(sessions.c.id == row["id"]).values(**values)
            )
        return gone

    def part_threads(self) -> None:
        """Give the notes of whose thread is whose back."""
        threads = table("threads")
        for row in self._scope.rows("threads"):
            if row["lane"] in self.lanes or (row["lane"] is None and self._theirs(row)):
                lane = self._lane(row["lane"], theirs=True)
                self._scope.connection.execute(
                    update(threads)
                    .where(threads.c.conversation == row["conversation"])
                    .values(person_id=self._other, lane=lane)
                )

    def give_back(self, rows: Table, sessions: Sequence[str]) -> None:
        """Give the rows of a table back that go with one of these sessions, or came by a lane."""
        messages = table("messages")
        which: list[ColumnElement[bool]] = []
        if "session_id" in rows.c:
            which.append(rows.c.session_id.in_(sessions))
        elif "message_id" in rows.c:
            said = select(messages.c.id).where(messages.c.session_id.in_(sessions))
            which.append(rows.c.message_id.in_(said))
        if "lane" in rows.c:
            alone = rows.c.session_id.is_(None) if "session_id" in rows.c else true()
            which.append(rows.c.lane.in_(self.lanes) & alone)
        if not which:
            return
        values: dict[str, Any] = {"person_id": self._other}
        if "lane" in rows.c:
            values["lane"] = func.nullif(rows.c.lane, self._other)
        mine = rows.c.person_id == self._scope.person
        self._scope.connection.execute(update(rows).where(mine, or_(*which)).values(**values))
