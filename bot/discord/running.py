"""The platform as it is run: everything of this package put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.discord import kept
from bot.discord.calls import Ticket
from bot.discord.connection import point_at
from bot.discord.desk import Desk
from bot.discord.faces import Faces
from bot.discord.gateway import Gateway
from bot.discord.interactions import Interactions
from bot.discord.live import Live
from bot.discord.messages import Messages
from bot.discord.post import DiscordAdapter
from bot.discord.rest import Rest
from bot.discord.shards import Pace
from bot.inbox.contract import Adapter
from bot.inbox.service import Inbox
from bot.settings import Settings

if TYPE_CHECKING:
    from fastapi import APIRouter

    from bot.app import App


class DiscordPlatform:
    """Discord; see :class:`bot.platform.Platform`."""

    def __init__(self, app: App, settings: Settings, token: str, pace: Pace | None = None) -> None:
        point_at(settings)
        self._rest = Rest(token)
        faces = Faces(self._rest)
        live = Live(self._rest)
        self._adapter = DiscordAdapter(self._rest, faces, app.catalogue, app.database, live)
        self.desk = Desk(app.engine, settings, self._rest, faces, self._adapter)
        self._adapter.answers.then = self._answered
        self.messages = Messages(self.desk)
        self.interactions = Interactions(self.desk)
        self.gateway = Gateway(self.desk, self.messages, self.interactions, pace)

    def _answered(self, ticket: Ticket, user: str) -> None:
        self.desk.later(kept.show(self.desk, ticket, user))

    @property
    def adapter(self) -> Adapter:
        """Shows replies; works without the gateway."""
        return self._adapter

    @property
    def connected(self) -> bool:
        """Whether every shard is connected."""
        return self.gateway.connected

    @property
    def router(self) -> APIRouter | None:
        """None: events come by the gateway."""
        return None

    async def run(self, inbox: Inbox) -> None:
        """Listen until cancelled. Raises SettingsError for a token that is refused."""
        self.desk.inbox = inbox
        await self.gateway.run()

    async def close(self) -> None:
        """Give the connections back."""
        await self.desk.close()
        await self._adapter.live.close()
        await self._rest.close()
