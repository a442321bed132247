"""The local Slack: everything in one process, spoken to over HTTP and WebSockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Literal

from aiohttp import web

from tests.slackserver.api import Api
from tests.slackserver.auth import valid
from tests.slackserver.clock import Clock
from tests.slackserver.errors import RefusedError
from tests.slackserver.faults import Faults, Limits
from tests.slackserver.methods import Call
from tests.slackserver.outgoing import Outgoing
from tests.slackserver.posts import Posts
from tests.slackserver.responses import Responses
from tests.slackserver.shapes import EVENTS, callback, subscription
from tests.slackserver.sockets import Sockets
from tests.slackserver.submissions import submitted
from tests.slackserver.world import Json, Team, World

APP_TOKEN, SIGNING_SECRET = "xapp-1-A0000ROCKET-1", "the-signing-secret"
_LOGIN = "<!DOCTYPE html><html><body>Sign in to Slack</body></html>"


class Server:
    """A Slack for tests.

    Args:
        mode: "socket" for Socket Mode, "http" for requests to the app's address.
        request_url: the app's address in HTTP mode; may be set later by ``posts.url``.
        events: what the app is subscribed to.
        speed: how fast the clock goes by itself; 0 stands still.

    Attributes:
        sent: all that was sent or is on its way, in order.
        extra: more routes, before it starts.
    """

    def __init__(
        self,
        mode: Literal["socket", "http"] = "socket",
        request_url: str = "",
        events: frozenset[str] = EVENTS,
        speed: float = 0.0,
    ) -> None:
        self.clock = Clock(speed)
        self.world = World(self.clock, self._on_event, self._changed)
        self.faults = Faults()
        self.limits = Limits(self.clock)
        self.api = Api(self.world, self.faults, self.limits)
        self.responses = Responses(self.world)
        self.events = events
        self.sent: list[Outgoing] = []
        self.extra: list[web.RouteDef] = []
        self.sockets = Sockets("t1", self._taken, self._changed)
        self.posts = Posts(request_url, SIGNING_SECRET, self._taken, self._changed)
        self.carrier = self.sockets if mode == "socket" else self.posts
        self.api.app_token = APP_TOKEN
        self.api.connect = "t1" if mode == "socket" else ""
        self.address = ""
        self._runner: web.AppRunner | None = None
        self._last_change = time.monotonic()
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def api_url(self) -> str:
        """What the app's client takes as its base address."""
        return f"{self.address}/api/"

    @property
    def unanswered(self) -> list[Outgoing]:
        """Clicks, commands and submissions that a person was told had failed."""
        return [one for one in self.carrier.lost if one.kind != "events_api"]

    @property
    def calls(self) -> list[Call]:
        return self.api.calls

    def called(self, method: str) -> list[Call]:
        return [one for one in self.api.calls if one.method == method]

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=20_000_000)
        app.add_routes([*self.api.routes(), *self.responses.routes(), *self.sockets.routes()])
        app.add_routes(self.extra)
        app.router.add_post("/upload/{team}/{file}", self._upload)
        app.router.add_get("/files/{team}/{file}/{name}", self._download)
        self._runner = web.AppRunner(app, shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        bound = self._runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{bound}"
        self.api.address = self.responses.address = self.address

    async def close(self) -> None:
        await self.carrier.close()
        if self._runner is not None:
            await self._runner.cleanup()

    def check(self) -> None:
        """Raises AssertionError for what an app must never do."""
        assert not self.api.failures, self.api.failures

    # Sending --------------------------------------------------------------------------------------

    def send(self, outgoing: Outgoing) -> Outgoing:
        self.sent.append(outgoing)
        self.carrier.send(outgoing)
        self._changed()
        return outgoing

    def again(self, outgoing: Outgoing) -> Outgoing:
        """Bring an event once more, as Slack does when it heard of no acknowledgement."""
        once_more = Outgoing(
            "events_api", outgoing.payload, outgoing.team, retry=outgoing.retry + 1
        )
        return self.send(once_more)

    def _on_event(self, team: Team, event: Json) -> None:
        if not team.installed or subscription(event) not in self.events:
            return
        self.send(Outgoing("events_api", callback(self.world, team, event), team.id))

    def _taken(self, outgoing: Outgoing) -> None:
        try:
            if outgoing.payload.get("type") == "view_submission":
                submitted(self.world, outgoing)
            elif outgoing.kind == "slash_commands" and outgoing.answer:
                self.responses.acknowledged(outgoing.payload, outgoing.answer)
        except RefusedError as refused:
            self.api.failures.append(f"an acknowledgement was refused: {refused.body}")

    # Waiting --------------------------------------------------------------------------------------

    def _changed(self) -> None:
        self._last_change = time.monotonic()
        waiters, self._waiters = self._waiters, []
        for one in waiters:
            if not one.done():
                one.set_result(None)

    async def until(self, found: Callable[[], Any], timeout: float = 20.0) -> Any:
        """Wait for something to be true, looking after every change; returns it."""
        async with asyncio.timeout(timeout):
            while not (value := found()):
                change = asyncio.get_running_loop().create_future()
                self._waiters.append(change)
                await change
        return value

    async def settled(self, quiet: float = 0.3, timeout: float = 60.0) -> None:
        """Wait until nothing is on its way and nothing has happened for a while.

        What has to happen is better waited for by `until`: this is for what must not happen.
        """
        async with asyncio.timeout(timeout):
            while True:
                rest = self._last_change + quiet - time.monotonic()
                if rest <= 0 and not self.carrier.pending and not self.api.busy:
                    return
                await asyncio.sleep(max(rest, 0.01))

    # Files ----------------------------------------------------------------------------------------

    async def _upload(self, request: web.Request) -> web.Response:
        team = self.world.teams.get(request.match_info["team"])
        file = team.files.get(request.match_info["file"]) if team else None
        if file is None:
            return web.Response(status=404)
        if request.content_type == "multipart/form-data":
            parts = [
                value for value in (await request.post()).values() if not isinstance(value, str)
            ]
            data = parts[0].file.read()
        else:
            data = await request.read()
        if len(data) != file["size"]:
            self.api.failures.append(f"{file['size']} bytes announced, {len(data)} sent")
        file["_bytes"] = data
        self._changed()
        return web.Response(text=f"OK - {len(data)}")

    async def _download(self, request: web.Request) -> web.Response:
        """A file's bytes; without the right token the page to sign in, as Slack does."""
        header = request.headers.get("Authorization", "").removeprefix("Bearer ")
        team = self.world.teams.get(request.match_info["team"])
        file = team.files.get(request.match_info["file"]) if team else None
        try:
            token = valid(self.world, header)
        except RefusedError:
            return web.Response(text=_LOGIN, content_type="text/html")
        if team is None or token.team != team.id or "files:read" not in token.scopes:
            return web.Response(text=_LOGIN, content_type="text/html")
        if file is None or file["_bytes"] is None:
            return web.Response(status=404)
        return web.Response(body=file["_bytes"], content_type=file["mimetype"])
