"""The inbox's own figures: acknowledging, starting, a burst, and doing nothing."""

from __future__ import annotations

import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.report import Row, median, quantile
from bot.engine.brief import Voice
from bot.engine.engine import Engine
from bot.inbound import Message, Opened, Sender
from bot.inbox.contract import Begun, Capabilities, Post
from bot.inbox.meter import Meter, NoMeter
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database
from tests.postgres import Cluster, NoPostgresError

PLATFORM = "bench"
UNLIMITED = Options(
    turns_a_minute=0, tenant_turns_a_minute=0, queue_limit=1_000_000, merge=False, lanes=16
)


class Posts:
    """A platform that takes every reply at once and tells when it came."""

    platform = PLATFORM
    capabilities = Capabilities(
        streaming=False, can_look=True, edits=True, private=True, files=True, identity=True
    )

    def __init__(self) -> None:
        self.count = 0
        self._waiting: dict[str, asyncio.Future[float]] = {}

    def coming(self, message: str) -> asyncio.Future[float]:
        """When the reply to a message is posted."""
        return self._waiting.setdefault(message, asyncio.get_running_loop().create_future())

    async def begin(self, post: Post, *, repeat: bool) -> Begun:
        self.count += 1
        if (waiting := self._waiting.pop(post.answers, None)) is not None:
            waiting.set_result(time.perf_counter())
        return Begun(post.key, whole=True)

    async def fill(self, post: Post, platform_id: str) -> None:
        raise AssertionError("every reply is whole")

    def unwanted(self, key: str, conversation: str) -> bool:
        return False

    def halt(self, key: str, conversation: str) -> None:
        pass

    async def busy(self, conversation: str) -> None:
        return None


class Starts(NoMeter):
    """Notes when the work of each turn begins."""

    def __init__(self) -> None:
        self.began: list[float] = []

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:
        if name == "turn":
            self.began.append(time.perf_counter())
        return nullcontext()


class Person:
    """One person who writes to the bench's platform."""

    def __init__(self, box: Inbox, posts: Posts, name: str, tenant: str = "t") -> None:
        self._box = box
        self._posts = posts
        self._sender = Sender(PLATFORM, tenant, name)
        self._conversation = f"{PLATFORM}:{tenant}:{name}:1"
        self._sent = 0

    def _next(self) -> str:
        self._sent += 1
        return f"{self._sender.external_id}.{self._sent}"

    async def open(self, coach: str) -> None:
        """Have a coach greet."""
        key = self._next()
        event = Opened(self._conversation, key, self._sender, datetime.now(UTC), coach)
        coming = self._posts.coming(key)
        await self._box.accept(key, event)
        await coming

    async def send(self, text: str) -> asyncio.Future[float]:
        """Have a line accepted; returns the moment of its reply, to come."""
        key = self._next()
        event = Message(self._conversation, key, self._sender, text, datetime.now(UTC))
        coming = self._posts.coming(key)
        await self._box.accept(key, event)
        return coming

    async def say(self, text: str) -> None:
        """Send a line and wait for its reply."""
        await (await self.send(text))


@asynccontextmanager
async def box_on(
    url: str,
    posts: Posts,
    meter: Meter | None = None,
    options: Options = UNLIMITED,
    voice: Callable[[Database], Awaitable[Voice]] | None = None,
) -> AsyncGenerator[Inbox]:
    """A running inbox over a database; ``voice`` makes another voice than the offline one."""
    database = Database(url)
    await database.open()
    speaking = OfflineVoice() if voice is None else await voice(database)
    engine = Engine(database, Catalogue(), voice=speaking)
    await engine.start()
    box = Inbox(database, engine, [posts], options, meter)
    box.start()
    try:
        yield box
    finally:
        await box.stop()
        await database.close()


async def ack(url: str, kind: str, burst: int = 200, repeats: int = 5) -> list[Row]:
    """How long the platform waits for its acknowledgement when many events come at once."""
    seconds: list[float] = []
    posts = Posts()
    async with box_on(url, posts) as box:
        for repeat in range(repeats):
            people = [Person(box, posts, f"{repeat}.{number}") for number in range(burst)]

            async def one(person: Person) -> asyncio.Future[float]:
                began = time.perf_counter()
                coming = await person.send("I pack parcels at night and want out.")
                seconds.append(time.perf_counter() - began)
                return coming

            await asyncio.gather(*await asyncio.gather(*(one(person) for person in people)))
    what = f"ack in a burst of {burst}, {kind}, p99"
    return [Row(what, quantile(seconds, 0.99) * 1000, "ms", None, 250, 50)]


