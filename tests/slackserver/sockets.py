"""Socket Mode: envelopes over the app's own connection, each to be acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
import json
import uuid
from typing import Any

from aiohttp import WSMsgType, web

from tests.slackserver.outgoing import Carrier, NotTakenError, Outgoing
from tests.slackserver.world import APP_ID, Json

_MOST = 10


class Sockets(Carrier):
    """The connections of the app; what is sent goes to one of them in turn."""

    def __init__(self, ticket: str, *args: Any) -> None:
        super().__init__(*args)
        self._ticket = ticket
        self._open: list[web.WebSocketResponse] = []
        self._waiting: dict[str, tuple[web.WebSocketResponse, asyncio.Future[Json | None]]] = {}
        self._turn = 0
        self._connected = asyncio.Event()
        self.connections = 0

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/socket", self._serve)]

    async def connected(self, timeout: float = 20.0) -> None:
        """Wait until the app has a connection."""
        async with asyncio.timeout(timeout):
            # One that was there when the waiting ended may be gone when this goes on.
            while not self._open:
                self._connected.clear()
                await self._connected.wait()

    async def carry(self, outgoing: Outgoing, retry: int, reason: str) -> Json | None:
        try:
            await self.connected(self.ack_s)
        except TimeoutError:
            raise NotTakenError("no_connection") from None
        self._turn += 1
        socket = self._open[self._turn % len(self._open)]
        number = str(uuid.uuid4())
        answer: asyncio.Future[Json | None] = asyncio.get_running_loop().create_future()
        self._waiting[number] = socket, answer
        envelope: Json = {"envelope_id": number, "type": outgoing.kind}
        envelope |= {"payload": outgoing.payload}
        envelope["accepts_response_payload"] = outgoing.acknowledgeable
        if outgoing.kind == "events_api":
            envelope |= {"retry_attempt": retry, "retry_reason": reason}
        try:
            await socket.send_json(envelope)
            return await asyncio.wait_for(answer, self.ack_s)
        except TimeoutError:
            raise NotTakenError("timeout") from None
        except (ConnectionError, RuntimeError):
            raise NotTakenError("connection_failed") from None
        finally:
            self._waiting.pop(number, None)

    async def drop(self) -> None:
        """All connections break without a word."""
        for one in list(self._open):
            self._forget(one)
            with contextlib.suppress(ConnectionError):
                await one.close()

    async def refresh(self, reason: str = "refresh_requested") -> None:
        """Tell the app to connect anew, as Slack does every few hours."""
        for one in list(self._open):
            told = {"type": "disconnect", "reason": reason, "debug_info": {"host": "local"}}
            await one.send_json(told)
            # What was sent on it may still be acknowledged on it.
            self._leave(one)

    async def close(self) -> None:
        await super().close()
        await self.drop()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        if request.query.get("ticket") != self._ticket:
            return web.Response(status=403)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        if len(self._open) >= _MOST:
            await socket.send_json({"type": "disconnect", "reason": "too_many_websockets"})
            await socket.close()
            return socket
        self._open.append(socket)
        self.connections += 1
        hello: Json = {"type": "hello", "num_connections": len(self._open)}
        hello["connection_info"] = {"app_id": APP_ID}
        hello["debug_info"] = {"host": "local", "approximate_connection_time": 18060}
        await socket.send_json(hello)
        self._connected.set()
        self._on_change()
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    self._take(json.loads(message.data))
        finally:
            self._forget(socket)
        return socket

    def _take(self, said: Json) -> None:
        """An acknowledgement; Slack takes no other messages."""
        found = self._waiting.get(str(said.get("envelope_id")))
        if found is not None and not found[1].done():
            found[1].set_result(said.get("payload"))

    def _leave(self, socket: web.WebSocketResponse) -> None:
        """Nothing more is sent on it."""
        if socket in self._open:
            self._open.remove(socket)
        self._on_change()

    def _forget(self, socket: web.WebSocketResponse) -> None:
        """It is gone, and no acknowledgement will come on it."""
        self._leave(socket)
        for one, answer in self._waiting.values():
            if one is socket and not answer.done():
                answer.set_exception(ConnectionError("closed"))
