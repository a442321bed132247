"""The platform on the network: an API for the bot, its socket for events, and one for people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import WSMsgType, web

from tests.chatroom.delivery import Delivery
from tests.chatroom.faults import Faults
from tests.chatroom.room import Message, RefusedError, Room

HANG_S = 60.0
# Longest wait of somebody who reads the log.
_LOOK_S = 20.0
# As every platform does, files come in with the call.
_MOST_BYTES = 8_000_000


@dataclass(slots=True)
class _Socket:
    """The socket of a bot."""

    raw: web.WebSocketResponse

    async def send(self, envelope: dict[str, Any]) -> None:
        await self.raw.send_json(envelope)


class Server:
    """The platform. Call :meth:`start`, then bots and people reach it at :attr:`address`."""

    def __init__(self, token: str = "xoxb") -> None:
        self.faults = Faults()
        self.delivery = Delivery(self.faults)
        self._grown = asyncio.Condition()
        self.events: list[dict[str, Any]] = []
        self.room = Room(self._on_event, self._on_log)
        self.address = ""
        self._token = token
        self._wakers: set[asyncio.Task[None]] = set()
        self._runner: web.AppRunner | None = None
        self._methods: dict[str, Callable[[dict[str, Any]], Any]] = {
            "post": lambda given: _shown(self.room.post(given["channel"], given)),
            "edit": lambda given: _shown(self.room.edit(given["channel"], given["message"], given)),
            "delete": lambda given: _shown(self.room.delete(given["channel"], given["message"])),
            "history": self._history,
            "typing": lambda given: self.room.typing(given["channel"]),
        }

    async def start(self, port: int = 0) -> None:
        """Listen on a port of 127.0.0.1; 0 for a free one."""
        app = web.Application(client_max_size=_MOST_BYTES)
        app.router.add_get("/bot/events", self._socket)
        app.router.add_post("/bot/{method}", self._call)
        app.router.add_post("/people/{person}/{action}", self._act)
        app.router.add_get("/people/{person}/seen/{channel}", self._seen)
        app.router.add_post("/faults", self._set_faults)
        app.router.add_post("/events/{event}/again", self._again)
        app.router.add_post("/channels/{channel}/close", self._close_channel)
        app.router.add_get("/log", self._log)
        app.router.add_get("/state", self._state)
        # Who hangs must not keep the program from ending.
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        host, bound = self._runner.addresses[0][:2]
        self.address = f"http://{host}:{bound}"

    async def close(self) -> None:
        """Stop."""
        await self.delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await asyncio.gather(*self._wakers)

    # Events and log -------------------------------------------------------------------------------

    def _on_event(self, event: dict[str, Any]) -> None:
        self.events.append(event)
        self.delivery.put(event)

    def _on_log(self) -> None:
        async def wake() -> None:
            async with self._grown:
                self._grown.notify_all()

        if not self._wakers:
            task = asyncio.create_task(wake())
            self._wakers.add(task)
            task.add_done_callback(self._wakers.discard)

    async def _log(self, request: web.Request) -> web.Response:
        """The log from a place on; waits a while for more where there is nothing yet."""
        start, wait = int(request.query["from"]), float(request.query.get("wait", 0))
        if len(self.room.log) <= start and wait:
            try:
                async with self._grown, asyncio.timeout(min(wait, _LOOK_S)):
                    await self._grown.wait_for(lambda: len(self.room.log) > start)
            except TimeoutError:
                pass
        return web.json_response(self.room.log[start:])

    async def _state(self, request: web.Request) -> web.Response:
        delivery = self.delivery
        return web.json_response({"waiting": delivery.waiting, "repeats": delivery.repeats})

    # People ---------------------------------------------------------------------------------------

    async def _act(self, request: web.Request) -> web.Response:
        person, action = request.match_info["person"], request.match_info["action"]
        room, given = self.room, await request.json()
        channel = given.pop("channel")

        def act() -> Any:
            match action:
                case "join":
                    return room.join(person, channel, **given)
                case "say":
                    return _shown(room.say(person, channel, **given))
                case "command":
                    return room.command(person, channel, **given)
                case "change":
                    return room.change(person, channel, **given)
                case "remove":
                    return room.remove(person, channel, **given)
                case "pick":
                    return room.pick(person, channel, **given)
                case _:
                    raise RefusedError(404, "unknown_action")

        return _answered(act)

    async def _seen(self, request: web.Request) -> web.Response:
        person, channel = request.match_info["person"], request.match_info["channel"]
        return _answered(lambda: [_shown(one) for one in self.room.seen_by(person, channel)])

    async def _set_faults(self, request: web.Request) -> web.Response:
        self.faults.set(**await request.json())
        return web.json_response({})

    async def _again(self, request: web.Request) -> web.Response:
        wanted = request.match_info["event"]
        for event in self.events:
            if wanted in {event["event"], event.get("message")}:
                self.delivery.again(event)
                return web.json_response({})
        return web.json_response({"error": "unknown_event"}, status=404)

    async def _close_channel(self, request: web.Request) -> web.Response:
        self.room.close(request.match_info["channel"])
        return web.json_response({})

    # The bot --------------------------------------------------------------------------------------

    async def _call(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.json_response({"error": "not_authorized"}, status=401)
        name = request.match_info["method"]
        method = self._methods.get(name)
        if method is None:
            return web.json_response({"error": "unknown_method"}, status=404)
        given = await request.json()
        fault = None if name in {"history", "typing"} else self.faults.of_call()
        if fault == "busy":
            after = f"{self.faults.retry_after:g}"
            headers = {"Retry-After": after}
            return web.json_response({"error": "rate_limited"}, status=429, headers=headers)
        if fault == "fail":
            return web.json_response({"error": "server_error"}, status=500)
        done = _answered(lambda: method(given))
        if fault == "hang":
            await asyncio.sleep(HANG_S)
        if fault == "cut":
            return web.json_response({"error": "server_error"}, status=500)
        return done

    def _history(self, given: dict[str, Any]) -> list[dict[str, Any]]:
        if self.faults.blind:
            raise RefusedError(403, "no_history")
        return [_shown(one) for one in self.room.history(given["channel"], given["key"])]

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return web.json_response({"error": "not_authorized"}, status=401)
        raw = web.WebSocketResponse(heartbeat=10.0)
        await raw.prepare(request)
        socket = _Socket(raw)
        self.delivery.connect(socket)
        try:
            async for message in raw:
                if message.type is WSMsgType.TEXT:
                    self.delivery.acknowledge(json.loads(message.data)["ack"])
        finally:
            self.delivery.disconnect(socket)
        return raw


def _shown(message: Message) -> dict[str, Any]:
    shown = asdict(message)
    shown["files"] = [{"name": one["name"], "alt": one["alt"]} for one in message.files]
    return shown


def _answered(act: Callable[[], Any]) -> web.Response:
    try:
        return web.json_response(act() or {})
    except RefusedError as error:
        return web.json_response({"error": error.code}, status=error.status)
