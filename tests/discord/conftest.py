"""Rocket Coach on the local Discord: the real engine, inbox and discord.py, through sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

import discord
import pytest
from sqlalchemy import text

from bot.app import App
from bot.discord.running import DiscordPlatform
from bot.discord.shards import Pace
from bot.engine.engine import Engine
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.settings import Settings
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database
from tests.discordserver.driver import Driver
from tests.discordserver.server import Server
from tests.discordserver.world import Channel, Message

_RENAMED = 4
# Tests do not wait for a day's thousand IDENTIFYs to last.
PACE = Pace(lease_s=3.0, identify_s=0.05)


@dataclass(slots=True)
class Running:
    """The bot as it is served, and the Discord it is in."""

    server: Server
    driver: Driver
    app: App
    settings: Settings
    platform: DiscordPlatform | None = None
    inbox: Inbox | None = None
    task: asyncio.Task[None] | None = None
    lanes: int = 32
    lease_s: float = 10.0

    async def start(self) -> None:
        if self.task is not None:
            return
        self.platform = DiscordPlatform(self.app, self.settings, self.server.token, PACE)
        options = Options(self.lanes, self.lease_s, merge=False, poll_s=0.2, busy_after_s=0.05)
        self.inbox = Inbox(self.app.database, self.app.engine, [self.platform.adapter], options)
        self.inbox.start()
        self.task = asyncio.create_task(self.platform.run(self.inbox))
        await self.until(lambda: self.platform is not None and self.platform.connected)
        await self.until(lambda: list(self.server.commands.all(0)))

    async def stop(self) -> None:
        assert self.platform is not None
        assert self.inbox is not None
        assert self.task is not None
        task, self.task = self.task, None
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await self.inbox.stop()
        await self.platform.close()

    async def crash(self) -> None:
        """The process is gone: nothing is finished, no mailbox given back but by its lease."""
        assert self.inbox is not None
        lanes = list(self.inbox.worker._lanes)
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await self.stop()

    async def transcript(self) -> list[str]:
        """What people said, in order."""
        query = text("SELECT text FROM messages WHERE role = 'user' ORDER BY id")
        return await self.app.database.read(lambda one: list(one.scalars(query)))

    async def until(self, happened: Callable[[], object], seconds: float = 20.0) -> None:
        async with asyncio.timeout(seconds):
            while not happened():
                assert self.task is None or not self.task.done() or self.task.result()
                await asyncio.sleep(0.01)

    async def seen(
        self, person, where: Channel, fits: Callable[[Message], object] = bool
    ) -> Message:
        """The newest message of the bot that fits, as soon as the person sees it."""

        def found() -> list[Message]:
            sent = [one for one in person.sees(where) if one.author != person.id]
            # Discord's own lines ("changed the name") are none of ours.
            return [one for one in sent if one.body["type"] != _RENAMED and fits(one)]

        await self.until(found)
        return found()[-1]


def text_of(message: Message) -> str:
    """All words of a message, those in embeds too."""
    embeds = message.body.get("embeds") or []
    return "\n".join([message.content, *(one.get("description") or "" for one in embeds)])


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    async with Server() as one:
        yield one
        one.check()
    discord.http.Route.BASE = base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


@pytest.fixture
def driver(server: Server) -> Driver:
    return Driver(server)


@pytest.fixture
async def running(
    server: Server, driver: Driver, catalogue: Catalogue, database: Database
) -> AsyncIterator[Running]:
    """Everything there, and not yet started: make guilds and people first. On both databases."""
    engine = Engine(database, catalogue, voice=OfflineVoice())
    await engine.start()
    settings = Settings(
        discord_token=server.token,
        discord_api_url=server.api,
        discord_gateway_url=server.gateway.url,
        _env_file=None,
    )
    one = Running(server, driver, App(catalogue, database, engine), settings)
    yield one
    if one.task is not None:
        await one.stop()
