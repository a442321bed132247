"""REST: which call it is, whether it may be made now, and how its answer looks."""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.discordserver.core import File
from tests.discordserver.errors import Json, Problems, RefusedError, unauthorized
from tests.discordserver.faults import Fault

if TYPE_CHECKING:
    from tests.discordserver.server import Server

API = "/api/v10"
PAYLOADS = Path("build/payloads/discord.jsonl")
# Bodies larger than this are refused, as uploads there are.
MOST_BYTES = 10 * 1024 * 1024
_WORDS = {"token"}
RENAMING = "PATCH /channels/{channel}"
_MAJOR = ("channel", "guild", "webhook", "token")


@dataclass(slots=True)
class Call:
    """One call.

    Attributes:
        route: method and path with the names of its parts.
        ids: the parts of the path that are numbers; ``token`` for the one that is not.
        body: JSON, or ``payload_json`` of a form.
        status: of the answer, once there is one.
    """

    method: str
    path: str
    route: str = ""
    ids: dict[str, int] = field(default_factory=dict)
    token: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    files: list[File] = field(default_factory=list)
    status: int = 0
    answer: Any = None

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")

    def number(self, name: str) -> int:
        return int(self.query.get(name, 0))


Handler = Callable[["Server", Call], Any]


@dataclass(slots=True)
class _Route:
    name: str
    method: str
    pattern: re.Pattern[str]
    handler: Handler
    free: bool


ROUTES: list[_Route] = []


def route(name: str, free: bool = False) -> Callable[[Handler], Handler]:
    """Register what answers a call: ``"GET /channels/{channel}"``.

    Args:
        free: the call needs no token of the bot, as its path has one of its own.
    """
    method, path = name.split(" ")

    def part(found: re.Match[str]) -> str:
        kind = r"[^/]+" if found[1] in _WORDS else r"\d+"
        return f"(?P<{found[1]}>{kind})"

    pattern = re.compile(re.sub(r"\{(\w+)\}", part, path))

    def keep(handler: Handler) -> Handler:
        ROUTES.append(_Route(name, method, pattern, handler, free))
        return handler

    return keep


class Rest:
    """Answers calls.

    Attributes:
        calls: all that were made, in order.
        unknown: calls of routes that are not known here; a test with any has failed.
        busy: calls that are being answered.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self.calls: list[Call] = []
        self.unknown: list[str] = []
        self.broken: list[BaseException] = []
        self.busy = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.busy += 1
        self._server.stir()
        call = Call(request.method, request.path.removeprefix(API), query=dict(request.query))
        headers: dict[str, str] = {}
        try:
            call.body, call.files = await _read(request)
            self._record(call)
            call.answer = await self._do(request, call, headers)
            call.status = 204 if call.answer is None else 200
        except RefusedError as error:
            call.status, call.answer = error.status, error.body
            headers |= error.headers
        except Exception as error:
            # A fault of this server, or a body of a form that it did not expect.
            self.broken.append(error)
            call.status, call.answer = 500, {"message": "500: Internal Server Error", "code": 0}
        finally:
            self.calls.append(call)
            self.busy -= 1
            self._server.stir()
        return _response(call, headers)

    async def _do(self, request: web.Request, call: Call, headers: dict[str, str]) -> Any:
        found = self._find(call)
        server = self._server
        authorized = request.headers.get("Authorization") == f"Bot {server.core.token}"
        if not found.free and not authorized:
            raise unauthorized()
        major = "/".join(str(call.ids.get(name, "")) for name in _MAJOR) + call.token
        fault = server.faults.take(f"{call.method} {call.path}")
        if fault is not None:
            await self._suffer(fault, call)
        headers.update(server.rates.take(found.name, major))
        if found.name == RENAMING and "name" in (call.body or {}):
            server.rates.rename(found.name, call.ids["channel"], headers)
        answer = found.handler(server, call)
        if fault is not None and fault.cut and request.transport is not None:
            request.transport.abort()
        if fault is not None and fault.done:
            raise RefusedError(fault.status, fault.code, f"{fault.status}: Injected")
        return answer

    def _find(self, call: Call) -> _Route:
        for one in ROUTES:
            match = one.pattern.fullmatch(call.path)
            if match is not None and one.method == call.method:
                parts = match.groupdict()
                call.token = parts.pop("token", "")
                call.ids = {name: int(value) for name, value in parts.items()}
                call.route = one.name
                return one
        self.unknown.append(f"{call.method} {call.path}")
        raise RefusedError(404, 0, "404: Not Found")

    async def _suffer(self, fault: Fault, call: Call) -> None:
        if fault.status == 429:
            wait = fault.wait
            raise self._server.rates.refuse(call.route, wait, everywhere=fault.everywhere)
        if fault.wait:
            await asyncio.sleep(fault.wait)
        if fault.status and not fault.done:
            raise RefusedError(fault.status, fault.code, f"{fault.status}: Injected")

    def _record(self, call: Call) -> None:
        """Keep the body for the check against Discord's description of its API."""
        if not os.environ.get("ROCKET_PAYLOADS") or call.body is None:
            return
        PAYLOADS.parent.mkdir(parents=True, exist_ok=True)
        line = {"method": call.method, "path": call.path, "body": call.body}
        # In one write, as several processes of tests write here at once.
        with PAYLOADS.open("ab", buffering=0) as file:
            file.write(json.dumps(line).encode() + b"\n")


async def _read(request: web.Request) -> tuple[Any, list[File]]:
    if request.content_type == "application/json":
        try:
            return await request.json(), []
        except ValueError:
            words = "The request body contains invalid JSON."
            raise RefusedError(400, 50109, words) from None
    if not request.content_type.startswith("multipart/"):
        return None, []
    body: Any = None
    files: list[File] = []
    form = await request.post()
    for name, part in form.items():
        if isinstance(part, web.FileField):
            data = part.file.read()
            part.file.close()
            files.append(File(part.filename, _kind(part.filename), data))
        elif name == "payload_json":
            body = json.loads(part)
    if sum(len(file.data) for file in files) > MOST_BYTES:
        raise RefusedError(413, 40005, "Request entity too large")
    return body if body is not None else {}, files


def _kind(name: str) -> str:
    kinds = {"png": "image/png", "txt": "text/plain", "json": "application/json"}
    kinds |= {"md": "text/markdown", "ogg": "audio/ogg", "zip": "application/zip"}
    return kinds.get(name.rpartition(".")[2].lower(), "application/octet-stream")


def _response(call: Call, headers: dict[str, str]) -> web.Response:
    if call.status == 204:
        return web.Response(status=204, headers=headers)
    data = json.dumps(call.answer).encode()
    # Without a charset: the client compares the whole header.
    headers = {**headers, "Content-Type": "application/json"}
    return web.Response(status=call.status, body=data, headers=headers)


def need(body: Json, *names: str) -> None:
    """Refuse a body without these."""
    problems = Problems()
    for name in names:
        if body.get(name) is None:
            problems.required((name,))
    problems.check()
