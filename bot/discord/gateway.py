"""The connection by which Discord brings events: discord.py's, all shards of it.

Payloads are taken as they come (:class:`_Tap`): history and gateway are then read by one code.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, cast
from weakref import WeakValueDictionary

import discord
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.discord import leaving
from bot.discord.calls import call_of
from bot.discord.catching_up import catch_up
from bot.discord.desk import Desk
from bot.discord.interactions import Interactions
from bot.discord.messages import Messages
from bot.discord.rest import is_closed
from bot.discord.syncing import sync
from bot.platforms import wording
from bot.settings import Settings, SettingsError

_log = logging.getLogger(__name__)
_GATE_S = 30.0
Payload = dict[str, Any]
Hear = Callable[[Payload], Awaitable[None]]


def point_at(settings: Settings) -> None:
    """Have discord.py talk to the addresses of the settings; they hold for the whole process."""
    Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url is not None:
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway_url)


class _Tap:
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


class _Client(discord.AutoShardedClient):
    # Nothing is said aloud, so what voice would need is not missed.
    discord.VoiceClient.warn_nacl = False
    discord.VoiceClient.warn_dave = False

    def __init__(self, *, content: bool) -> None:
        super().__init__(
            intents=discord.Intents(
                guilds=True, guild_messages=True, dm_messages=True, message_content=content
            ),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0,
        )

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Log it without what was said."""
        _log.exception("an event of Discord failed: %s", event_method)


