"""The Web API over HTTP: reads a call, checks it, runs it, records it."""

from __future__ import annotations

import asyncio
import base64
import json
import os
from pathlib import Path
from typing import Any

from aiohttp import web

from tests.slackserver import agents, auth, chat, files, places, streams, views
from tests.slackserver.errors import RefusedError
from tests.slackserver.faults import Fault, Faults, Limits
from tests.slackserver.methods import METHODS, Call, Method, method, scope_error
from tests.slackserver.world import Json, World

# Importing them fills the table.
_GROUPS = (agents, auth, chat, files, places, streams, views)
_NUMBERS = {"limit", "length"}
_SWITCHES = {
    "include_all_metadata",
    "include_locale",
    "include_num_members",
    "inclusive",
    "return_im",
    "test",
    "unfurl_links",
    "unfurl_media",
}
_STRUCTURES = {"blocks", "attachments", "metadata", "view", "prompts", "files", "chunks"}
_PAYLOADS = Path(__file__).resolve().parents[2] / "build" / "payloads" / "slack.jsonl"


class Api:
    """All methods.

    Attributes:
        calls: every call that was made, with its answer.
        failures: what an app must never do; a test looks whether it is empty.
        busy: calls that are being answered.
        app_token: that opens a connection; ``connect`` is the ticket for it, empty in HTTP mode.
    """

    def __init__(self, world: World, faults: Faults, limits: Limits) -> None:
        self._world = world
        self._faults = faults
        self._limits = limits
        self.address = ""
        self.calls: list[Call] = []
        self.failures: list[str] = []
        self.busy = 0
        self.app_token = ""
        self.connect = ""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/api/{method}", self.handle), web.get("/api/{method}", self.handle)]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.busy += 1
        try:
            return await self._handle(request)
        finally:
            self.busy -= 1
            self._world.on_change()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["method"]
        try:
            args = await _args(request)
        except ValueError:
            return _answer(RefusedError("invalid_json"))
        text = _token(request, args)
        call = Call(name, args, self._world, self.address, basic=_basic(request))
        record(name, args)
        found = METHODS.get(name)
        if found is None:
            self.failures.append(f"unknown method: {name}")
            return self._done(call, RefusedError("unknown_method", more={"req_method": name}))
        fault = self._faults.of(name)
        if fault is not None and fault.kind in {"busy", "fail", "refuse"}:
            return self._done(call, _refusal(fault))
        try:
            outcome: Json | RefusedError = self._run(call, found, text)
        except RefusedError as refused:
            outcome = refused
        answer = self._done(call, outcome)
        if fault is not None and fault.kind == "cut":
            return _answer(_refusal(fault))
        if fault is not None and fault.kind == "hang":
            assert request.transport is not None
            request.transport.abort()
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        return answer

    def _run(self, call: Call, found: Method, text: str) -> Json:
        if found.name == "apps.connections.open":
            return self._connection(text)
        if found.token or text:
            call.token = auth.valid(self._world, text)
        if found.scope and not call.may(found.scope):
            raise scope_error(call, found.scope)
        if call.token is not None:
            wait = self._limits.wait(found, call.token.team, str(call.args.get("channel", "")))
            if wait:
                raise _limited(wait)
        return found.run(call)

    def _connection(self, text: str) -> Json:
        if not text.startswith("xapp-"):
            raise RefusedError("not_allowed_token_type" if text else "not_authed")
        if text != self.app_token or not self.connect:
            raise RefusedError("invalid_auth")
        return {"url": f"{self.address.replace('http', 'ws', 1)}/socket?ticket={self.connect}"}

    def _done(self, call: Call, outcome: Json | RefusedError) -> web.Response:
        refused = isinstance(outcome, RefusedError)
        call.answer = outcome.body if refused else {"ok": True, **outcome}
        self.calls.append(call)
        if refused:
            return _answer(outcome)
        headers = {}
        if call.token is not None:
            headers["X-OAuth-Scopes"] = ",".join(sorted(call.token.scopes))
        return web.json_response(call.answer, headers=headers)


@method("apps.connections.open", token=False)
def _open(call: Call) -> Json:
    """Answered by the API itself, which knows the address."""
    raise RefusedError("invalid_auth")


@method("api.test", token=False)
def _test(call: Call) -> Json:
    if call.args.get("error"):
        raise RefusedError(str(call.args["error"]))
    return {"args": call.args}


def record(name: str, payload: Json) -> None:
    """Write what an app sent, where ``ROCKET_PAYLOADS`` is set, for `make payloads`."""
    if not os.environ.get("ROCKET_PAYLOADS"):
        return
    _PAYLOADS.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"method": name, "payload": payload}, ensure_ascii=False, default=str)
    # In one piece, for several processes write into it.
    file = os.open(_PAYLOADS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)


def _limited(seconds: float) -> RefusedError:
    return RefusedError("ratelimited", status=429, headers={"Retry-After": str(int(seconds))})


def _refusal(fault: Fault) -> RefusedError:
    if fault.kind == "busy":
        return _limited(fault.seconds)
    if fault.kind == "refuse":
        return RefusedError(fault.error)
    return RefusedError("internal_error", status=500)


def _answer(refused: RefusedError) -> web.Response:
    return web.json_response(refused.body, status=refused.status, headers=refused.headers)


def _token(request: web.Request, args: Json) -> str:
    given = args.pop("token", None)
    header = request.headers.get("Authorization", "")
    return header.removeprefix("Bearer ") if header.startswith("Bearer ") else str(given or "")


def _basic(request: web.Request) -> tuple[str, str] | None:
    header = request.headers.get("Authorization", "")
    if not header.startswith("Basic "):
        return None
    name, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    return name, secret


async def _args(request: web.Request) -> Json:
    """What came as query, form or JSON. Raises ValueError for what is no JSON."""
    args: Json = {name: _typed(name, value) for name, value in request.query.items()}
    if request.content_type == "application/json":
        given: Any = json.loads(await request.text() or "{}")
        if not isinstance(given, dict):
            raise ValueError("no object")
        # Lists may come as JSON in a string here, too.
        return args | {
            name: _typed(name, value) if name in _STRUCTURES else value
            for name, value in given.items()
        }
    if request.method == "POST":
        form = await request.post()
        args |= {name: _typed(name, value) for name, value in form.items()}
    return args


def _typed(name: str, value: Any) -> Any:
    """A form's value as what it stands for."""
    if not isinstance(value, str):
        return value
    if name in _STRUCTURES:
        return json.loads(value)
    if name in _NUMBERS and value.lstrip("-").isdigit():
        return int(value)
    if name in _SWITCHES:
        return value in {"1", "true", "True"}
    return value
