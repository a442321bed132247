"""Whatever two people have: linked and parted again, everything is as it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, insert, select

from storage.linking import last_link, merge, part, tables_of_people
from storage.queries import PersonScope, table
from storage.tables import metadata
from storage.uniting import SETTINGS

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
COACHES = ("david", "emma")
PLACES = {
    "ada": [("slack", "T1", "U1"), ("slack", "T2", "U2")],
    "bob": [("discord", "g1", "7"), ("discord", "dm", "7"), ("slack", "T1", "U9")],
}


@contextmanager
def fresh() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda one, _: one.execute("PRAGMA foreign_keys=ON"))
    with engine.connect() as connection:
        metadata.create_all(connection)
        for key in COACHES:
            values = {"key": key, "name": key, "title": key, "version": "1"}
            connection.execute(insert(table("persona_profiles")).values(**values))
        yield connection
    engine.dispose()


def everything(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables; of mailboxes only whose they are."""
    found: dict[str, list[tuple[Any, ...]]] = {}
    for name, one in metadata.tables.items():
        columns = [one.c.person_id, one.c.linked] if name == "mailbox" else list(one.c)
        found[name] = sorted(map(tuple, connection.execute(select(*columns))), key=repr)
    return found


moments = st.integers(0, 10_000).map(lambda minutes: AT - timedelta(minutes=minutes))
people = st.fixed_dictionaries(
    {
        "created_at": moments,
        "notice_at": st.none() | moments,
        "share_memory": st.booleans(),
        "time_zone": st.sampled_from([None, "Europe/Lisbon", "America/Chicago"]),
        "zone_chosen": st.booleans(),
        "reminders": st.booleans(),
        "locale": st.sampled_from([None, "en-GB"]),
        "menu_text": st.sampled_from([None, "I was passed over"]),
        "paused": st.sampled_from([None, "danger"]),
        "paused_turns": st.integers(0, 3),
        "offered": st.sampled_from([[], [["a", "A"]]]),
    }
)
session = st.fixed_dictionaries(
    {
        "coach": st.sampled_from(COACHES),
        "place": st.integers(0, 2),
        "status": st.sampled_from(["open", "ended", "completed"]),
        "asked": st.sets(st.sampled_from(["david:1", "david:2", "emma:1", "words:x"])),
        "messages": st.integers(0, 3),
        "finding": st.booleans(),
        "step": st.booleans(),
        "goal": st.booleans(),
    }
)
having = st.fixed_dictionaries(
    {
        "me": people,
        "accounts": st.integers(1, 3),
        "sessions": st.lists(session, max_size=3),
        "goals": st.integers(0, 2),
        "outcomes": st.integers(0, 2),
        "analysis": st.booleans(),
        "thread": st.booleans(),
    }
)


class Filling:
    """Puts rows of a person into the tables."""

    def __init__(self, connection: Connection, person: str, plan: dict[str, Any]) -> None:
        self.connection = connection
        self.scope = PersonScope(connection, person)
        self.person = person
        accounts = PLACES[person][: plan["accounts"]]
        connection.execute(insert(table("people")).values(id=person, **plan["me"]))
        for platform, tenant, external in accounts:
            row = {"platform": platform, "tenant": tenant, "external_id": external}
            self.scope.add("accounts", [row])
        values = {"person_id": person, "platform": "slack", "tenant": "", "epoch": 0}
        connection.execute(insert(table("mailbox")).values(**values, minute_turns=0))
        self.places = [f"{one[0]}:{one[1]}:c{person}:t" for one in accounts]
        asked: set[str] = set()
        for number, one in enumerate(plan["sessions"]):
            self.session(number, one, one["asked"] - asked)
            asked |= one["asked"]
        for number in range(plan["goals"]):
            self.goal(f"goal {number}")
        for number in range(plan["outcomes"]):
            self.scope.add_one("outcomes", kind="offer", note=f"{person} {number}", at=AT)
        if plan["analysis"]:
            self.analysis(AT - timedelta(hours=1))
        if plan["thread"]:
            row = {"conversation": f"{self.places[0]}0", "coach": None, "created_at": AT}
            self.scope.add("threads", [row])

    def session(
        self, number: int, plan: dict[str, Any], asked: set[str], lane: str | None = None
    ) -> str:
        key = f"{self.person}-{number}"
        place = self.places[plan["place"] % len(self.places)]
        row = {
            "id": key,
            "coach": plan["coach"],
            "tenant": place.split(":")[1],
            "conversation": f"{place}{number}",
            "objectives": [],
            "phase": "introduction",
            "progress": 0.0,
            "status": plan["status"],
            "slots": {},
            "memory": {},
            "started_at": AT,
            "last_at": AT,
            "lane": lane,
        }
        self.scope.add("persona_sessions", [row])
        for which in range(plan["messages"]):
            self.message(key, which)
        if plan["finding"]:
            self.scope.add_one(
                "persona_insights",
                session_id=key,
                coach=plan["coach"],
                category="x",
                theme="x",
                title="x",
                description="x",
                certainty=0.5,
                quotes=[],
                recommendations=[],
                priority=1,
                created_at=AT,
            )
        if plan["step"]:
            self.scope.add_one(
                "commitments",
                session_id=key,
                text="call her",
                if_then="",
                confidence=5,
                status="open",
                created_at=AT,
            )
        if plan["goal"]:
            self.goal("more pay", key)
        self.scope.note_asked(sorted(asked), key, AT)
        return key

    def message(self, session: str, number: int) -> None:
        key = hash((session, number)) & 0xFFFFFFFF
        row = {
            "id": key,
            "session_id": session,
            "role": "user" if number % 2 else "coach",
            "phase": "introduction",
            "text": f"{session} says {number}",
            "sources": [],
            "at": AT,
        }
        self.scope.add("messages", [row])
        if number % 2 == 0:
            self.scope.add("feedback", [{"message_id": key, "value": 1, "note": "", "at": AT}])

    def goal(self, text: str, session: str | None = None, lane: str | None = None) -> None:
        self.scope.add_one(
            "goals",
            session_id=session,
            text=text,
            levels=[],
            status="open",
            created_at=AT,
            lane=lane,
        )

    def analysis(self, at: datetime) -> None:
        self.scope.add_one(
            "persona_cross_analysis",
            sessions=[],
            agreements=[],
            tensions=[],
            profile={},
            priorities=[],
            plan={},
            metrics=[],
            confidence=0.5,
            completeness=0.5,
            created_at=at,
        )


