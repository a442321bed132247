"""A worker that is told to stop: what it holds stays its own until it has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import select

from bot.engine.engine import Engine
from bot.engine.turned import Turned
from bot.inbound import Message, Sender
from bot.inbox.contract import Begun, Capabilities, Post
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.replies import Reply
from storage.database import Database
from storage.inbox import operator
from storage.queries import table

OPTIONS = Options(lease_s=2.0, poll_s=0.05)


class Wall:
    """Shows replies nowhere, and counts them."""

    platform = "wall"
    capabilities = Capabilities(
        streaming=False, can_look=True, edits=True, private=True, files=False, identity=False
    )

    def __init__(self) -> None:
        self.shown: list[str] = []

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        self.shown.append(post.turned.reply.text)
        return Begun("1", whole=True)

    async def fill(self, post: Post, platform_id: str) -> None:
        pass

    def unwanted(self, key: str, conversation: str) -> bool:
        return False

    def halt(self, key: str, conversation: str) -> None:
        pass

    async def busy(self, conversation: str) -> None:
        pass


class Slow:
    """An engine whose turns end when they are let."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.let = asyncio.Event()
        self.turns = 0

    async def handle(self, event: Any, ledger: Any, *seen: Any) -> Turned:
        self.turns += 1
        self.begun.set()
        await self.let.wait()
        turned = Turned(Reply(f"answer {self.turns}"))
        await self.database.write(lambda c: (ledger.begin(c), ledger.finish(c, turned)))
        return turned

    database: Database


def message() -> Message:
    sender = Sender("wall", "t1", "ada")
    return Message("wall:t1:c:t", "m1", sender, "hello", datetime.now(UTC))


async def test_a_turn_longer_than_the_lease_is_ended_by_who_began_it(database: Database) -> None:
    engine, wall, other_wall = Slow(), Wall(), Wall()
    engine.database = database
    one = Inbox(database, cast(Engine, engine), [wall], OPTIONS)
    other = Inbox(database, cast(Engine, engine), [other_wall], OPTIONS)
    one.start()
    await one.accept("m1", message())
    await asyncio.wait_for(engine.begun.wait(), 20)
    stopping = asyncio.create_task(one.stop())
    other.start()
    await asyncio.sleep(OPTIONS.lease_s * 2)
    engine.let.set()
    await asyncio.wait_for(stopping, 20)
    await other.stop()
    assert (engine.turns, wall.shown, other_wall.shown) == (1, ["answer 1"], [])


async def test_a_claim_under_way_when_it_is_told_to_stop_is_not_left_behind(
    database: Database,
) -> None:
    engine, wall = Slow(), Wall()
    engine.database = database
    engine.let.set()
    inbox = Inbox(database, cast(Engine, engine), [wall], OPTIONS)
    await inbox.accept("m1", message())
    claim: Callable[..., Awaitable[int]] = inbox.worker._claim
    claiming = asyncio.Event()

    async def slowly(*given: Any) -> int:
        claiming.set()
        await asyncio.sleep(0.3)
        return await claim(*given)

    inbox.worker._claim = slowly  # type: ignore[method-assign]
    inbox.start()
    await asyncio.wait_for(claiming.wait(), 20)
    await inbox.stop()
    assert inbox.worker.lanes == 0
    # What was claimed too late is for others, at once, and nobody has died of it.
    assert wall.shown == []
    box, rows = table("mailbox"), table("inbox")
    held = await database.read(lambda c: c.scalar(select(box.c.owner)))
    assert held is None
    left = await database.read(lambda c: c.execute(select(rows.c.state, rows.c.attempts)).one())
    assert tuple(left) == ("waiting", 0)


async def test_the_class_of_what_ended_an_event_is_kept(database: Database) -> None:
    class Broken(Slow):
        async def handle(self, event: Any, ledger: Any, *seen: Any) -> Turned:
            raise ZeroDivisionError

    wall = Wall()
    given = Options(poll_s=0.05, backoff=())
    inbox = Inbox(database, cast(Engine, Broken()), [wall], given)
    inbox.start()
    await inbox.accept("m1", message())
    async with asyncio.timeout(20):
        while not wall.shown:
            await asyncio.sleep(0.01)
    await inbox.stop()
    (item,) = await database.read(lambda c: operator.items(c, datetime.now(UTC), 10))
    assert (item.state, item.error, item.attempts) == ("dead", "ZeroDivisionError", 1)


async def test_it_says_whether_it_works(database: Database) -> None:
    inbox = Inbox(database, cast(Engine, Slow()), [Wall()], OPTIONS)
    assert not inbox.works
    inbox.start()
    async with asyncio.timeout(20):
        while not inbox.works:
            await asyncio.sleep(0.01)
    await inbox.stop()
    assert not inbox.works
