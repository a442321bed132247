"""The local Discord under faults: half of the people in threads with webhooks, half in direct
messages; the gateway drops and replays, is away for ten minutes, and refuses in storms."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any

from bot.app import App
from bot.discord.components import handles
from bot.discord.places import Place, call_key, direct_place, message_key
from bot.discord.running import DiscordPlatform
from bot.discord.shards import Pace
from bot.settings import Settings
from tests.chaos.enduring import Enduring
from tests.chaos.entries import Entry
from tests.discordserver.clock import Clock
from tests.discordserver.core import DEFAULT_TOKEN
from tests.discordserver.driver import Driver
from tests.discordserver.interactions import Interaction
from tests.discordserver.person import Person
from tests.discordserver.server import Server
from tests.discordserver.world import Channel, Message

# A run takes a minute or two: its leases and IDENTIFYs go by faster than a day's.
PACE = Pace(lease_s=1.5, identify_s=0.2, stuck_s=5.0)
GUILDS, SHARDS = 6, 2
_DROP_S, _REPLAYED = 5.0, 10
# Every so many drops there is a gap, for so long by the clock of this Discord and by ours.
_GAP_EVERY, _GAP_S, _GAP_SHOWN_S = 4, 600.0, 2.0
# A storm refuses everything, for so many calls and seconds at most.
_STORM_EVERY, _STORM, _STORM_S = 3, 10_000, 1.5
# Who gets no answer to the first try begins anew, as Discord tells them to.
_OPENS_S, _LOOK_S = 8.0, 0.2


class DiscordScene:
    """Discord, in the process of the run; workers reach it over sockets."""

    def __init__(self) -> None:
        self._server = Server(clock=Clock(speed=1.0), shards=SHARDS)
        self._server.rates.on = False
        self._driver = Driver(self._server)
        self._people: dict[str, Person] = {}
        self._where: dict[str, Channel] = {}
        self._keys: dict[str, str] = {}
        self._log: list[Entry] = []
        self._more = asyncio.Condition()
        self._known: set[int] = set()
        self._silent = False
        self._tasks: set[asyncio.Task[Any]] = set()
        self._unrest: asyncio.Task[None] | None = None

    async def start(self) -> str:
        self._guilds = [self._driver.guild(f"g{number}") for number in range(GUILDS)]
        self._server.messages.watch = self._seen
        await self._server.start()
        return self._server.core.address

    async def stop(self) -> None:
        tasks = [*self._tasks, *([self._unrest] if self._unrest is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._server.close()

    async def join(self, person: str) -> None:
        guild = self._guilds[len(self._people) % GUILDS]
        self._people[person] = self._driver.user(person, guild)

    async def say(self, person: str, text: str) -> str:
        if person not in self._where:
            return await self._open(person, text.removeprefix("/coach "))
        said = self._people[person].say(self._where[person], text)
        return str(said.id)

    async def _open(self, person: str, coach: str) -> str:
        """Begin a session, again and again until its coach speaks."""
        who = self._people[person]
        guild = next(one for one in self._guilds if who.id in one.members)
        threaded = list(self._people).index(person) % 2 == 0
        while not list(self._server.commands.all(0)):
            await asyncio.sleep(_LOOK_S)
        while True:
            if threaded:
                asked = who.slash("coach start", self._driver.general(guild), coach=coach)
                where, message = await self._thread(who, asked), str(asked.id)
                key = f"{call_key(message)}:start"
            else:
                self._silent = True
                sent = who.dm(f"/coach {coach}")
                self._silent = False
                where, message = who.direct, str(sent.id)
                key = message_key(direct_place(str(where.id)), message)
            if where is not None and await self._spoken(where, int(message)):
                break
        self._where[person], self._keys[message] = where, key
        self._put(Entry("said", person, message, f"/coach {coach}", "", 0, ""))
        return message

    async def _thread(self, who: Person, asked: Interaction) -> Channel | None:
        """The thread that came of a command; None where none did."""

        def made() -> list[Channel]:
            every = self._server.world.channels.values()
            return [
                one
                for one in every
                if one.id > asked.id and one.thread is not None and who.id in one.thread.members
            ]

        return made()[-1] if await _came(lambda: bool(made())) else None

    async def _spoken(self, where: Channel, since: int) -> bool:
        def spoken() -> bool:
            return any(
                one.id > since and handles(one.components) for one in where.messages.values()
            )

        return await _came(spoken)

    async def log(self, start: int, wait: float) -> list[Entry]:
        if len(self._log) <= start and wait:
            try:
                async with asyncio.timeout(wait), self._more:
                    await self._more.wait()
            except TimeoutError:
                pass
        return self._log[start:]

    async def misbehave(self, *, rate: float, repeat: int) -> None:
        self._server.faults.misbehave(rate)
        if rate and self._unrest is None:
            self._unrest = asyncio.create_task(self._trouble())

    async def _trouble(self) -> None:
        gateway = self._server.gateway
        for number in itertools.count(1):
            await asyncio.sleep(_DROP_S)
            gateway.repeats = _REPLAYED
            if number % _GAP_EVERY == 0:
                with self._driver.gap(_GAP_S):
                    await asyncio.sleep(_GAP_SHOWN_S)
            else:
                gateway.drop()
            if number % _STORM_EVERY == 0:
                self._server.faults.storm(".*", times=_STORM, wait=_STORM_S / 5)
                await asyncio.sleep(_STORM_S)
                self._server.faults.clear()

    async def brought(self) -> bool:
        gateway = self._server.gateway
        if gateway.down or gateway.connected < SHARDS or self._server.busy:
            return False
        return all(self._heard(where) for where in self._where.values())

    def _heard(self, where: Channel) -> bool:
        """Whether the last word in a place is a coach's."""
        last = max(where.messages.values(), key=lambda one: one.id, default=None)
        return last is None or last.author not in {one.id for one in self._people.values()}

    def event_key(self, person: str, message: str) -> str:
        if message in self._keys:
            return self._keys[message]
        where = self._where[person]
        guild = str(where.guild) if where.guild else "dm"
        return message_key(Place(guild, str(where.parent), str(where.id)), message)

    def person_of(self, conversation: str) -> str:
        where = self._server.world.channel(int(conversation.split(":")[3]))
        return self._owner(where)

    # ----------------------------------------------------------------------------------------------

    def _owner(self, where: Channel) -> str:
        inside = set(where.thread.members) if where.thread is not None else set(where.people)
        return next((name for name, one in self._people.items() if one.id in inside), "nobody")

    def _seen(self, what: str, message: Message) -> None:
        where = self._server.world.channels[message.channel]
        by_person = any(one.id == message.author for one in self._people.values())
        if by_person:
            if what == "posted" and not self._silent:
                said = Entry(
                    "said", self._owner(where), str(message.id), message.content, "", 0, ""
                )
                self._put(said)
            return
        found = [one for one in handles(message.components) if len(one.key) > 1]
        if not found or message.only:
            return
        what = "edited" if what == "posted" and message.id in self._known else what
        self._known.add(message.id)
        key, part = found[0].key, found[0].part
        words = "\n".join(
            [message.content, *(str(one.get("description") or "") for one in message.embeds)]
        )
        self._put(Entry(what, self._owner(where), str(message.id), words, key, part, key))

    def _put(self, entry: Entry) -> None:
        self._log.append(entry)
        task = asyncio.get_running_loop().create_task(self._wake())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _wake(self) -> None:
        async with self._more:
            self._more.notify_all()


async def _came(happened: Callable[[], bool]) -> bool:
    """Wait a while for something; all people wait at once, so each looks seldom."""
    for _ in range(round(_OPENS_S / _LOOK_S)):
        if happened():
            return True
        await asyncio.sleep(_LOOK_S)
    return happened()


@asynccontextmanager
async def attach(address: str, composed: App) -> AsyncGenerator[Enduring]:
    """The real adapter in a worker."""
    settings = Settings(
        _env_file=None,  # pyright: ignore[reportCallIssue]
        discord_token=DEFAULT_TOKEN,
        discord_api_url=f"{address}/api/v10",
    )
    platform = DiscordPlatform(composed, settings, DEFAULT_TOKEN, PACE)
    try:
        yield Enduring(platform)
    finally:
        await platform.close()