class Gateway:
    """Listens to Discord and hands on what it brings.

    Attributes:
        content: whether the app may read messages that do not mention it.
    """

    def __init__(self, desk: Desk, messages: Messages, interactions: Interactions) -> None:
        self.content = True
        self._desk = desk
        self._messages = messages
        self._interactions = interactions
        self._client: _Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._catching = 0
        self._caught = asyncio.Event()
        self._caught.set()
        self._synced = False

    @property
    def connected(self) -> bool:
        """Whether every shard is connected."""
        client = self._client
        if client is None or client.is_closed() or not client.is_ready():
            return False
        return not any(shard.is_closed() for shard in client.shards.values())

    async def run(self) -> None:
        """Listen until cancelled; discord.py connects again by itself.

        Raises:
            SettingsError: the token is refused.
            Exception: the connection can't be had; it is to be tried again later.
        """
        try:
            await self._listen()
        except discord.PrivilegedIntentsRequired:
            self.content = False
            _log.warning(
                "Message Content is not turned on for this app, so it reads direct messages, "
                "mentions and answers only: turn it on under Bot, Privileged Gateway Intents, in "
                "the developer portal, and start again"
            )
            await self._listen()
        except discord.LoginFailure as error:
            raise SettingsError(
                "DISCORD_TOKEN is refused: copy it anew from the page Bot of the developer portal."
            ) from error

    async def _listen(self) -> None:
        client = self._client = _Client(content=self.content)
        self._wire(client)
        self._desk.known = self._known
        try:
            await client.start(self._desk.rest.token)
        finally:
            await client.close()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _wire(self, client: _Client) -> None:
        tap = _Tap(client)
        tap.instead("MESSAGE_CREATE", self._hearing(self._in_order(self._message)))
        tap.instead("MESSAGE_UPDATE", self._hearing(self._in_order(self._messages.edited)))
        tap.instead("MESSAGE_DELETE", self._hearing(self._in_order(self._deleted)))
        tap.instead("INTERACTION_CREATE", self._hearing(self._interaction))
        tap.beside("THREAD_DELETE", self._hearing(self._thread_gone))
        tap.beside("THREAD_UPDATE", self._hearing(self._thread_changed))
        tap.beside("READY", self._ready)
        tap.beside("GUILD_DELETE", self._hearing(self._guild_gone))
        client.event(self._named("on_guild_join", self._guild_joined))

    @staticmethod
    def _named(
        name: str, hear: Callable[[discord.Guild], Coroutine[Any, Any, None]]
    ) -> Callable[[discord.Guild], Coroutine[Any, Any, None]]:
        async def event(guild: discord.Guild) -> None:
            await hear(guild)

        event.__name__ = name
        return event

    def _in_order(self, hear: Hear) -> Hear:
        """What is said, changed and deleted in a channel is taken one after the other."""

        async def heard(data: Payload) -> None:
            lock = self._orders.setdefault(str(data.get("channel_id")), asyncio.Lock())
            async with lock:
                await hear(data)

        return heard

    def _hearing(self, hear: Hear) -> Callable[[Payload], None]:
        def heard(data: Payload) -> None:
            self._spawn(self._safely(hear, data))

        return heard

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _safely(hear: Hear, data: Payload) -> None:
        try:
            await hear(data)
        except Exception as error:
            _log.exception("an event of Discord failed: %s", type(error).__name__)

    def _known(self, guild: str, channel: str) -> tuple[int, str] | None:
        found = self._client.get_guild(int(guild)) if self._client is not None else None
        one = found.get_channel_or_thread(int(channel)) if found is not None else None
        if one is None:
            return None
        parent = one.parent_id if isinstance(one, discord.Thread) else ""
        return int(one.type.value), str(parent)

    # Events ---------------------------------------------------------------------------------------

    async def _message(self, data: Payload) -> None:
        if not self._caught.is_set():
            # What was missed comes first.
            try:
                async with asyncio.timeout(_GATE_S):
                    await self._caught.wait()
            except TimeoutError:
                _log.warning("catching up takes long; what comes now is not kept waiting")
        await self._messages.take(data)

    async def _deleted(self, data: Payload) -> None:
        guild = str(data.get("guild_id") or "")
        await self._messages.deleted(guild, str(data["channel_id"]), str(data["id"]))

    async def _interaction(self, data: Payload) -> None:
        await self._interactions.take(call_of(data))

    async def _thread_changed(self, data: Payload) -> None:
        state: Payload = data.get("thread_metadata") or {}
        if state.get("locked"):
            await self._thread_gone(data)

    async def _thread_gone(self, data: Payload) -> None:
        """Tell the owner of a closed thread where it goes on."""
        desk, channel = self._desk, str(data["id"])
        where = desk.learn(
            str(data["guild_id"]), channel, int(data["type"]), str(data.get("parent_id") or "")
        )
        row = await desk.thread(where.place)
        if row is None or row["session"] is None or not await desk.once("closed", channel):
            return
        owner = await desk.owner(row)
        if owner is None:
            return
        try:
            await desk.say(await desk.direct(owner), wording.THREAD_GONE)
        except discord.HTTPException as error:
            if not is_closed(error):
                raise

    async def _guild_gone(self, data: Payload) -> None:
        if not data.get("unavailable"):
            await leaving.schedule(self._desk, str(data["id"]))

    async def _guild_joined(self, guild: discord.Guild) -> None:
        await leaving.call_off(self._desk, str(guild.id))

    # Connecting -----------------------------------------------------------------------------------

    def _ready(self, data: Payload) -> None:
        self._catching += 1
        self._caught.clear()
        self._spawn(self._after_ready(data))

    async def _after_ready(self, data: Payload) -> None:
        shard, shards = data.get("shard") or (0, 1)
        try:
            guilds: list[Payload] = data.get("guilds") or []
            there = {str(one["id"]) for one in guilds}
            await catch_up(self._desk, self._messages, shard, shards)
            await leaving.gone_meanwhile(self._desk, there, shard, shards)
        except Exception:
            _log.exception("what was missed could not be read")
        finally:
            self._catching -= 1
            if self._catching == 0:
                self._caught.set()
        if not self._synced:
            self._synced = True
            try:
                await sync(self._desk.rest)
            except discord.HTTPException as error:
                self._synced = False
                _log.error("the slash commands were refused: %s", error.text)
