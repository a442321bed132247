"""After a gap the gateway does not bring what was missed: it is read from the history."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import aiohttp
import discord

from bot.discord.desk import Desk
from bot.discord.messages import Messages
from bot.discord.places import DIRECT, PLATFORM, Place, place_of, snowflake_at
from bot.inbox.contract import TryLaterError
from storage import platforms
from storage.errors import StorageError

_log = logging.getLogger(__name__)
_SINCE = timedelta(days=14)
# A message may have been on its way when the session was last written.
_BEFORE = timedelta(minutes=2)
_PLACES = 2000
_AT_ONCE = 8
# Seconds after which a place that could not be read is read again.
_WAITS = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)
_PAGE, _PAGES = 100, 10


class Gate:
    """Keeps what comes into a place waiting until what was missed there is read."""

    def __init__(self) -> None:
        self._looking = 0
        self._unread: Counter[str] = Counter()
        self._moved = asyncio.Condition()

    def begin(self) -> None:
        """It is being looked up where something may have been missed: all wait."""
        self._looking += 1

    async def only(self, channels: Sequence[str]) -> None:
        """Something may have been missed in these."""
        async with self._moved:
            self._looking -= 1
            self._unread.update(channels)
            self._moved.notify_all()

    async def read(self, channel: str) -> None:
        """What was missed there is read."""
        async with self._moved:
            self._unread -= Counter([channel])
            self._moved.notify_all()

    async def passed(self, channel: str) -> None:
        """Wait until what comes there may be taken."""
        if not self._looking and not self._unread[channel]:
            return
        async with self._moved:
            await self._moved.wait_for(lambda: not self._looking and not self._unread[channel])


async def catch_up(desk: Desk, messages: Messages, gate: Gate, shard: int, shards: int) -> int:
    """Take all messages that came into open sessions since each was last written in.

    What was heard already changes nothing, because each message has one key.

    Args:
        gate: was told that this begins.

    Returns:
        How many places were read.
    """
    mine: dict[Place, datetime] = {}
    try:
        since = datetime.now(UTC) - _SINCE
        rows = await desk.engine.database.read(
            lambda one: platforms.open_conversations(one, PLATFORM, since, _PLACES)
        )
        places = {place_of(row["conversation"]): row["last_at"] for row in reversed(rows)}
        mine = {place: at for place, at in places.items() if _shard_of(place, shards) == shard}
    finally:
        await gate.only([place.channel for place in mine])
    line = asyncio.Semaphore(_AT_ONCE)

    async def one(place: Place, at: datetime) -> None:
        try:
            for wait in (*_WAITS, None):
                async with line:
                    why = await _tried(desk, messages, place, at)
                if why is None or wait is None:
                    return
                _log.warning("a place is read again: %s", why)
                await asyncio.sleep(wait)
        finally:
            await gate.read(place.channel)

    await asyncio.gather(*(one(place, at) for place, at in mine.items()))
    return len(mine)


async def _tried(desk: Desk, messages: Messages, place: Place, at: datetime) -> str | None:
    """Read a place; returns why it has to be read again, or None."""
    try:
        await _read(desk, messages, place, snowflake_at(at - _BEFORE))
    except discord.HTTPException as error:
        if error.status in {403, 404}:
            _log.info("a place is closed: %s", error.code)
            return None
        return f"{error.status}"
    except (
        discord.RateLimited,
        TryLaterError,
        StorageError,
        aiohttp.ClientError,
        OSError,
    ) as error:
        return type(error).__name__
    return None


async def _read(desk: Desk, messages: Messages, place: Place, after: str) -> None:
    for _ in range(_PAGES):
        page = await desk.rest.history(place.channel, after=after, limit=_PAGE)
        page.sort(key=lambda told: int(told["id"]))
        for told in page:
            # The history leaves out the server, which the gateway names.
            guild = {} if place.tenant == DIRECT else {"guild_id": place.tenant}
            await messages.take({**told, **guild})
        if len(page) < _PAGE:
            return
        after = str(page[-1]["id"])


def _shard_of(place: Place, shards: int) -> int:
    return 0 if place.tenant == DIRECT else (int(place.tenant) >> 22) % shards
