"""The whole way of a turn, from a platform to the local provider of models and back."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.engine.engine import Engine
from bot.engine.sessions import state_of
from bot.inbound import Inbound, Opened
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.settings import Settings
from bot.voices.making import model_voice
from personas.catalogue import Catalogue
from storage.database import Database
from storage.queries import Row, table
from tests.contract.conftest import HARNESSES
from tests.contract.discord import DiscordHarness
from tests.contract.harness import Harness, Place
from tests.contract.slack import SlackHarness
from tests.modelserver.log import Asked
from tests.modelserver.server import KEY, Server
from tests.modelserver.speech import Prompt, Said
from tests.modelserver.talking import decided_question, user_words, with_notes

MakeScene = Callable[..., Awaitable["Scene"]]
OPTIONS = Options(merge=False, poll_s=0.2, busy_after_s=0.05, stream_after_s=0.0, turns_a_minute=0)
WORDS = re.compile(r"\w+")
# Long enough for a busy machine; only what stalls waits for them to end.
LIMITS: dict[str, Any] = {"model_first_token_seconds": 3.0, "model_total_seconds": 6.0}
PLAN = "**Your plan**"
FIRST, SECOND = "You have stayed with it for a while.", "It asks something of you every day."


def patient(prompt: Prompt) -> Said:
    """A model whose reply has four sentences: the user's words, two more, and the question."""
    told = user_words(prompt).rstrip(".!?")
    text = f"“{told}” stays with me. {FIRST} {SECOND} {decided_question(prompt)}".strip()
    return Said(with_notes(prompt, text))


class Scene:
    """One person who talks with a coach on one platform.

    Attributes:
        texts: what the person has written.
        every: of many cases every so manieth is played here.
    """

    def __init__(self, harness: Harness, server: Server, database: Database, **more: Any) -> None:
        self.harness = harness
        self.server = server
        self.database = database
        self.texts: list[str] = []
        # All cases meet the platform that answers at once; the others take their time.
        self.every = {DiscordHarness: 3, SlackHarness: 2}.get(type(harness), 1)
        self._more = more
        self._began = 0

    async def start(self) -> None:
        self.engine = Engine(self.database, Catalogue(), voice=self._voice())
        await self.engine.start()
        adapter = await self.harness.start(self._accept)
        self.inbox = Inbox(self.database, self.engine, [adapter], OPTIONS)
        self.inbox.start()
        self.place: Place = await self.harness.place("ada")
        sender, place = self.place.sender, self.place.conversation
        opened = Opened(place, "opened", sender, datetime.now(UTC), "executive_coach")
        await self.inbox.accept("opened", opened)
        await self.settled()

    async def stop(self) -> None:
        await self.inbox.stop()
        await self.harness.stop()

    async def _accept(self, key: str, event: Inbound) -> bool:
        return await self.inbox.accept(key, event)

    def _voice(self, **more: Any) -> Any:
        given: dict[str, Any] = {
            "model": "openai:coach-1",
            "openai_api_key": KEY,
            "openai_base_url": self.server.openai_url,
            **LIMITS,
            **self._more,
            **more,
        }
        return model_voice(Settings(_env_file=None, **given), self.database)

    def fresh(self, **more: Any) -> None:
        """Another voice, which remembers no failures; nothing is to go wrong any more."""
        self.server.faults.clear()
        self.server.log.clear()
        self.engine.voice = self._voice(**more)

    # What happened --------------------------------------------------------------------------------

    async def say(self, text: str) -> Told:
        """The person writes; waits until the reply is settled."""
        return await self._told(text, lambda: self.harness.say(self.place, text))

    async def give(self, name: str, content: str) -> Told:
        """The person puts a text file there; waits until the reply is settled."""
        harness: Any = self.harness
        return await self._told(content, lambda: harness.give(self.place, name, content))

    async def _told(self, text: str, act: Callable[[], Awaitable[object]]) -> Told:
        before = len(await self.harness.shown(self.place))
        self.server.log.clear()
        self.texts.append(text)
        rows = len(await self.rows("inbox"))
        await act()
        async with asyncio.timeout(20):
            while len(await self.rows("inbox")) == rows:
                await asyncio.sleep(0.02)
        await self.settled()
        shown = [one.text for one in (await self.harness.shown(self.place))[before:]]
        messages = await self.rows("messages")
        sessions = await self.rows("persona_sessions")
        pending = state_of(sessions[-1]).pending
        return Told(
            said=text,
            shown=shown,
            transcript=[one["text"] for one in messages[-2:]],
            roles=[one["role"] for one in messages[-2:]],
            question=pending.text if pending else "",
            asked=list(self.server.log.asked),
        )

    async def settled(self, timeout: float = 30.0) -> None:
        """Wait until every event is done and every reply is shown."""
        async with asyncio.timeout(timeout):
            while True:
                events, replies = await self.rows("inbox"), await self.rows("outbox")
                if all(one["settled_at"] for one in events) and all(
                    one["settled_at"] for one in replies
                ):
                    return
                await asyncio.sleep(0.02)

    async def rows(self, name: str) -> list[Row]:
        """All rows of a table, in order."""

        def work(connection: Any) -> list[Row]:
            found = connection.execute(select(table(name)).order_by(*table(name).primary_key))
            return [dict(row) for row in found.mappings()]

        return await self.database.read(work)


