"""What was written while nobody listened, read once more as far as Slack's history lets us.

It is read for all open threads after the start, and for a thread at once when something new comes
there, so that what was missed is taken before what was written after it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.inbox.contract import DeliveryError, TryLaterError
from bot.slack.desk import Desk
from bot.slack.history import read_thread
from bot.slack.places import PLATFORM, Place, event_key, message_key, place_of
from bot.slack.reading import Payload, spoken
from bot.slack.web import code_of
from bot.slack.workspaces import Workspace
from storage import platforms
from storage.errors import StorageError

_log = logging.getLogger(__name__)
Take = Callable[[Workspace, Payload], Awaitable[None]]
# Keys of events are known for seven days: what is older could be taken twice.
_BACK = timedelta(days=3)
# Threads that were written in lately; beyond them, people write again by themselves.
_LATELY, _THREADS = timedelta(days=21), 60
# Seconds from one thread to the next: history may be read fifty times a minute.
BETWEEN_S = 1.2
_PATIENCE_S = 70.0
# A new message waits so long for what was missed before it: Slack waits for us.
_AHEAD_S = 1.5


class Missed:
    """The threads that were not looked into since the start.

    Args:
        take: takes a message event.
    """

    def __init__(self, desk: Desk, take: Take) -> None:
        self._desk = desk
        self._take = take
        self._left: dict[Place, asyncio.Future[int] | None] = {}
        self._since = ""

    async def plan(self) -> None:
        """Note the threads to look into; to be done before anything new is taken."""
        now = datetime.now(UTC)
        self._since = f"{(now - _BACK).timestamp():.6f}"
        found: dict[Place, None] = {}
        for tenant in await self._desk.workspaces.tokens.all():
            rows = await self._desk.database.read(
                lambda one, tenant=tenant: platforms.open_threads(
                    one, PLATFORM, tenant, now - _LATELY, _THREADS
                )
            )
            for place in (place_of(row["conversation"]) for row in rows):
                found[place] = None
                if place.direct:
                    # New threads of direct messages stand in the channel itself.
                    found[Place(place.tenant, place.channel)] = None
        self._left = dict(found)

    async def look(self) -> int:
        """Look into all of them, one after the other; returns how many messages were missed."""
        taken = 0
        for place in list(self._left):
            try:
                workspace = await self._desk.workspaces.of(place.tenant)
                if workspace is not None:
                    taken += await self._of(workspace, place)
            except SlackApiError as error:
                _log.info("a thread can't be read: %s", code_of(error))
            except StorageError as error:
                # It stays on the list, for when something new is written there.
                _log.warning("what was missed could not be kept: %s", type(error).__name__)
            await asyncio.sleep(BETWEEN_S)
        if taken:
            _log.info("%d messages had been missed", taken)
        return taken

    async def before(self, workspace: Workspace, *places: Place) -> None:
        """Something new came there: take first what was missed, if that does not take long."""
        for place in places:
            if place in self._left:
                reading = asyncio.ensure_future(self._of(workspace, place))
                done, _ = await asyncio.wait({reading}, timeout=_AHEAD_S)
                failed = reading.exception() if done else None
                if isinstance(failed, StorageError):
                    # Nothing new before what was missed: Slack sends it again.
                    raise failed

    async def _of(self, workspace: Workspace, place: Place) -> int:
        if place not in self._left:
            return 0
        task = self._left[place]
        if task is None:
            task = self._left[place] = asyncio.ensure_future(self._read(workspace, place))
        try:
            taken = await asyncio.shield(task)
        except StorageError:
            self._left[place] = None
            raise
        except SlackApiError:
            self._left.pop(place, None)
            raise
        self._left.pop(place, None)
        return taken

    async def _read(self, workspace: Workspace, place: Place) -> int:
        try:
            found = await _patiently(workspace, place, self._since)
        except DeliveryError as error:
            _log.info("a thread can't be read: %s", type(error).__name__)
            return 0
        bot_user = workspace.credentials.bot_user
        said = [
            one for one in found if spoken(one, bot_user) and float(one["ts"]) > float(self._since)
        ]
        keys = {message_key(place.tenant, place.channel, one["ts"]): one for one in said}
        marks = {key: _marks(place.tenant, key) for key in keys}
        known = await self._desk.database.read(
            lambda one: platforms.was_done(one, [mark for key in keys for mark in marks[key]])
        )
        taken = 0
        for key, one in keys.items():
            if not known.intersection(marks[key]):
                event: dict[str, Any] = {**one, "type": "message", "channel": place.channel}
                await self._take(workspace, event)
                taken += 1
        return taken


def _marks(tenant: str, key: str) -> tuple[str, ...]:
    """What tells that a message was taken: as an event, seen and let be, as a start or a switch."""
    return key, f"{PLATFORM}:seen:{key}", event_key(tenant, "start", key)


async def _patiently(workspace: Workspace, place: Place, since: str) -> list[dict[str, Any]]:
    try:
        return await read_thread(workspace, place, since)
    except TryLaterError as error:
        if error.after > _PATIENCE_S:
            raise
        await asyncio.sleep(error.after)
        return await read_thread(workspace, place, since)
