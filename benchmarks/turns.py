"""The bot's own work per turn: against a bare transaction, late in a talk, in a full database."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import boxes
from benchmarks.report import Row, median, quantile
from evaluation.sessions import Driver, engine_on
from evaluation.understanding import Topic
from evaluation.users import lives
from personas.catalogue import Catalogue

AT_ONCE = 16
SESSION_TURNS, SLICE = 18, 6
EARLY, LATE = range(6, 15), range(196, 205)
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=10000",
    "foreign_keys=ON",
    "secure_delete=ON",
)
# About what a turn reads and writes: the memory of a session, a message, the sources of a reply.
_MEMORY, _TEXT, _SOURCES = "m" * 3000, "t" * 180, "s" * 400


def lines_of_people() -> list[str]:
    """Different lines that people say, in a fixed order."""
    people = [life for kind in ("cooperative", "non_native", "asking") for life in lives(kind)]
    lines: list[str] = []
    for topic in (one for one in Topic if one not in (Topic.RATING, Topic.COMMITMENT)):
        for life in people:
            lines += life.says.get(topic, ()) or [story[topic] for story in life.stories]
    # Neighbours in the list should not be about the same thing.
    return list(
        dict.fromkeys(
            lines[offset] for start in range(41) for offset in range(start, len(lines), 41)
        )
    )


# Against the bare transaction ---------------------------------------------------------------------

_BARE_TABLES = """
CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, memory TEXT);
CREATE TABLE IF NOT EXISTS message (
  id INTEGER PRIMARY KEY, session INTEGER REFERENCES session, body TEXT, more TEXT
);
CREATE TABLE IF NOT EXISTS asked (session INTEGER, key TEXT);
CREATE INDEX IF NOT EXISTS of_session ON message (session);
"""


async def _bare(folder: Path, rounds: int) -> list[float]:
    """Seconds of each bare transaction: one select, three inserts, one update."""
    async with aiosqlite.connect(folder / "bare.db", isolation_level=None) as connection:
        for pragma in _PRAGMAS:
            await connection.execute(f"PRAGMA {pragma}")
        await connection.executescript(_BARE_TABLES)
        for number in range(AT_ONCE):
            await connection.execute(
                "INSERT OR REPLACE INTO session VALUES (?, ?)", (number, _MEMORY)
            )
        gate = asyncio.Lock()

        async def transaction(session: int, turn: int) -> None:
            async with gate:
                await connection.execute("BEGIN IMMEDIATE")
                found = await connection.execute(
                    "SELECT memory FROM session WHERE id = ?", (session,)
                )
                await found.fetchone()
                insert = "INSERT INTO message (session, body, more) VALUES (?, ?, ?)"
                await connection.execute(insert, (session, _TEXT, ""))
                await connection.execute(insert, (session, _TEXT, _SOURCES))
                await connection.execute(
                    "INSERT INTO asked VALUES (?, ?)", (session, f"question:{turn}")
                )
                await connection.execute(
                    "UPDATE session SET memory = ? WHERE id = ?", (_MEMORY, session)
                )
                await connection.execute("COMMIT")

        return await _side_by_side(transaction, rounds)


async def _side_by_side(work: Callable[[int, int], Awaitable[object]], rounds: int) -> list[float]:
    """Seconds of each call when all sessions work at once, each one call after the other."""
    seconds: list[float] = []

    async def session(number: int) -> None:
        for turn in range(rounds):
            began = time.perf_counter()
            await work(number, turn)
            seconds.append(time.perf_counter() - began)

    await asyncio.gather(*(session(number) for number in range(AT_ONCE)))
    return seconds


@asynccontextmanager
async def _bare_toolkit(folder: Path) -> AsyncGenerator[Callable[[int, int], Awaitable[object]]]:
    """The same transaction as programs on SQLAlchemy's asyncio over aiosqlite write it."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'toolkit.db'}")
    gate = asyncio.Lock()
    async with engine.connect() as connection:
        for pragma in _PRAGMAS:
            await connection.exec_driver_sql(f"PRAGMA {pragma}")
        for statement in _BARE_TABLES.split(";")[:-1]:
            await connection.exec_driver_sql(statement)
        keep = text("INSERT OR REPLACE INTO session VALUES (:session, :memory)")
        rows = [{"session": number, "memory": _MEMORY} for number in range(AT_ONCE)]
        await connection.execute(keep, rows)
        await connection.commit()
        look = text("SELECT memory FROM session WHERE id = :session")
        add = text("INSERT INTO message (session, body, more) VALUES (:session, :body, :more)")
        note = text("INSERT INTO asked VALUES (:session, :key)")
        change = text("UPDATE session SET memory = :memory WHERE id = :session")

        async def transaction(session: int, turn: int) -> None:
            mine = {"session": session}
            async with gate, connection.begin():
                (await connection.execute(look, mine)).one()
                await connection.execute(add, {**mine, "body": _TEXT, "more": ""})
                await connection.execute(add, {**mine, "body": _TEXT, "more": _SOURCES})
                await connection.execute(note, {**mine, "key": f"question:{turn}"})
                await connection.execute(change, {**mine, "memory": _MEMORY})

        yield transaction
    await engine.dispose()


