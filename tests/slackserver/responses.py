"""Answers to what a person did: by response_url, or with the acknowledgement itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tests.slackserver.api import record
from tests.slackserver.chat import content
from tests.slackserver.errors import RefusedError
from tests.slackserver.world import APP_ID, Channel, Json, Message, Team, World

USES, LIFE_S = 5, 1800.0


@dataclass(slots=True)
class Response:
    """What a response_url stands for: who did something where, and to which message."""

    team: Team
    channel: Channel
    user: str
    until: float
    message: Message | None = None
    uses: int = 0


class Responses:
    """The addresses that were given out."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._given: dict[str, Response] = {}
        self.address = ""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/response/{number}", self._handle)]

    def give(self, team: Team, channel: Channel, user: str, message: Message | None = None) -> str:
        number = self._world.ids.next("r")
        until = self._world.clock.now() + LIFE_S
        self._given[number] = Response(team, channel, user, until, message)
        return f"{self.address}/response/{number}"

    async def _handle(self, request: web.Request) -> web.Response:
        found = self._given.get(request.match_info["number"])
        if found is None or found.uses >= USES or self._world.clock.now() > found.until:
            code = "used_url" if found is not None and found.uses >= USES else "expired_url"
            return web.json_response({"ok": False, "error": code}, status=404)
        try:
            body: Any = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        record("response_url", body)
        try:
            self.apply(found, body)
        except RefusedError as refused:
            return web.json_response(refused.body, status=400)
        found.uses += 1
        return web.Response(text="ok")

    def acknowledged(self, payload: Json, answer: Json) -> None:
        """What came with the acknowledgement of a slash command."""
        number = payload["response_url"].rpartition("/")[2]
        record("slash_command_ack", answer)
        self.apply(self._given[number], answer)

    def apply(self, response: Response, body: Json) -> None:
        """Do what an answer says. Raises RefusedError."""
        old = response.message
        if body.get("delete_original") and old is not None:
            self._drop(response, old)
            return
        made = content(body)
        author = {"bot_id": response.team.bot, "app_id": APP_ID}
        made |= author | {"user": response.team.bot_user}
        if old is not None and body.get("replace_original"):
            self._replace(response, old, made)
            return
        if body.get("thread_ts"):
            made["thread_ts"] = str(body["thread_ts"])
        if body.get("response_type") == "in_channel":
            self._world.add(response.team, response.channel, made)
        else:
            self._world.add_ephemeral(response.channel, response.user, made)

    def _replace(self, response: Response, old: Message, made: Json) -> None:
        if old.only:
            old.body.update({"blocks": [], **made})
            self._world.on_change()
        else:
            self._world.change(response.team, response.channel, old, {"blocks": [], **made})

    def _drop(self, response: Response, old: Message) -> None:
        if not old.only:
            self._world.remove(response.team, response.channel, old)
        elif old in response.channel.ephemeral:
            response.channel.ephemeral.remove(old)
            self._world.on_change()
