"""A bot on the real discord.py, for tests of the local Discord itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord
from discord import app_commands

from tests.discordserver.server import Server

ALL = discord.Intents(
    guilds=True, members=False, messages=True, message_content=True, webhooks=True
)


class Bot(discord.Client):
    """Keeps what it hears."""

    def __init__(self, intents: discord.Intents = ALL) -> None:
        super().__init__(
            intents=intents,
            guild_ready_timeout=0,
            heartbeat_timeout=60.0,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.tree = app_commands.CommandTree(self)
        self.heard: list[discord.Message] = []
        self.events: list[str] = []

    async def on_message(self, message: discord.Message) -> None:
        assert self.user is not None
        if message.author.id != self.user.id:
            self.heard.append(message)

    async def on_socket_event_type(self, event: str) -> None:
        self.events.append(event)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Without the five seconds that are waited before a second IDENTIFY."""


@asynccontextmanager
async def connected(server: Server, bot: Bot | None = None) -> AsyncIterator[Bot]:
    """A bot that is ready; it is closed at the end, and the server is checked."""
    bot = bot or Bot()
    with server.pointed_at():
        running = asyncio.create_task(bot.start(server.token))
        ready = asyncio.create_task(_ready(bot))
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if running.done():
                await running
            yield bot
        finally:
            ready.cancel()
            await bot.close()
            await asyncio.gather(running, ready, return_exceptions=True)
    server.check()


async def _ready(bot: Bot) -> None:
    while not bot.is_ready():
        await asyncio.sleep(0.005)
