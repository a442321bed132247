"""What was written while nobody listened, read once more as far as Slack's history lets us."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

from slack_sdk.errors import SlackApiError

from bot.inbox.contract import DeliveryError, TryLaterError
from bot.slack.desk import Desk
from bot.slack.events import Messages
from bot.slack.history import read_thread
from bot.slack.places import PLATFORM, Place, message_key, place_of
from bot.slack.reading import spoken
from bot.slack.web import code_of
from bot.slack.workspaces import Workspace
from storage import platforms

_log = logging.getLogger(__name__)
# Keys of events are known for seven days: what is older could be taken twice.
_BACK = timedelta(days=3)
# Threads that were written in lately; beyond them, people write again by themselves.
_LATELY, _THREADS = timedelta(days=21), 60
_BETWEEN_S = 1.2
_PATIENCE_S = 70.0


async def catch_up(desk: Desk) -> int:
    """Take what was missed in open session threads and direct messages; returns how many."""
    taken = 0
    try:
        for tenant in await desk.workspaces.tokens.all():
            workspace = await desk.workspaces.of(tenant)
            if workspace is not None:
                taken += await _workspace(desk, workspace)
    except SlackApiError as error:
        _log.warning("what was missed can't be read: %s", code_of(error))
    if taken:
        _log.info("%d messages had been missed", taken)
    return taken


async def _workspace(desk: Desk, workspace: Workspace) -> int:
    now = datetime.now(UTC)
    rows = await desk.database.read(
        lambda one: platforms.open_threads(one, PLATFORM, workspace.tenant, now - _LATELY, _THREADS)
    )
    since = f"{(now - _BACK).timestamp():.6f}"
    places = [place_of(row["conversation"]) for row in rows]
    # New threads of direct messages stand in the channel itself.
    direct = {Place(place.tenant, place.channel) for place in places if place.direct}
    taken = 0
    for place in [*places, *sorted(direct, key=lambda one: one.channel)]:
        taken += await _place(desk, workspace, place, since)
        await asyncio.sleep(_BETWEEN_S)
    return taken


async def _place(desk: Desk, workspace: Workspace, place: Place, since: str) -> int:
    try:
        found = await _read(workspace, place, since)
    except DeliveryError as error:
        _log.info("a thread can't be read: %s", type(error).__name__)
        return 0
    bot_user = workspace.credentials.bot_user
    said = [one for one in found if spoken(one, bot_user) and float(one["ts"]) > float(since)]
    keys = {message_key(place.tenant, place.channel, one["ts"]): one for one in said}
    seen = [f"slack:seen:{key}" for key in keys]
    starts = [f"slack:{place.tenant}:start:{key}" for key in keys]
    known = await desk.database.read(lambda one: platforms.was_done(one, [*keys, *seen, *starts]))
    messages, taken = Messages(desk), 0
    for key, one in keys.items():
        done = {key, f"slack:seen:{key}", f"slack:{place.tenant}:start:{key}"}
        if done & known:
            continue
        event: dict[str, Any] = {**one, "type": "message", "channel": place.channel}
        await messages.take(workspace, event)
        taken += 1
    return taken


async def _read(workspace: Workspace, place: Place, since: str) -> list[dict[str, Any]]:
    try:
        return await read_thread(workspace, place, since)
    except TryLaterError as error:
        if error.after > _PATIENCE_S:
            raise
        await asyncio.sleep(error.after)
        return await read_thread(workspace, place, since)
