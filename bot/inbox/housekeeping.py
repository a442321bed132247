"""What goes by itself: settled rows, mailboxes of nobody, and people long untouched."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from storage import clock, link_offers
from storage.database import Database
from storage.errors import StorageError
from storage.inbox import pruning
from storage.inbox.pruning import KEYS_KEPT
from storage.platforms import prune_once

_log = logging.getLogger(__name__)
_CHORE = "housekeeping"
_EVERY = timedelta(hours=1)
# Often enough that an hour in which the worker that did it last has died is not left out.
_LOOK_S = 600.0
_FIRST_S = 60.0
# Rows in one transaction: short enough that no turn waits for it.
_AT_ONCE = 200
# Notes of single events, which no platform sends again after the time their keys are kept; a hint
# or a greeting may come again after a year.
_OF_EVENTS = ("seen", "files", "root")
_HINTS_KEPT = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Cleared:
    """How much went: rows of inbox, outbox and of what was done once, mailboxes, people."""

    rows: int
    mailboxes: int
    people: int


class Housekeeping:
    """Deletes what is due, once an hour, by one worker for all.

    Args:
        retention_days: people untouched for so long are forgotten; 0 for never.
        clock: the time by which that is judged, given a connection.
    """

    def __init__(
        self,
        database: Database,
        retention_days: int,
        now: Callable[[Connection], datetime] = clock.now,
    ) -> None:
        self._database = database
        self._retention = timedelta(days=retention_days)
        self._now = now

    async def run(self) -> None:
        """Look again and again, until cancelled; a database that is away is asked later."""
        wait = _FIRST_S
        while True:
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))
            wait = _LOOK_S
            try:
                await self.once()
            except StorageError as error:
                _log.warning("housekeeping has to wait: %s", type(error).__name__)
            except Exception:
                _log.exception("housekeeping failed")

    async def once(self) -> Cleared | None:
        """Do it if its hour has come and no other worker has; returns what went.

        Raises:
            StorageError: the database failed; what was not done is done in the next hour.
        """
        if not await self._write(lambda c, at: pruning.take_chore(c, _CHORE, at, _EVERY)):
            return None
        people = await self._forget_people() if self._retention else 0
        rows = await self._all(lambda c, at: pruning.prune_settled(c, at, _AT_ONCE))
        rows += await self._all(lambda c, at: prune_once(c, _OF_EVENTS, at - KEYS_KEPT, _AT_ONCE))
        rows += await self._all(lambda c, at: prune_once(c, (), at - _HINTS_KEPT, _AT_ONCE))
        mailboxes = await self._all(lambda c, _: pruning.prune_mailboxes(c, _AT_ONCE))
        await self._all(lambda c, at: link_offers.prune(c, at, _AT_ONCE))
        cleared = Cleared(rows, mailboxes, people)
        _log.info(
            "deleted %d settled rows, %d empty mailboxes, %d people untouched for long",
            *(rows, mailboxes, people),
        )
        return cleared

    async def _forget_people(self) -> int:
        def look(connection: Connection) -> tuple[datetime, list[str]]:
            before = self._now(connection) - self._retention
            return before, pruning.untouched(connection, before, _AT_ONCE)

        gone = 0
        while True:
            before, people = await self._database.read(look)
            done = 0
            for person in people:
                done += await self._forget(person, before)
            gone += done
            if not done:
                break
        if gone:
            await self._database.wipe_log()
        return gone

    async def _forget(self, person: str, before: datetime) -> int:
        return await self._write(
            lambda connection, at: pruning.forget_untouched(connection, person, before, at)
        )

    async def _all(self, part: Callable[[Connection, datetime], int]) -> int:
        """Part after part, until nothing is left; others may write in between."""
        gone = 0
        while done := await self._write(part):
            gone += done
        return gone

    async def _write(self, work: Callable[[Connection, datetime], int]) -> int:
        return await self._database.write(lambda one: work(one, self._now(one)), long=True)
