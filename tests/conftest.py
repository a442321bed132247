"""Shared fixtures: a catalogue, a database in a temporary folder, an engine, a person who talks."""

from __future__ import annotations

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.engine.engine import Engine
from bot.engine.turned import Turned
from bot.inbound import Command, Delete, Edit, Feedback, Message, Sender
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database
from tests.postgres import TEMPLATE, Cluster, need_binaries, shared


class Talk:
    """One person in one conversation: ``await talk("hello")``."""

    def __init__(self, engine: Engine, user: str = "ada", conversation: str | None = None) -> None:
        self.engine = engine
        self.sender = Sender("terminal", "local", user)
        self.conversation = conversation or f"terminal:local:{user}:main"
        self.count = 0
        self.at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def _next(self) -> str:
        self.count += 1
        self.at += timedelta(seconds=30)
        return f"{self.sender.external_id}-{self.count}"

    async def open(self, coach: str | None) -> Turned:
        return await self.engine.greet(self.sender, self.conversation, coach)

    async def __call__(self, text: str) -> Turned:
        return await self.engine.handle(
            Message(self.conversation, self._next(), self.sender, text, self.at)
        )

    async def command(self, name: str, argument: str = "") -> Turned:
        return await self.engine.handle(
            Command(self.conversation, self._next(), self.sender, name, argument, self.at)
        )

    async def edit(self, message: str, text: str) -> Turned:
        return await self.engine.handle(
            Edit(self.conversation, message, self.sender, text, self.at)
        )

    async def delete(self, message: str) -> Turned:
        return await self.engine.handle(Delete(self.conversation, message, self.sender, self.at))

    async def feedback(self, message: int, value: int) -> Turned:
        return await self.engine.handle(
            Feedback(self.conversation, str(message), self.sender, value, self.at)
        )

    @property
    def last(self) -> str:
        """The platform id of the last message sent."""
        return f"{self.sender.external_id}-{self.count}"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue()


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """The Postgres server of this run. Skips where none is installed, unless it is required."""
    need_binaries()
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        return shared(base.parent, os.getppid())
    return shared(base, os.getpid())


@pytest.fixture
def place(cluster: Cluster) -> Iterator[str]:
    """Where a Postgres database with all tables is."""
    with cluster.database(TEMPLATE) as made:
        yield made


@pytest.fixture
async def postgres(place: str) -> AsyncIterator[Database]:
    """An open database on Postgres, with few connections."""
    opened = Database(place, pool=2, overflow=1)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def own() -> Iterator[Cluster]:
    """A Postgres server that the test may stop."""
    need_binaries()
    made = Cluster.make()
    made.start()
    yield made
    made.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where a database with all tables, or a file that is not there yet, is; once for each kind."""
    if request.param == "sqlite":
        yield str(tmp_path / "rocket.db")
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    with cluster.database(TEMPLATE) as made:
        yield made


@pytest.fixture
async def database(address: str) -> AsyncIterator[Database]:
    """An open database; what uses it runs on SQLite and on Postgres."""
    opened = Database(address)
    await opened.open()
    yield opened
    await opened.close()


def ticking(start: datetime) -> Callable[[], datetime]:
    """A clock that moves on by a second each time it is read."""
    seconds = itertools.count()
    return lambda: start + timedelta(seconds=next(seconds))


@pytest.fixture
async def engine(database: Database, catalogue: Catalogue) -> Engine:
    made = Engine(
        database,
        catalogue,
        voice=OfflineVoice(),
        clock=ticking(datetime(2026, 11, 23, 9, 0, tzinfo=UTC)),
    )
    await made.start()
    return made


@pytest.fixture
def talk(engine: Engine) -> Talk:
    return Talk(engine)
