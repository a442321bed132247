"""Lets scripted users talk with the coaches, in a database made for the purpose.

The engine is driven as ``rocket chat --json`` drives it, and what is kept of a talk is what that
command would print: the checks see nothing else.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot import app
from bot.engine.engine import Engine
from bot.inbound import Message, Sender
from bot.settings import Settings
from bot.voices.offline import OfflineVoice
from evaluation.understanding import Understanding
from evaluation.users import Life, User
from personas.catalogue import Catalogue
from storage.database import Database

Line = Mapping[str, Any]
LEAST_TURNS, MOST_TURNS = 16, 20
# Those who ask, rage or say two words at a time need more lines for the same answers.
MORE_TURNS = {"asking": 30, "hostile": 30, "one_word": 24}
# A Tuesday, so that the weekdays people name lie ahead.
START = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
_GIBBERISH = ("xkqj wvrt plmz", "asdfasdf qwer", "zzzzz ghjk bvnm trw")


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn: what the user typed (None for the opening) and the object of the reply."""

    user: str | None
    line: Line


@dataclass(slots=True)
class Talk:
    """One session of one person with one coach."""

    person: str
    kind: str
    coach: str
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    plan: Line = field(default_factory=dict[str, Any])
    profile: Line = field(default_factory=dict[str, Any])
    transcript: list[Line] = field(default_factory=list[Line])
    # What the person told other coaches before: rows of their transcripts.
    told_before: list[Line] = field(default_factory=list[Line])

    @property
    def replies(self) -> list[Line]:
        """All objects, the opening first."""
        return [one.line for one in self.exchanges]


@dataclass(slots=True)
class Biography:
    """All talks of one person, in order."""

    life: Life
    talks: list[Talk] = field(default_factory=list[Talk])


class Clock:
    """A clock that stands still between turns and moves on by a minute at each reading."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start

    def __call__(self) -> datetime:
        """The next moment."""
        self._now += timedelta(minutes=1)
        return self._now


@asynccontextmanager
async def engine_on(
    folder: Path, clock: Callable[[], datetime] | None = None, model: str | None = None
) -> AsyncGenerator[Engine]:
    """A started engine over a fresh database in ``folder``: the offline voice, or a model's.

    Args:
        folder: where the database is made.
        clock: the engine's; one that stands still between turns by default.
        model: ``provider:name``; its keys and addresses come from the settings, as the bot's do.
    """
    path = str(folder / "evaluation.db")
    if model is not None:
        started = await app.start(Settings(database_url=path, model=model))
        started.engine.clock = clock or Clock()
        try:
            yield started.engine
        finally:
            await started.close()
        return
    database = Database(path)
    await database.open()
    try:
        engine = Engine(database, Catalogue(), voice=OfflineVoice(), clock=clock or Clock())
        await engine.start()
        yield engine
    finally:
        await database.close()


class Driver:
    """Types lines for one person and keeps what comes back.

    Args:
        engine: a started engine.
        name: who writes.
        before: tells the ids of these messages from those of another driver of this person.
    """

    def __init__(self, engine: Engine, name: str, before: str = "") -> None:
        self._engine = engine
        self.sender = Sender("terminal", "local", name)
        self._conversation = f"terminal:local:{name}:main"
        self._before = before
        self._sent = 0

    async def open(self, coach: str) -> Exchange:
        """The coach's opening."""
        turned = await self._engine.greet(self.sender, self._conversation, coach)
        return Exchange(None, turned.line())

    async def say(self, text: str) -> Exchange:
        """The reply to one line."""
        self._sent += 1
        message = Message(
            self._conversation,
            f"{self.sender.external_id}-{self._before}{self._sent}",
            self.sender,
            text,
            self._engine.clock(),
        )
        return Exchange(text, (await self._engine.handle(message)).line())

    async def keep(self, talk: Talk) -> None:
        """Read what the commands show of a talk after its last turn."""
        session = str(talk.exchanges[0].line["session"])
        talk.plan = await self._engine.plan(self.sender, session)
        talk.profile = await self._engine.profile(self.sender)
        talk.transcript = list(await self._engine.transcript(self.sender, session))


async def live(
    engine: Engine, life: Life, coaches: Sequence[str], understanding: Understanding
) -> Biography:
    """One person's talks with these coaches, one after the other."""
    name = f"{life.key}@{'+'.join(coaches)}"
    driver, user = Driver(engine, name), User(life, understanding, name)
    biography = Biography(life)
    for coach in coaches:
        before = [
            row for talk in biography.talks for row in talk.transcript if row["role"] == "user"
        ]
        talk = Talk(life.key, life.kind, coach, told_before=before)
        talk.exchanges.append(await driver.open(coach))
        while len(talk.exchanges) <= MORE_TURNS.get(life.kind, MOST_TURNS):
            last = talk.exchanges[-1].line
            if last["done"] and len(talk.exchanges) > LEAST_TURNS:
                break
            talk.exchanges.append(await driver.say(user.reply(last)))
        await driver.keep(talk)
        biography.talks.append(talk)
    return biography


async def all_lives(
    people: Sequence[Life],
    coaches: Sequence[str],
    *,
    pairs: bool = True,
    model: str | None = None,
    done: Callable[[Engine], Awaitable[None]] | None = None,
) -> list[Biography]:
    """Every person with every coach, each as if new; and with ``pairs`` some with several coaches.

    Those who see several coaches see two to four of them in a row, each person another choice.

    Args:
        done: looks at the engine when all have talked, before it is gone.
    """
    plans: list[tuple[Life, tuple[str, ...]]] = [
        (life, (coach,)) for life in people for coach in coaches
    ]
    if pairs:
        for number, life in enumerate(people):
            many = 2 + number % 3
            row = tuple(coaches[(number + step * 3) % len(coaches)] for step in range(many))
            plans.append((life, row))
    with tempfile.TemporaryDirectory(prefix="rocket-evaluation-") as folder:
        async with engine_on(Path(folder), model=model) as engine:
            understanding = Understanding(engine.meaning)
            gate = asyncio.Semaphore(8)

            async def one(life: Life, row: Sequence[str]) -> Biography:
                async with gate:
                    return await live(engine, life, row, understanding)

            found = list(await asyncio.gather(*(one(life, row) for life, row in plans)))
            if done is not None:
                await done(engine)
            return found


@dataclass(frozen=True, slots=True)
class Nonsense:
    """A line that says nothing new, with the progress before and after it."""

    coach: str
    text: str
    before: float
    after: float


async def nonsense(life: Life, coaches: Sequence[str], model: str | None = None) -> list[Nonsense]:
    """A talk with each coach in which every third line is gibberish or the line before it again."""
    found: list[Nonsense] = []
    with tempfile.TemporaryDirectory(prefix="rocket-evaluation-") as folder:
        async with engine_on(Path(folder), model=model) as engine:
            understanding = Understanding(engine.meaning)
            for coach in coaches:
                name = f"{life.key}!{coach}"
                driver, user = Driver(engine, name), User(life, understanding, name)
                last = await driver.open(coach)
                for turn in range(14):
                    answered = await driver.say(user.reply(last.line))
                    for empty in (_GIBBERISH[turn % len(_GIBBERISH)], answered.user or ""):
                        before = float(answered.line["progress"])
                        again = await driver.say(empty)
                        found.append(Nonsense(coach, empty, before, float(again.line["progress"])))
                    last = answered if again.line["question"] is None else again
    return found
