"""Orders from another process: what people do, and what they see."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.slackserver.driver import Workspace
from tests.slackserver.server import Server
from tests.slackserver.world import Message

_ACTS = {"dm", "say", "mention", "slash", "shortcut", "open_home", "open_messages", "submit"}


class Control:
    """One workspace per team that is named, made on first use."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._spaces: dict[str, Workspace] = {}

    def workspace(self, team: str) -> Workspace:
        if team not in self._spaces:
            self._spaces[team] = Workspace(self._server, team)
        return self._spaces[team]

    async def handle(self, request: web.Request) -> web.Response:
        """Does one act and answers with the message's ts, or with what the person sees."""
        order: dict[str, Any] = json.loads(await request.text())
        space = self.workspace(order.get("team", "T1"))
        person = space.user(order.get("user", "U1"))
        args, act = order.get("args", {}), order["act"]
        if act == "channel":
            space.channel(args["channel"], *args.get("people", []))
            return web.json_response({"ok": True})
        if act == "sees":
            return web.json_response([one.shown() for one in person.sees(**args)])
        if act in {"click", "choose"}:
            named = args.pop("ts")
            shown = person.sees(args.pop("channel", ""))
            where = next(one for one in shown if one.ts == named)
            getattr(person, act)(where, **args)
            return web.json_response({"ok": True})
        if act not in _ACTS:
            return web.json_response({"ok": False, "error": "unknown_act"}, status=400)
        done = getattr(person, act)(**args)
        return web.json_response({"ok": True, "ts": done.ts if isinstance(done, Message) else ""})


def controlled() -> Server:
    """A server in real time that takes orders at ``/control``."""
    server = Server(speed=1.0)
    control = Control(server)
    control.workspace("T1")
    server.extra.append(web.post("/control", control.handle))
    return server
