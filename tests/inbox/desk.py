"""An inbox to look into: a platform in memory, an engine that fails or waits when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from bot.engine.brief import Brief
from bot.engine.engine import Engine
from bot.inbound import Choice, Inbound, Message, Sender
from bot.inbox.contract import Begun, Capabilities, Post
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.replies import Draft
from bot.voices.offline import compose
from storage.database import Database
from storage.queries import Row, table

PLATFORM = "memory"
# So many characters show at first; a longer reply is filled in.
FIRST = 120
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUICK = Options(
    lease_s=30.0, poll_s=0.05, turns_a_minute=0, tenant_turns_a_minute=0, backoff=(0.0, 0.0)
)


@dataclass(slots=True)
class Line:
    """What shows of a reply, and how often it was posted anew."""

    key: str
    conversation: str
    text: str
    choices: tuple[str, ...]
    partial: bool
    posts: int = 1


@dataclass
class Screen:
    """A platform in memory, shared by all workers.

    Attributes:
        faults: raised by the next calls of ``begin``, before anything shows.
        cut: raised by the next calls of ``begin``, after the reply shows.
    """

    can_look: bool = True
    lines: dict[str, Line] = field(default_factory=dict[str, Line])
    faults: list[Exception] = field(default_factory=list[Exception])
    cut: list[Exception] = field(default_factory=list[Exception])
    begins: int = 0
    platform: str = PLATFORM

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            streaming=True,
            can_look=self.can_look,
            edits=True,
            private=False,
            files=False,
            identity=False,
        )

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        self.begins += 1
        if self.faults:
            raise self.faults.pop(0)
        if not repeat or post.key not in self.lines:
            posts = self.lines[post.key].posts + 1 if post.key in self.lines else 1
            self.lines[post.key] = Line(
                post.key, post.conversation, "", (), partial=True, posts=posts
            )
        self._show(post, FIRST)
        if self.cut:
            raise self.cut.pop(0)
        return Begun(post.key, whole=not post.partial and len(post.turned.reply.text) <= FIRST)

    async def fill(self, post: Post, platform_id: str) -> None:
        assert platform_id in self.lines
        self._show(post)

    def unwanted(self, key: str, conversation: str) -> bool:
        return False

    def halt(self, key: str, conversation: str) -> None:
        pass

    async def busy(self, conversation: str) -> None:
        pass

    def _show(self, post: Post, limit: int | None = None) -> None:
        reply, line = post.turned.reply, self.lines[post.key]
        line.text, line.partial = reply.text[:limit], post.partial
        line.choices = tuple(one.label for one in reply.choices)

    def texts(self, person: str | None = None) -> list[str]:
        return [
            line.text
            for line in self.lines.values()
            if person is None or f":{person}:" in line.conversation
        ]


class Moody(Engine):
    """An engine that does something of its own before it takes a message with a certain word."""

    moods: dict[str, Callable[[], Awaitable[None]]]

    async def _dispatch(self, standing: Any, event: Inbound) -> Any:
        for word, mood in self.moods.items():
            if word in getattr(event, "text", ""):
                await mood()
        return await super()._dispatch(standing, event)


@dataclass(slots=True)
class Slow:
    """A voice that says a part, waits, and says the rest.

    Attributes:
        go_on: set to have it end; None for no waiting.
        part: what it says first; empty to have it only say that words are on their way.
    """

    go_on: asyncio.Event | None = None
    part: str = "Let me think"
    name: str = "slow"
    free: bool = False

    async def word(self, brief: Brief) -> AsyncIterator[Draft]:
        whole = compose(brief)
        if self.go_on is not None:
            part = Draft()
            part.say(self.part)
            yield part
            await self.go_on.wait()
        yield whole


@dataclass(slots=True)
class Desk:
    """A database, an engine, a screen, and inboxes over them."""

    database: Database
    engine: Moody
    screen: Screen
    voice: Slow
    inboxes: list[Inbox] = field(default_factory=list[Inbox])
    count: int = 0

    def open(self, options: Options = QUICK, *, start: bool = True, **more: Any) -> Inbox:
        made = Inbox(self.database, self.engine, [self.screen], replace(options, **more))
        self.inboxes.append(made)
        if start:
            made.start()
        return made

    async def close(self) -> None:
        for inbox in self.inboxes:
            await inbox.stop()

    def message(self, text: str, person: str = "ada", tenant: str = "t1") -> Message:
        self.count += 1
        sender = Sender(PLATFORM, tenant, person)
        return Message(f"{PLATFORM}:{tenant}:{person}:main", f"m{self.count}", sender, text, AT)

    async def say(self, text: str, person: str = "ada", tenant: str = "t1") -> Message:
        """A message comes in, by the inbox that was opened last."""
        message = self.message(text, person, tenant)
        await self.inboxes[-1].accept(message.message_id, message)
        return message

    async def pick(self, choice: str, person: str = "ada") -> None:
        self.count += 1
        place = self.message("", person)
        event = Choice(place.conversation, f"i{self.count}", place.sender, choice, AT)
        await self.inboxes[-1].accept(event.message_id, event)

    async def answered(self, number: int, person: str | None = None) -> list[str]:
        """The texts that show once there are ``number``, and nothing is left to do."""
        await until(lambda: self._settled(number, person))
        return self.screen.texts(person)

    async def _settled(self, number: int, person: str | None) -> bool:
        if len(self.screen.texts(person)) < number:
            return False
        rows = [*await self.rows("inbox"), *await self.rows("outbox")]
        return all(row["settled_at"] is not None for row in rows)

    async def rows(self, name: str) -> list[Row]:
        rows = table(name)
        key = rows.c.id if "id" in rows.c else rows.c.person_id
        return await self.database.read(
            lambda one: [dict(row) for row in one.execute(select(rows).order_by(key)).mappings()]
        )

    async def change(self, name: str, **values: Any) -> None:
        """Change columns of all rows of a table."""

        def work(connection: Connection) -> None:
            connection.execute(update(table(name)).values(**values))

        await self.database.write(work)


async def kill(inbox: Inbox) -> None:
    """End it as a crash does: nothing is given back, nothing is finished."""
    tasks = [*inbox._tasks, *inbox.worker._lanes]
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def until(check: Callable[[], Awaitable[Any]]) -> Any:
    """Wait until it holds; it must within a minute."""
    async with asyncio.timeout(60):
        while not (found := await check()):
            await asyncio.sleep(0.01)
    return found