async def starting(url: str, kind: str, events: int) -> list[Row]:
    """From the event to the start of its work, one event at a time."""
    starts, posts = Starts(), Posts()
    seconds: list[float] = []
    async with box_on(url, posts, starts) as box:
        person = Person(box, posts, "early")
        await person.open("life_coach")
        for number in range(events):
            await asyncio.sleep(0.05)
            starts.began.clear()
            handed = time.perf_counter()
            await person.say(f"On day {number} I sorted {number + 3} boxes by myself.")
            if number > 2 and starts.began:
                seconds.append(starts.began[0] - handed)
    return [
        Row(
            f"event to the start of its work, {kind}, p50",
            median(seconds) * 1000,
            "ms",
            None,
            15,
            10,
        ),
        Row(
            f"event to the start of its work, {kind}, p99",
            quantile(seconds, 0.99) * 1000,
            "ms",
            None,
        ),
    ]


def _resident_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


async def burst(url: str, kind: str, events: int, people: int = 1000) -> list[Row]:
    """So many events at once are accepted and worked off; how much memory grows meanwhile."""
    posts = Posts()
    async with box_on(url, posts) as box:
        everybody = [Person(box, posts, f"p{number}", f"t{number % 7}") for number in range(people)]
        warm = Person(box, posts, "warm")
        await warm.open("life_coach")
        for number in range(20):
            await warm.say(f"I mended {number + 2} pumps this week.")
        before, began = _resident_mb(), time.perf_counter()
        done = posts.count
        highest = before

        async def watch() -> None:
            nonlocal highest
            while True:
                highest = max(highest, _resident_mb())
                await asyncio.sleep(0.05)

        watching = asyncio.create_task(watch())
        queue = [(person, turn) for turn in range(events // people) for person in everybody]

        async def hand_in(person: Person, turn: int) -> None:
            await person.send(f"{turn}: I lead a crew of six and want to lead twenty.")

        await asyncio.gather(*(hand_in(person, turn) for person, turn in queue))
        accepted = time.perf_counter() - began
        while posts.count - done < len(queue):
            await asyncio.sleep(0.1)
        worked = time.perf_counter() - began
        watching.cancel()
    what = f"burst of {len(queue):,} events, {kind}"
    return [
        Row(f"{what}: accepted", accepted, "s"),
        Row(f"{what}: worked off", worked, "s"),
        Row(f"{what}: memory grows by", highest - before, "MB", None, 50, 20),
    ]


async def idle(url: str, kind: str, seconds: float) -> list[Row]:
    """The share of a processor that an inbox with nothing to do takes, beyond the bare loop."""

    def used() -> float:
        spent = resource.getrusage(resource.RUSAGE_SELF)
        return spent.ru_utime + spent.ru_stime

    before = used()
    await asyncio.sleep(seconds)
    bare = (used() - before) / seconds
    async with box_on(url, Posts()):
        await asyncio.sleep(1)
        before = used()
        await asyncio.sleep(seconds)
        waiting = (used() - before) / seconds
    return [Row(f"idle, {kind}: share of a processor", (waiting - bare) * 100, "%", None, 1, 0.3)]


async def _all(url: str, kind: str, quick: bool) -> list[Row]:
    rows = await ack(url, kind, repeats=2 if quick else 5)
    rows += await starting(url, kind, 30 if quick else 150)
    rows += await burst(url, kind, 1000 if quick else 10_000, 250 if quick else 1000)
    return rows + await idle(url, kind, 3 if quick else 12)


def measure(quick: bool) -> Iterator[Row]:
    """All rows, on SQLite and, where a server is installed, on Postgres (which skips fsync)."""
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        yield from asyncio.run(_all(f"{folder}/bench.db", "SQLite", quick))
    try:
        cluster = Cluster.make()
    except NoPostgresError as error:
        print(f"Postgres is not measured: {error}", file=sys.stderr)
        return
    try:
        cluster.start()
        with cluster.database() as url:
            yield from asyncio.run(_all(url, "Postgres", quick))
    finally:
        cluster.remove()
