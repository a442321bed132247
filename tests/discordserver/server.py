"""The local Discord as a whole: a port of 127.0.0.1 with gateway, REST and files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import discord
import yarl
from aiohttp import web

from tests.discordserver import (
    routes_application,
    routes_channels,
    routes_threads,
    routes_webhooks,
)
from tests.discordserver.clock import Clock
from tests.discordserver.commands import Commands
from tests.discordserver.core import DEFAULT_TOKEN, Core
from tests.discordserver.errors import no_access
from tests.discordserver.faults import Faults
from tests.discordserver.gateway import Gateway
from tests.discordserver.interactions import Interactions
from tests.discordserver.messages import Messages
from tests.discordserver.ratelimits import RateLimits
from tests.discordserver.rest import API, MOST_BYTES, Rest
from tests.discordserver.sessions import PRIVILEGED
from tests.discordserver.threads import Threads
from tests.discordserver.world import Guild, User

# Importing them registers what they answer.
ROUTES_OF = (routes_application, routes_channels, routes_threads, routes_webhooks)
# How long nothing may happen before it counts as quiet, and the longest wait for that.
_QUIET_S = 0.1
_WAIT_S = 20.0


class Server:
    """A Discord with one app.

    ``async with Server() as server``, then people and guilds by
    :class:`tests.discordserver.driver.Driver`.

    Attributes:
        shards: what ``/gateway/bot`` recommends.
        typed: channel and time of each sign of typing.
        extra: more routes; add them before the start.
    """

    def __init__(
        self,
        token: str = DEFAULT_TOKEN,
        clock: Clock | None = None,
        privileged: int = int(PRIVILEGED),
        shards: int = 1,
    ) -> None:
        self.clock = clock or Clock()
        self.core = Core(self.clock, token, privileged)
        self.world = self.core.world
        self.shards = shards
        self.gateway = Gateway(self.core)
        self.messages = Messages(self.core)
        self.threads = Threads(self.core, self.messages)
        self.interactions = Interactions(self.core, self.messages)
        self.commands = Commands(self.world, self.clock)
        self.rates = RateLimits(self.clock)
        self.faults = Faults()
        self.rest = Rest(self)
        self.developer: User = self.world.add_user("developer")
        self.typed: list[tuple[int, float]] = []
        self.extra: list[web.RouteDef] = []
        self._stirred = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Server:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self, port: int = 0) -> None:
        """Listen on a port of 127.0.0.1; 0 for a free one."""
        app = web.Application(client_max_size=2 * MOST_BYTES)
        app.router.add_get("/gateway", self.gateway.connect)
        app.router.add_get("/attachments/{id}/{name}", self._file)
        app.router.add_routes(self.extra)
        app.router.add_route("*", API + "/{path:.*}", self.rest.answer)
        # A client that hangs must not keep the program from ending.
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.core.address = f"http://{host}:{bound}"
        self.gateway.url = f"ws://{host}:{bound}/gateway"

    async def close(self) -> None:
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api(self) -> str:
        """What ``Route.BASE`` has to be."""
        return self.core.address + API

    @property
    def token(self) -> str:
        return self.core.token

    @property
    def emoji_ids(self) -> set[str]:
        return {str(one) for one in self.core.emojis}

    @contextmanager
    def pointed_at(self) -> Iterator[None]:
        """While in here, discord.py talks to this server."""
        base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
        discord.http.Route.BASE = self.api
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self.gateway.url)
        try:
            yield
        finally:
            discord.http.Route.BASE = base
            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway

    async def _file(self, request: web.Request) -> web.Response:
        file = self.core.files.get(request.path)
        if file is None:
            return web.Response(status=404)
        return web.Response(body=file.data, content_type=file.kind)

    # Guilds

    def guild_with_bot(self, guild: int) -> Guild:
        found = self.world.guilds.get(guild)
        if found is None or self.world.bot.id not in found.members:
            raise no_access()
        return found

    def remove_bot(self, guild: Guild) -> None:
        """The bot leaves or is thrown out."""
        self.core.emit("GUILD_DELETE", {"id": str(guild.id)}, guild.id)
        bot = guild.members.pop(self.world.bot.id)
        for role in bot.roles:
            guild.roles.pop(role)
        for thread in [one.thread for one in guild.channels.values() if one.thread is not None]:
            thread.members.pop(self.world.bot.id, None)

    # Time, and waiting

    def advance(self, seconds: float) -> None:
        """Move the clock; what time does happens: threads are archived."""
        self.clock.advance(seconds)
        self.threads.sweep()

    def stir(self) -> None:
        """Something happened."""
        self._stirred.set()

    @property
    def busy(self) -> bool:
        return self.gateway.busy or self.rest.busy > 0

    async def settled(self, quiet: float = _QUIET_S) -> None:
        """Wait until all events are sent and for ``quiet`` seconds no call was made."""
        async with asyncio.timeout(_WAIT_S):
            while True:
                self._stirred.clear()
                await asyncio.sleep(quiet)
                if not self._stirred.is_set() and not self.busy:
                    return

    async def until(self, happened: Callable[[], bool], seconds: float = _WAIT_S) -> None:
        """Wait until something is so, looking again at every call and every few milliseconds.

        Raises:
            TimeoutError: it did not come.
        """
        async with asyncio.timeout(seconds):
            while not happened():
                await asyncio.sleep(0.005)

    def check(self) -> None:
        """Raise what a test must not do: call what Discord does not have.

        Raises:
            AssertionError: with the calls.
        """
        assert not self.rest.unknown, f"unknown routes: {self.rest.unknown}"
        assert not self.rest.broken, f"the local Discord failed: {self.rest.broken!r}"