class Told:
    """What became of one message.

    Attributes:
        shown: the lines of the bot that are new, as the person sees them.
        transcript: the last two rows, which are the message and the reply.
        asked: the requests to the provider.
    """

    def __init__(
        self,
        said: str,
        shown: list[str],
        transcript: list[str],
        roles: list[str],
        question: str,
        asked: list[Asked],
    ) -> None:
        self.said = said
        self.shown = shown
        self.transcript = transcript
        self.roles = roles
        self.question = question
        self.asked = asked

    @property
    def reply(self) -> str:
        """As the transcript holds it."""
        return self.transcript[-1]

    @property
    def seen(self) -> str:
        """All that the person sees of it."""
        return "\n".join(self.shown)

    def check(self, what: str = "") -> None:
        """One complete reply was shown once, the transcript holds it, one call at most succeeded.

        Raises AssertionError.
        """
        told = f"{what}: {self.shown} / {self.transcript}"
        assert self.roles == ["user", "coach"], told
        assert self.transcript[0] == self.said, told
        assert _words(self.reply), told
        assert self.question, told
        assert self.reply.count("?") <= 1 + self.said.count("?"), told
        plan = self.reply.startswith(PLAN)
        assert plan or _words(self.question) in _words(self.reply), told
        seen = _words(self.seen)
        assert _words(self.reply) in seen, told
        for sentence in re.split(r"(?<=[.?!])\s+", self.reply):
            wanted = _words(sentence)
            if len(wanted.split()) > 3:
                assert seen.count(wanted) == _words(self.reply).count(wanted), told
                assert plan or seen.count(wanted) == 1, told
        assert sum(one.succeeded for one in self.asked) <= 1, told


def _words(text: str) -> str:
    """The words alone: platforms have their own marks."""
    return " ".join(WORDS.findall(text.lower()))


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server(patient)
    await made.start()
    yield made
    await made.close()


@pytest.fixture(params=sorted(HARNESSES))
async def make_scene(
    request: pytest.FixtureRequest,
    server: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[MakeScene]:
    """Makes the scene, once for each platform."""
    # Sentences show as they come, however quickly that is.
    monkeypatch.setattr("bot.slack.streams._APPEND_S", 0.0)
    monkeypatch.setattr("bot.slack.streams._EDIT_S", 0.0)
    scenes: list[Scene] = []
    database = Database(str(tmp_path / "outages.db"))
    await database.open()

    async def make(**more: Any) -> Scene:
        scene = Scene(HARNESSES[request.param](), server, database, **more)
        scenes.append(scene)
        await scene.start()
        return scene

    yield make
    for scene in scenes:
        server.faults.clear()
        await scene.stop()
    await database.close()


@pytest.fixture
async def scene(make_scene: MakeScene) -> Scene:
    return await make_scene()
