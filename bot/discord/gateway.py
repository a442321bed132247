"""What comes from Discord by the gateway, over the shards that this worker holds.

Payloads are taken as they come (:class:`bot.discord.connection.Tap`): history and gateway are then
read by one code.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import aiohttp
import discord

from bot.discord import leaving
from bot.discord.calls import call_of
from bot.discord.catching_up import Gate, catch_up
from bot.discord.connection import Client, Payload, Tap, gateway_at
from bot.discord.desk import Desk
from bot.discord.interactions import Interactions
from bot.discord.messages import Messages
from bot.discord.rest import is_closed
from bot.discord.shards import Leases, Pace, Plan
from bot.discord.syncing import sync
from bot.platforms import wording
from bot.settings import SettingsError
from storage.errors import StorageError

_log = logging.getLogger(__name__)
_LOOK_S = 0.5
_AGAIN_S, _AGAIN_AT_MOST_S = 1.0, 30.0
# Seconds between tries of what could not be taken; some minutes in all.
_WAITS = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 120.0)
Hear = Callable[[Payload], Awaitable[None]]
_REFUSED = "DISCORD_TOKEN is refused: copy it anew from the page Bot of the developer portal."


class Gateway:
    """Listens to Discord and hands on what it brings.

    Attributes:
        content: whether the app may read messages that do not mention it.
    """

    def __init__(
        self, desk: Desk, messages: Messages, interactions: Interactions, pace: Pace | None = None
    ) -> None:
        self.content = True
        self._desk = desk
        self._messages = messages
        self._interactions = interactions
        self._pace = pace or Pace()
        self._plan = Plan(1)
        self._leases: Leases | None = None
        self._clients: dict[int, Client] = {}
        self._shards: dict[int, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._orders: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._gate = Gate()
        self._synced = False

    @property
    def connected(self) -> bool:
        """Whether every shard is held by some worker, and those of this one are connected."""
        leases = self._leases
        if leases is None or not leases.complete or self._shards.keys() != leases.held:
            return False
        clients = [self._clients.get(shard) for shard in self._shards]
        return all(one is not None and one.open for one in clients)

    async def run(self) -> None:
        """Listen until cancelled; what breaks is connected again.

        Raises:
            SettingsError: the token is refused.
            Exception: Discord can't be reached; it is to be tried again later.
        """
        try:
            self._plan = await self._recommended()
        except discord.LoginFailure as error:
            raise SettingsError(_REFUSED) from error
        self._desk.known = self._known
        leases = self._leases = Leases(self._desk.engine.database, self._plan, self._pace)
        try:
            while True:
                await self._follow(leases, await leases.hold())
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._broken(), leases.pause)
        finally:
            await self._end(*self._shards)
            await leases.give_back()
            for task in list(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _recommended(self) -> Plan:
        told: Payload = await self._desk.rest.call("GET", "/gateway/bot")
        gateway_at(self._desk.settings, str(told["url"]))
        starts: Payload = told.get("session_start_limit") or {}
        return Plan(int(told["shards"]), int(starts.get("max_concurrency") or 1))

    # Shards ---------------------------------------------------------------------------------------

    async def _follow(self, leases: Leases, held: frozenset[int]) -> None:
        """Connect what is held, and nothing else."""
        lost = self._shards.keys() - held
        if lost:
            await self._end(*lost)
            await leases.give_back(*lost)
        for shard in held - self._shards.keys():
            self._shards[shard] = asyncio.create_task(self._keep_up(leases, shard))

    async def _end(self, *shards: int) -> None:
        tasks = [self._shards.pop(one) for one in shards]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _broken(self) -> None:
        """Wait until a shard fails for good; raises what it raised."""
        if not self._shards:
            await asyncio.Event().wait()
        done, _ = await asyncio.wait(self._shards.values(), return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()

    async def _keep_up(self, leases: Leases, shard: int) -> None:
        """Keep a shard connected until cancelled. Raises SettingsError."""
        wait = _AGAIN_S
        while True:
            client = Client(shard, self._plan.count, leases.turn, content=self.content)
            self._wire(client, shard)
            try:
                await leases.turn(shard)
                self._clients[shard] = client
                await self._listen(client)
                wait = _AGAIN_S
            except discord.PrivilegedIntentsRequired:
                self._without_content()
            except discord.LoginFailure as error:
                raise SettingsError(_REFUSED) from error
            except Exception as error:
                _log.warning("shard %d is begun anew: %s", shard, type(error).__name__)
                await asyncio.sleep(wait)
                wait = min(_AGAIN_AT_MOST_S, wait * 2)
            finally:
                self._clients.pop(shard, None)
                await client.close()

    async def _listen(self, client: Client) -> None:
        """Listen as long as it connects again by itself."""
        loop = asyncio.get_running_loop()
        task, good_at = asyncio.create_task(client.start(self._desk.rest.token)), loop.time()
        try:
            while not task.done():
                await asyncio.wait({task}, timeout=_LOOK_S)
                if client.open or client.waiting:
                    good_at = loop.time()
                elif loop.time() - good_at > self._pace.stuck_s:
                    raise TimeoutError("it can't be connected")
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _without_content(self) -> None:
        if self.content:
            _log.warning(
                "Message Content is not turned on for this app, so it reads direct messages, "
                "mentions and answers only: turn it on under Bot, Privileged Gateway Intents, in "
                "the developer portal, and start again"
            )
        self.content = False

    def _wire(self, client: Client, shard: int) -> None:
        tap = Tap(client)
        tap.instead("MESSAGE_CREATE", self._hearing(self._in_order(self._message)))
        tap.instead("MESSAGE_UPDATE", self._hearing(self._in_order(self._messages.edited)))
        tap.instead("MESSAGE_DELETE", self._hearing(self._in_order(self._deleted)))
        tap.instead("INTERACTION_CREATE", self._hearing(self._interaction))
        tap.beside("THREAD_DELETE", self._hearing(self._thread_gone))
        tap.beside("THREAD_UPDATE", self._hearing(self._thread_changed))
        tap.beside("READY", partial(self._ready, shard))
        tap.beside("GUILD_DELETE", self._hearing(self._guild_gone))
        client.on_join(self._guild_joined)

    def _in_order(self, hear: Hear) -> Hear:
        """What is said, changed and deleted in a channel is taken one after the other."""

        async def heard(data: Payload) -> None:
            lock = self._orders.setdefault(str(data.get("channel_id")), asyncio.Lock())
            async with lock:
                await self._patiently(hear, data)

        return heard

    @staticmethod
    async def _patiently(hear: Hear, data: Payload) -> None:
        """Take something again while the database or Discord is away: it is not told twice."""
        for wait in _WAITS:
            try:
                return await hear(data)
            except (StorageError, aiohttp.ClientError, OSError, discord.RateLimited) as error:
                _log.warning("an event is taken again: %s", type(error).__name__)
            except discord.HTTPException as error:
                if error.status != 429 and error.status < 500:
                    raise
                _log.warning("an event is taken again: %s", error.status)
            await asyncio.sleep(wait)
        return await hear(data)

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
        client = self._clients.get((int(guild) >> 22) % self._plan.count)
        found = client.get_guild(int(guild)) if client is not None else None
        one = found.get_channel_or_thread(int(channel)) if found is not None else None
        if one is None:
            return None
        parent = one.parent_id if isinstance(one, discord.Thread) else ""
        return int(one.type.value), str(parent)

    # Events ---------------------------------------------------------------------------------------

    async def _message(self, data: Payload) -> None:
        # What was missed comes first.
        await self._gate.passed(str(data["channel_id"]))
        await self._messages.take(data, fresh=True)

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

    def _ready(self, shard: int, data: Payload) -> None:
        self._gate.begin()
        self._spawn(self._after_ready(shard, data))

    async def _after_ready(self, shard: int, data: Payload) -> None:
        shards = self._plan.count
        try:
            guilds: list[Payload] = data.get("guilds") or []
            there = {str(one["id"]) for one in guilds}
            await catch_up(self._desk, self._messages, self._gate, shard, shards)
            await leaving.gone_meanwhile(self._desk, there, shard, shards)
        except Exception:
            _log.exception("what was missed could not be read")
        # One worker is enough to tell them.
        if shard == 0 and not self._synced:
            self._synced = True
            try:
                await sync(self._desk.rest)
            except discord.HTTPException as error:
                self._synced = False
                _log.error("the slash commands were refused: %s", error.text)
