"""The local provider: everything in one process, spoken to over HTTP."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.modelserver.anthropic import Anthropic
from tests.modelserver.cache import Cache
from tests.modelserver.errors import RefusedError
from tests.modelserver.faults import BEFORE, Fault, Faults
from tests.modelserver.log import Asked, Log
from tests.modelserver.ollama import Ollama
from tests.modelserver.openai import OpenAi
from tests.modelserver.player import Player
from tests.modelserver.speech import Json, Said, Speaker, tokens
from tests.modelserver.talking import coach
from tests.modelserver.wires import Request, Wire

KEY = "sk-local-key"
MODELS = ("coach-1", "coach-2")
# The clock of the server is the loop's.
_MESSAGES = {
    "fail": "The server had an error while processing your request. Sorry about that!",
    "overloaded": "The engine is currently overloaded, please try again later.",
    "quota": "You exceeded your current quota, please check your plan and billing details.",
    "too_long": "This model's maximum context length is less than your messages resulted in.",
}
_HEADERS = {"x-request-id": "req_local"}


class Server:
    """A provider of models.

    Args:
        speaker: what the models say.

    Attributes:
        first_s, whole_s: seconds from the request to the first token, and to the last.
        window: tokens that a prompt and its answer may have together.
    """

    def __init__(self, speaker: Speaker = coach) -> None:
        self.speaker = speaker
        self.key = KEY
        self.models = MODELS
        self.faults = Faults()
        self.log = Log()
        self.first_s = 0.0
        self.whole_s = 0.0
        self.window = 128_000
        self.address = ""
        self.extra: list[web.RouteDef] = []
        self._wires: list[Wire] = [Anthropic(), OpenAi(), Ollama()]
        self._cache = Cache()
        self._numbers = 0
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def openai_url(self) -> str:
        """What OpenAI's client takes as its base address."""
        return f"{self.address}/v1"

    async def start(self, port: int = 0) -> None:
        app = web.Application(client_max_size=20_000_000)
        app.add_routes(self.extra)
        app.router.add_route("*", "/{path:.*}", self._handle)
        # A client that leaves ends the answer: that is how Stop is seen here.
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.2)
        await self._runner.setup()
        await self._listen(port)

    async def close(self) -> None:
        self.faults.clear()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _listen(self, port: int) -> None:
        assert self._runner is not None
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self._port = self._runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{self._port}"

    @asynccontextmanager
    async def away(self) -> AsyncIterator[None]:
        """Nobody listens meanwhile: connections are refused, open ones end."""
        port, self.faults = self._port, Faults()
        await self.close()
        try:
            yield
        finally:
            await self.start(port)

    async def until(self, found: Callable[[], Any], timeout: float = 20.0) -> Any:
        """Wait for something to be true, looking after every change; returns it."""
        async with asyncio.timeout(timeout):
            while not (value := found()):
                change = asyncio.get_running_loop().create_future()
                self._waiters.append(change)
                await change
        return value

    def _changed(self) -> None:
        waiters, self._waiters = self._waiters, []
        for one in waiters:
            if not one.done():
                one.set_result(None)

    # Answering ------------------------------------------------------------------------------------

    async def _handle(self, http: web.Request) -> web.StreamResponse:
        wire = next(one for one in self._wires if self._is_for(one, http))
        headers = {name.lower(): value for name, value in http.headers.items()}
        asked = Asked(wire.name, http.path, headers, {})
        asked.began = asyncio.get_running_loop().time()
        self.log.all.append(asked)
        try:
            return await self._answer(wire, http, asked)
        except RefusedError as error:
            asked.outcome = "refused" if asked.outcome == "running" else asked.outcome
            return _refused(wire, error, asked)
        except (asyncio.CancelledError, ConnectionError):
            asked.outcome = "faulty" if asked.fault in {"hang_up", "drop"} else "left"
            raise
        finally:
            asked.ended = asyncio.get_running_loop().time()
            self._changed()

    @staticmethod
    def _is_for(wire: Wire, http: web.Request) -> bool:
        if wire.name == "anthropic":
            return "anthropic-version" in http.headers or http.path.startswith("/v1/messages")
        return http.path.startswith(wire.prefix) or wire.name == "ollama"

    async def _answer(self, wire: Wire, http: web.Request, asked: Asked) -> web.StreamResponse:
        wire.authorised(http.headers, self.key)
        if http.path == f"{wire.prefix}models" and http.method == "GET":
            asked.outcome = "whole"
            return web.json_response(wire.models(self.models), headers=_HEADERS)
        if http.path != wire.chat:
            raise RefusedError("path", f"Invalid URL ({http.method} {http.path})")
        if http.method != "POST":
            raise RefusedError("method", f"Not allowed to {http.method} on {http.path}.")
        request = await _read(wire, http, asked)
        self._numbers += 1
        asked.number, asked.prompt = self._numbers, request.prompt
        fault = self.faults.of(asked.number, request.prompt.model)
        asked.fault = fault.kind if fault else ""
        self._changed()
        if request.prompt.model not in self.models:
            raise RefusedError(
                "model", f"The model '{request.prompt.model}' does not exist.", "model"
            )
        if request.prompt.tokens > self.window:
            raise RefusedError(
                "too_long", "The prompt is longer than the model's context.", "messages"
            )
        if fault is not None and fault.kind in BEFORE:
            return await _instead(fault, http, asked)
        said = _shortened(self.speaker(request.prompt), request.prompt.most)
        asked.said = said
        use = self._cache.use(wire.name, request, said)
        player = Player(http, asked, fault, self.first_s, self.whole_s)
        if request.stream:
            await player.stream(
                wire.content_type, wire.script(request, said, use), said, wire.broken()
            )
        else:
            await player.whole(wire.whole(request, said, use))
        return player.response


async def _read(wire: Wire, http: web.Request, asked: Asked) -> Request:
    if http.content_type != "application/json":
        raise RefusedError("body", "Unsupported content type: 'application/json' is needed.")
    try:
        body: Any = json.loads(await http.read())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise RefusedError("body", "We could not parse the JSON body of your request.")
    asked.body = dict(body)
    return wire.read(asked.body)


def _refused(wire: Wire, error: RefusedError, asked: Asked) -> web.Response:
    status, body = wire.refusal(error)
    asked.status = status
    headers = dict(_HEADERS)
    if error.retry_after is not None:
        headers["retry-after"] = f"{error.retry_after:g}"
    return web.json_response(body, status=status, headers=headers)


async def _instead(fault: Fault, http: web.Request, asked: Asked) -> web.StreamResponse:
    """What comes in place of an answer."""
    asked.outcome = "faulty"
    fault.reached.set()
    if fault.kind == "busy":
        raise RefusedError("busy", "Rate limit reached for requests.", retry_after=fault.seconds)
    if fault.kind in {"fail", "overloaded", "quota", "too_long"}:
        raise RefusedError(fault.kind, _MESSAGES[fault.kind])
    if fault.kind == "page":
        return web.Response(text="<html><body>Bad gateway</body></html>", content_type="text/html")
    if fault.kind == "hang_up":
        assert http.transport is not None
        http.transport.abort()
        raise ConnectionResetError("told to hang up")
    await fault.released.wait()
    raise ConnectionResetError("told to be silent")


def _shortened(said: Said, most: int | None) -> Said:
    pieces = tokens(said.text)
    if most is None or len(pieces) <= most:
        return said
    return Said("".join(pieces[:most]), said.calls, "length")


__all__ = ["KEY", "MODELS", "Json", "Server"]
