"""Orders from another process: what is to go wrong, and what was asked."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.modelserver.server import Server


class Control:
    """What `POST /control` can do."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def handle(self, request: web.Request) -> web.Response:
        """Does one act."""
        order: dict[str, Any] = json.loads(await request.text())
        act, server = order.pop("act"), self._server
        if act == "log":
            return web.json_response([one.shown() for one in server.log.all])
        if act in {"at", "next", "always"}:
            getattr(server.faults, act)(**order)
        elif act == "clear":
            server.faults.clear()
            server.log.clear()
        elif act == "pace":
            server.first_s, server.whole_s = order["first_s"], order["whole_s"]
        else:
            return web.json_response({"ok": False, "error": "unknown_act"}, status=400)
        return web.json_response({"ok": True})


def controlled() -> Server:
    """A server that takes orders at `/control`."""
    server = Server()
    server.extra.append(web.post("/control", Control(server).handle))
    return server


__all__ = ["Control", "controlled"]