async def against_bare(repeats: int) -> list[Row]:
    """p50 and p99 of a turn with sixteen sessions at once, and of the bare transaction likewise.

    A turn is all there is to it: the event accepted, claimed, coached, committed, its reply posted
    and noted as posted. All take short turns, so that a busy moment of the machine or its disk hits
    every one of them. The first sessions only warm the program up.
    """
    lines, coaches = lines_of_people(), Catalogue().keys
    bare: list[float] = []
    toolkit: list[float] = []
    turns: list[float] = []
    posts = boxes.Posts()
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as name:
        folder = Path(name)
        async with (
            boxes.box_on(str(folder / "turns.db"), posts) as box,
            _bare_toolkit(folder) as by,
        ):
            for repeat in range(repeats + 1):
                people = [boxes.Person(box, posts, f"r{repeat}-{n}") for n in range(AT_ONCE)]
                for number, person in enumerate(people):
                    await person.open(coaches[number % len(coaches)])
                for start in range(0, SESSION_TURNS, SLICE):
                    slice_ = lines[repeat * 11 + start :] + lines[: repeat * 11 + start]
                    beside = await _bare(folder, SLICE)
                    beside_toolkit = await _side_by_side(by, SLICE)
                    own = await _side_by_side(_speaking(people, slice_), SLICE)
                    if repeat:
                        bare += beside
                        toolkit += beside_toolkit
                        turns += own
    return [
        Row(
            f"work per turn, 16 at once, p{round(share * 100)}, against {what}",
            quantile(turns, share) * 1000,
            "ms",
            quantile(beside, share) * 1000,
            must,
            aim,
        )
        for what, beside in (("SQLAlchemy on aiosqlite", toolkit), ("aiosqlite alone", bare))
        for share, must, aim in ((0.5, 5.0, 2.0), (0.99, 8.0, 4.0))
    ]


def _speaking(
    people: Sequence[boxes.Person], lines: Sequence[str]
) -> Callable[[int, int], Awaitable[object]]:
    """Has each person say an own part of the lines, one a call."""
    return lambda number, count: people[number].say(lines[(number * 37 + count) % len(lines)])


# Turn 200 against turn 10 -------------------------------------------------------------------------


def _written() -> int:
    """Bytes this process has handed to write calls; 0 where the system does not count them."""
    if not sys.platform.startswith("linux"):
        return 0
    fields = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
    return int(fields["wchar"])


