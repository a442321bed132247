"""Days pass: a person at the real inbox, with a clock that tests set."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from bot.engine.engine import Engine
from bot.engine.turned import Turned
from bot.inbound import Choice, Inbound, Message, Opened, Sender
from bot.inbox import holding, intake, lane, live, worker
from bot.inbox.contract import Begun, Capabilities, Post
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage import inbox
from storage.database import Database
from storage.queries import PersonScope, Row, table
from tests.conftest import Talk
from tests.talking import to_the_plan

PLATFORM = "terminal"
OPTIONS = Options(turns_a_minute=0, tenant_turns_a_minute=0, backoff=(0.0, 0.0), merge=False)


class Clock:
    """The time; each look at it takes a millisecond, so that what follows is later."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at


class Wall:
    """A platform that shows everything at once and can be looked at."""

    platform = PLATFORM
    capabilities = Capabilities(
        streaming=False, can_look=True, edits=False, private=True, files=False, identity=True
    )

    def __init__(self) -> None:
        self.posts: list[Post] = []
        # Called at the start of each try; may raise.
        self.before: Callable[[], None] = lambda: None
        # Called when a post shows already; may raise.
        self.after: Callable[[], None] = lambda: None

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        self.before()
        if not (repeat and any(one.key == post.key for one in self.posts)):
            self.posts.append(post)
            self.after()
        return Begun(post.key, whole=True)

    async def fill(self, post: Post, platform_id: str) -> None:
        raise AssertionError("all was shown")

    def unwanted(self, key: str, conversation: str) -> bool:
        return False

    def halt(self, key: str, conversation: str) -> None:
        pass

    async def busy(self, conversation: str) -> None:
        pass


@dataclass
class Days:
    """One person, through the inbox."""

    engine: Engine
    clock: Clock
    user: str = "ada"
    zone: str | None = None
    options: Options = OPTIONS
    wall: Wall = field(default_factory=Wall)
    seen: int = 0
    inbox: Inbox = field(init=False)
    ids: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.inbox = self.new_inbox()
        self.conversation = f"{PLATFORM}:local:{self.user}:main"

    def new_inbox(self) -> Inbox:
        return Inbox(self.engine.database, self.engine, [self.wall], self.options)

    @property
    def sender(self) -> Sender:
        return Sender(PLATFORM, "local", self.user, zone=self.zone)

    async def person(self) -> str:
        return await self.engine.person(self.sender)

    async def work(self) -> list[Post]:
        """Let the inbox work; returns what it showed."""
        await self.inbox.worker.work_off(await self.person())
        new, self.seen = self.wall.posts[self.seen :], len(self.wall.posts)
        return new

    async def hand_in(self, event: Inbound) -> Turned:
        await self.inbox.accept(f"{self.user}:{event.message_id}", event)
        posts = await self.work()
        assert posts, "no reply"
        return posts[-1].turned

    def next_id(self) -> str:
        return f"{self.user}-{next(self.ids)}"

    async def __call__(self, text: str) -> Turned:
        at = self.clock()
        return await self.hand_in(Message(self.conversation, self.next_id(), self.sender, text, at))

    async def press(self, turned: Turned, label: str) -> Turned:
        """Press a button of a reply."""
        picked = next(one.id for one in turned.reply.choices if one.label == label)
        event = Choice(self.conversation, self.next_id(), self.sender, picked, self.clock())
        return await self.hand_in(event)

    async def open(self, coach: str, conversation: str | None = None) -> Turned:
        place = conversation or self.conversation
        return await self.hand_in(Opened(place, self.next_id(), self.sender, self.clock(), coach))

    async def plan(self, coach: str = "executive_coach") -> Turned:
        """Talk with a coach until a step is promised; it speaks of Thursday."""
        talk = Talk(self.engine, self.user, self.conversation)
        talk.sender = self.sender
        return (await to_the_plan(self.engine, talk, coach))[-1]

    async def at(self, moment: datetime) -> list[Turned]:
        """Let time pass; returns what came by then."""
        self.clock.at = moment
        return [post.turned for post in await self.work()]

    async def waiting(self) -> list[Row]:
        """The reminders that wait, the next first."""
        person = await self.person()
        return await self.engine.database.read(lambda one: inbox.reminders(one, [person]))

    async def due(self) -> list[datetime]:
        return [row["due_at"].replace(microsecond=0) for row in await self.waiting()]

    async def rows(self, name: str) -> list[Row]:
        person = await self.person()
        return await self.engine.look(person, lambda scope: scope.rows(name))

    async def change_me(self, **values: object) -> None:
        def work(connection: Connection) -> None:
            row = connection.execute(
                select(table("accounts")).where(table("accounts").c.external_id == self.user)
            ).one()
            PersonScope(connection, row.person_id).change_me(**values)

        await self.engine.database.write(work)


def days_of(database: Database, catalogue: Catalogue, patch: pytest.MonkeyPatch) -> Days:
    """Ada's days from Monday 23 November 2026, 09:00 UTC, on; the engine is still to be started."""
    clock = Clock(datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    for module in (holding, intake, lane, live, worker):
        patch.setattr(module, "now", lambda connection: clock())
    return Days(Engine(database, catalogue, voice=OfflineVoice(), clock=clock), clock)