@settings(max_examples=25, deadline=None)
@given(ada=having, bob=having)
def test_linked_and_parted_all_is_as_it_was(ada: dict[str, Any], bob: dict[str, Any]) -> None:
    with fresh() as connection:
        Filling(connection, "ada", ada)
        Filling(connection, "bob", bob)
        before = everything(connection)
        merged = merge(connection, "ada", "bob", "bob", AT)
        between = everything(connection)
        whose = [
            row
            for one in tables_of_people()
            for row in PersonScope(connection, merged.person).rows(one.name)
        ]
        assert len(whose) == sum(len(between[one.name]) for one in tables_of_people())
        assert len(between["people"]) == 1
        # What both were asked is kept once, beside.
        once = {key for key, *_ in (row[1:] for row in before["asked"])}
        assert {row[1] for row in between["asked"]} == once
        assert len({row[1] for row in between["mailbox"]}) == 1
        link = last_link(PersonScope(connection, merged.person))
        assert link is not None
        part(connection, link, "ada")
        assert everything(connection) == before


@settings(max_examples=15, deadline=None)
@given(ada=having, bob=having, more=st.lists(session, min_size=1, max_size=3), later=people)
def test_what_came_since_goes_by_its_place(
    ada: dict[str, Any], bob: dict[str, Any], more: list[dict[str, Any]], later: dict[str, Any]
) -> None:
    with fresh() as connection:
        first, second = (
            Filling(connection, name, {**plan, "accounts": 2})
            for name, plan in (("ada", ada), ("bob", bob))
        )
        before = everything(connection)
        person = merge(connection, "ada", "bob", "ada", AT).person
        other = "bob" if person == "ada" else "ada"
        scope = PersonScope(connection, person)
        for filling in (first, second):
            filling.scope = scope
        made: dict[str, set[str]] = {"ada": set(), "bob": set()}
        for number, plan in enumerate(more):
            filling = (first, second)[number % 2]
            lane = other if filling.person == other else None
            made[filling.person].add(filling.session(number + 10, plan, set(), lane))
            filling.goal(f"new {number}", lane=lane)
        first.analysis(AT + timedelta(hours=1))
        scope.change_me(**{name: later[name] for name in SETTINGS})
        link = last_link(scope)
        assert link is not None
        part(connection, link, person)
        for name in ("ada", "bob"):
            mine = PersonScope(connection, name)
            sessions = {row["id"] for row in mine.rows("persona_sessions")}
            old = {row[0] for row in before["persona_sessions"] if row[1] == name}
            assert sessions == old | made[name]
            for one in ("messages", "persona_insights", "commitments", "feedback", "asked"):
                rows = mine.rows(one)
                keys = {row["session_id"] for row in rows if "session_id" in row}
                assert keys <= sessions
            prefixes = tuple(f"{a[0]}:{a[1]}:" for a in PLACES[name][:2])
            assert all(
                row["conversation"].startswith(prefixes) for row in mine.rows("persona_sessions")
            )
            assert all(row["lane"] is None for row in mine.rows("persona_sessions"))
            new = sum(1 for row in mine.rows("goals") if row["text"].startswith("new"))
            assert new == len(made[name])
        assert not [
            row
            for row in everything(connection)["persona_cross_analysis"]
            if row[-2] > AT.replace(tzinfo=UTC)
        ]


def test_every_table_of_people_is_known_to_be_parted() -> None:
    """A new table with a person in it must say how its rows find their way back."""
    ways = {"session_id", "message_id", "lane"}
    stays = {one.name for one in tables_of_people() if not ways & set(one.c.keys())}
    # A model's answer to a turn that is not written yet is needed nowhere else, and not for long.
    assert stays == {"memo"}
