"""How a coach looks in Discord: a webhook of the app in each channel, with the coach's own name and
picture on each message. The pictures are emojis of the app, whose addresses everybody can see."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.discord.permissions import reads_along
from bot.discord.places import Place
from bot.discord.rest import Rest
from personas.catalogue import HERE
from personas.models import Coach

_log = logging.getLogger(__name__)
HOOK_NAME = "Rocket Coach"
CDN = "https://cdn.discordapp.com/emojis/{id}.png"
AVATARS = HERE / "avatars"
# After a refusal, so long nothing is asked for: permissions change seldom.
_AGAIN_S = 600.0
_REFUSED = frozenset({400, 403, 404})


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook of ours in a channel."""

    id: str
    token: str


class Faces:
    """Finds and makes webhooks and pictures; remembers both."""

    def __init__(self, rest: Rest) -> None:
        self._rest = rest
        self._hooks: dict[str, Hook] = {}
        self._refused: dict[str, float] = {}
        self._emojis: dict[str, str] = {}
        self._emojis_at = 0.0
        self._lines: dict[str, asyncio.Lock] = {}

    async def hook(self, place: Place, coach: Coach | None) -> Hook | None:
        """The webhook for a place; None where a coach can't have a face, and needs a header."""
        if coach is None or not place.threaded or place.direct:
            return None
        if not reads_along(await self._rest.app()):
            # Of what answers a webhook's message the app is shown nothing, of what answers its own
            # all.
            return None
        return await self.hook_of(place.parent)

    async def hook_of(self, channel: str) -> Hook | None:
        """The webhook of a channel, made when there is none; None without the permission."""
        async with self._lines.setdefault(channel, asyncio.Lock()):
            if channel in self._hooks:
                return self._hooks[channel]
            if time.monotonic() < self._refused.get(channel, 0.0):
                return None
            try:
                self._hooks[channel] = await self._found(channel)
            except discord.HTTPException as error:
                if error.status not in _REFUSED:
                    # Not so for long: the reply is tried again.
                    raise
                # Fifteen webhooks are a channel's limit; others may have taken all.
                self._refused[channel] = time.monotonic() + _AGAIN_S
                _log.info("no webhook in channel %s: %s", channel, error.code)
                return None
            return self._hooks[channel]

    def forget(self, channel: str) -> None:
        """The webhook of a channel is gone."""
        self._hooks.pop(channel, None)

    async def _found(self, channel: str) -> Hook:
        app = str((await self._rest.app())["id"])
        path = "/channels/{channel_id}/webhooks"
        for one in await self._rest.call("GET", path, channel_id=channel):
            if one.get("application_id") == app and one.get("token"):
                return Hook(str(one["id"]), str(one["token"]))
        one = await self._rest.call("POST", path, {"name": HOOK_NAME}, channel_id=channel)
        return Hook(str(one["id"]), str(one["token"]))

    async def look(self, coach: Coach) -> dict[str, str]:
        """What makes a webhook's message the coach's."""
        made = {"username": coach.name}
        picture = await self._picture(coach)
        return made | {"avatar_url": picture} if picture else made

    async def _picture(self, coach: Coach) -> str | None:
        async with self._lines.setdefault("pictures", asyncio.Lock()):
            if coach.key in self._emojis:
                return CDN.format(id=self._emojis[coach.key])
            if time.monotonic() < self._emojis_at:
                return None
            try:
                self._emojis[coach.key] = await self._uploaded(coach)
            except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
                self._emojis_at = time.monotonic() + _AGAIN_S
                _log.info("no picture of a coach: %s", type(error).__name__)
                return None
            return CDN.format(id=self._emojis[coach.key])

    async def _uploaded(self, coach: Coach) -> str:
        """The id of the emoji with the coach's picture as it is now."""
        data = await asyncio.to_thread((AVATARS / f"{coach.key}.png").read_bytes)
        name = f"{coach.key[:20]}_{hashlib.sha256(data).hexdigest()[:8]}"
        path, app = "/applications/{app}/emojis", str((await self._rest.app())["id"])
        told = await self._rest.call("GET", path, app=app)
        there: Sequence[dict[str, Any]] = told["items"]
        for one in there:
            if one["name"] == name:
                return str(one["id"])
        image = f"data:image/png;base64,{base64.b64encode(data).decode()}"
        return str(
            (await self._rest.call("POST", path, {"name": name, "image": image}, app=app))["id"]
        )