async def long_sessions(sessions: int) -> list[Row]:
    """Time and bytes written of late turns against early ones, medians over many sessions.

    Old and young sessions speak in turn, so that both meet the same moments of the machine. The
    bytes are those of all write calls: database file and write-ahead log together.
    """
    lines = lines_of_people()
    seconds: dict[str, list[float]] = {"old": [], "young": []}
    written: dict[str, list[int]] = {"old": [], "young": []}
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        async with engine_on(Path(folder)) as engine:
            coaches = Catalogue().keys
            for number in range(sessions):
                talks = {name: Driver(engine, f"{name}-{number}") for name in seconds}
                for name, spoken in (("old", LATE.start), ("young", EARLY.start)):
                    await talks[name].open(coaches[number % len(coaches)])
                    for turn in range(1, spoken):
                        await talks[name].say(lines[(number * 53 + turn) % len(lines)])
                for late, early in zip(LATE, EARLY, strict=True):
                    for name, turn in (("old", late), ("young", early)):
                        text = lines[(number * 53 + late) % len(lines)]
                        before, began = _written(), time.perf_counter()
                        await talks[name].say(f"{text} {turn}")
                        seconds[name].append(time.perf_counter() - began)
                        written[name].append(_written() - before)
    old, young = (median(seconds[name]) * 1000 for name in ("old", "young"))
    rows = [Row("turn 200 against turn 10, time", old, "ms", young, 1.2, 1.0)]
    if any(written["old"]):
        old, young = (median(written[name]) / 1024 for name in ("old", "young"))
        rows.append(Row("turn 200 against turn 10, bytes written", old, "kB", young, 1.2, 1.0))
    return rows


# A full database ----------------------------------------------------------------------------------

# Every row is the one there is, with other keys.
_MULTIPLY = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count})
INSERT INTO {table} ({columns})
SELECT {values} FROM number, (SELECT * FROM {table} LIMIT 1) AS one
"""


def fill(file: Path, messages: int, people: int = 2000) -> None:
    """Multiply the one person, session and first message of a database."""
    with sqlite3.connect(file) as connection:
        for table, count, changed in (
            ("people", people, {"id": "'p' || n"}),
            (
                "persona_sessions",
                people,
                {"id": "'s' || n", "person_id": "'p' || n", "conversation": "'c' || n"},
            ),
            (
                "messages",
                messages,
                {
                    "id": "n",
                    "person_id": f"'p' || (1 + n % {people})",
                    "session_id": f"'s' || (1 + n % {people})",
                    "external_id": "'x' || n",
                },
            ),
        ):
            columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
            values = ", ".join(changed.get(column, f"one.{column}") for column in columns)
            connection.execute(
                _MULTIPLY.format(
                    table=table, count=count, columns=", ".join(columns), values=values
                )
            )


async def full_database(messages: int, repeats: int) -> list[Row]:
    """A turn among many stored messages against a turn in an empty database."""
    lines = lines_of_people()
    times: dict[str, list[float]] = {"full": [], "empty": []}
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        places = {name: Path(folder) / name for name in times}
        for name, place in places.items():
            place.mkdir()
            async with engine_on(place) as engine:
                await Driver(engine, "first").open("life_coach")
            if name == "full":
                fill(place / "evaluation.db", messages)
        async with engine_on(places["full"]) as full, engine_on(places["empty"]) as empty:
            for repeat in range(repeats):
                for name, engine in (("full", full), ("empty", empty)):
                    driver = Driver(engine, f"{name}{repeat}")
                    await driver.open("interview_coach")
                    for turn in range(16):
                        began = time.perf_counter()
                        await driver.say(lines[(repeat * 31 + turn) % len(lines)])
                        if repeat:
                            times[name].append(time.perf_counter() - began)
    return [
        Row(
            f"a turn with {messages:,} stored messages",
            median(times["full"]) * 1000,
            "ms",
            median(times["empty"]) * 1000,
            1.3,
            1.05,
        )
    ]


def measure(quick: bool) -> Iterator[Row]:
    """All rows of the turns."""
    yield from asyncio.run(against_bare(1 if quick else 4))
    yield from asyncio.run(long_sessions(4 if quick else 14))
    yield from asyncio.run(full_database(20_000 if quick else 1_000_000, 4 if quick else 12))
