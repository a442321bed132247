"""Threads whose process died between posting their root and starting their session.

What a click or a command began does not come again from Slack. So it is noted, before the root is
posted, that one is about to be there; whoever finds the note later on finds the root by its mark
and starts the session.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from slack_sdk.errors import SlackApiError

from bot.inbound import Opened
from bot.inbox.contract import DeliveryError
from bot.inbox.merging import reply_key
from bot.slack.desk import Desk
from bot.slack.history import Note, find_note
from bot.slack.places import PLATFORM, Place, place_of, time_of
from bot.slack.web import code_of
from bot.slack.workspaces import Workspace
from storage import platforms
from storage.queries import Row

_log = logging.getLogger(__name__)
_MARK = "root="
# Younger ones are still being started by whoever began.
_AGE = timedelta(seconds=30)
_EVERY_S = 30.0
# A root that is not there by then was never posted; where nobody may look, it stays unknown.
_NEVER, _UNKNOWN = timedelta(minutes=10), timedelta(days=1)


def root_key(key: str) -> str:
    """What marks the root of a start; ``key`` is that of its event."""
    return reply_key(f"root:{key}")


async def note(desk: Desk, root: Place, person: str, coach: str, key: str) -> None:
    """Note that a root is about to be posted."""
    await desk.keep_thread(_noted(root, key), person, coach)


async def forget(desk: Desk, root: Place, key: str) -> None:
    """Its session was started, or it was surely not posted."""
    await _drop(desk, _noted(root, key).conversation)


def _noted(root: Place, key: str) -> Place:
    return Place(root.tenant, root.channel, _MARK + key)


async def _drop(desk: Desk, conversation: str) -> None:
    await desk.database.write(lambda one: platforms.drop_thread(one, conversation))


class Unfinished:
    """Starts the sessions that others left without."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._age = _AGE
        self._every_s = _EVERY_S

    async def watch(self) -> None:
        """Look from time to time, until cancelled."""
        while True:
            try:
                await self.look()
            except Exception as error:  # the next look may do
                _log.info("unfinished threads: %s", type(error).__name__)
            await asyncio.sleep(self._every_s)

    async def look(self) -> None:
        """Finish what was left a while ago. Two that do so at once start one session."""
        before = datetime.now(UTC) - self._age
        rows = await self._desk.database.read(
            lambda one: platforms.threads_like(one, f"{PLATFORM}:%:{_MARK}%", before)
        )
        for row in rows:
            try:
                await self._finish(row)
            except SlackApiError as error:
                _log.info("an unfinished thread stays: %s", code_of(error))

    async def _finish(self, row: Row) -> None:
        noted = place_of(row["conversation"])
        key = noted.thread.removeprefix(_MARK)
        root = Place(noted.tenant, noted.channel)
        age = datetime.now(UTC) - row["created_at"]
        workspace = await self._desk.workspaces.of(root.tenant)
        over = workspace is None or await self._desk.was_done(key)
        if workspace is not None and not over:
            try:
                found = await find_note(workspace, root, root_key(key))
            except DeliveryError as error:
                _log.info("an unfinished thread can't be looked for: %s", type(error).__name__)
                over = age > _UNKNOWN
            else:
                over = age > _NEVER if found is None else True
                if found is not None:
                    await self._start(workspace, root, row, key, found)
        if over:
            await _drop(self._desk, row["conversation"])

    async def _start(
        self, workspace: Workspace, root: Place, row: Row, key: str, found: Note
    ) -> None:
        desk, person, coach = self._desk, row["person_id"], row["coach"]
        place = Place(root.tenant, root.channel, found.ts)
        there = await desk.thread(place)
        used = there is not None and (there["session"] is not None or there["coach"] is None)
        user = await desk.account(root.tenant, row)
        if used or user is None or desk.coach(coach) is None:
            return
        sender = await desk.people.sender(workspace, user)
        text = str(found.told.get("text") or "")
        opened = Opened(
            place.conversation, found.ts, sender, time_of(found.ts), coach=coach, text=text
        )
        await desk.keep_thread(place, person, coach)
        if await desk.accept(key, opened):
            _log.info("a thread that was left without a session has one")
