"""How a serving process is doing: what ``/readyz`` and ``/metrics`` ask."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection

from bot.inbox.service import Inbox
from bot.serving.metrics import Metrics
from bot.serving.running import Running
from storage.clock import now
from storage.database import Database
from storage.errors import StorageError
from storage.inbox.operator import Counts, counts

# Who asks for health gives up after a few seconds.
_ANSWER_S = 3.0


class State:
    """A serving process, as it is seen from outside.

    Attributes:
        draining: it was told to stop: it takes nothing new.
    """

    def __init__(
        self, database: Database, inbox: Inbox, platforms: Sequence[Running], metrics: Metrics
    ) -> None:
        self.draining = False
        self._database = database
        self._inbox = inbox
        self._platforms = platforms
        self._metrics = metrics

    async def ready(self) -> Mapping[str, object]:
        """Whether it can take events and answer them, and what that is made of."""
        connected = self._connected()
        answers = await self._standing() is not None
        claims = self._inbox.works
        everything = answers and claims and not self.draining and all(connected.values())
        return {
            "ready": everything,
            "database": answers,
            "worker": claims,
            "platforms": connected,
            "draining": self.draining,
        }

    async def metrics(self) -> bytes:
        """The metrics."""
        standing = await self._standing()
        return self._metrics.page(standing, self._inbox.worker.lanes, self._connected())

    def _connected(self) -> dict[str, bool]:
        return {one.name: one.connected for one in self._platforms}

    async def _standing(self) -> tuple[Counts, datetime] | None:
        """How the inbox stands, by the database's clock; None when it does not answer."""

        def look(connection: Connection) -> tuple[Counts, datetime]:
            at = now(connection)
            return counts(connection, at), at

        try:
            async with asyncio.timeout(_ANSWER_S):
                return await self._database.read(look)
        except (StorageError, TimeoutError):
            return None
