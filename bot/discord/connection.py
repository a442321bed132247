"""discord.py's connection of one shard, and the one touch of what it keeps to itself."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.settings import Settings

_log = logging.getLogger(__name__)
Payload = dict[str, Any]


def point_at(settings: Settings) -> None:
    """Have discord.py talk to the addresses of the settings; they hold for the whole process."""
    Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


def gateway_at(settings: Settings, told: str) -> None:
    """Have discord.py connect where the API says, unless the settings name a place."""
    if settings.discord_gateway_url is None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(told)


class Tap:
    """The one touch of what discord.py keeps to itself: its table of parsers of events.

    Raises:
        RuntimeError: this release of discord.py has no such table.
    """

    def __init__(self, client: discord.Client) -> None:
        state = getattr(client, "_connection", None)
        parsers = getattr(state, "parsers", None)
        if not isinstance(parsers, dict) or "MESSAGE_CREATE" not in parsers:
            raise RuntimeError("this release of discord.py brings its events in another way")
        self._parsers = cast(dict[str, Callable[[Any], None]], parsers)

    def instead(self, event: str, hear: Callable[[Payload], None]) -> None:
        """Take an event in discord.py's stead."""
        self._parsers[event] = hear

    def beside(self, event: str, hear: Callable[[Payload], None]) -> None:
        """Take an event after discord.py has."""
        before = self._parsers[event]

        def both(data: Payload) -> None:
            before(data)
            hear(data)

        self._parsers[event] = both


class Client(discord.Client):
    """The connection of one shard.

    Args:
        turn: waited for before each IDENTIFY but the first.

    Attributes:
        waiting: it is connected and its turn has not come.
    """

    # Nothing is said aloud, so what voice would need is not missed.
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False

    def __init__(
        self, shard: int, shards: int, turn: Callable[[int], Awaitable[None]], *, content: bool
    ) -> None:
        self._turn = turn
        self.waiting = False
        super().__init__(
            shard_id=shard,
            shard_count=shards,
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=content
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0,
        )

    @property
    def open(self) -> bool:
        """Whether it is connected, and was told what there is."""
        if self.is_closed() or not self.is_ready():
            return False
        socket = cast(DiscordWebSocket | None, self.ws)
        return socket is not None and socket.open

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for the turn of this shard."""
        if initial:
            return
        self.waiting = True
        try:
            await self._turn(shard_id or 0)
        finally:
            self.waiting = False

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log it without what was said."""
        _log.exception("an event of Discord failed: %s", event_method)

    def on_join(self, hear: Callable[[discord.Guild], Coroutine[Any, Any, None]]) -> None:
        """Hear of servers that the app is added to."""

        async def on_guild_join(guild: discord.Guild) -> None:
            await hear(guild)

        self.event(on_guild_join)
