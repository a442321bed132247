"""Which shards of the gateway this worker connects: each is held by a lease in the database.

Discord sends events once to each connection of a shard, so there must be one of each shard among
all workers. A worker holds its share, at most the shards divided by the workers; what a dead one
held is taken when its lease has run out.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from storage import leases
from storage.clock import now
from storage.database import Database
from storage.errors import StorageError

_log = logging.getLogger(__name__)
_PREFIX = "discord:"
_KEPT = timedelta(days=1)
# So soon it is looked again while nobody holds some shard.
_SOON_S = 1.0


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of the gateway.

    Attributes:
        lease_s: so long after its worker died a shard is taken by another.
        identify_s: seconds between two IDENTIFYs; Discord's rule is one in five, among all workers.
        stuck_s: a shard that could not connect for so long is begun anew, for the waits between
            discord.py's own tries grow to many minutes.
    """

    lease_s: float = 10.0
    identify_s: float = 5.0
    stuck_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What Discord recommends: how many shards, and how many may IDENTIFY at the same time."""

    count: int
    at_once: int = 1


class Leases:
    """The shards that this worker holds.

    Attributes:
        held: their numbers.
        complete: every shard is held by some worker.
    """

    def __init__(self, database: Database, plan: Plan, pace: Pace) -> None:
        self.held: frozenset[int] = frozenset()
        self.complete = False
        self._database = database
        self._plan = plan
        self._pace = pace
        self._owner = secrets.token_hex(8)
        self._lease = timedelta(seconds=pace.lease_s)
        self._good_until = 0.0

    async def hold(self) -> frozenset[int]:
        """Renew what is held and take what is free; returns what is held now.

        What is beyond this worker's share is still held: it is among :attr:`held` no more, and to
        be given back once its connection is closed.
        """
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            self.held, self.complete = await self._database.write(self._round)
            self._good_until = began + self._pace.lease_s
        except StorageError as error:
            _log.warning("leases of shards are not renewed: %s", type(error).__name__)
            if loop.time() >= self._good_until:
                self.held, self.complete = frozenset(), False
        return self.held

    @property
    def pause(self) -> float:
        """Seconds until the next :meth:`hold`."""
        often = self._pace.lease_s / 3
        return often if self.complete else min(often, _SOON_S)

    def _round(self, connection: Connection) -> tuple[frozenset[int], bool]:
        at = now(connection)
        until = at + self._lease
        leases.drop_over(connection, _PREFIX, at - _KEPT)
        leases.take(connection, f"{_PREFIX}worker:{self._owner}", self._owner, at, until)
        workers = len(leases.holders(connection, f"{_PREFIX}worker:", at))
        owners = leases.holders(connection, f"{_PREFIX}shard:", at)
        share = -(-self._plan.count // workers)
        numbers = range(self._plan.count)
        mine = [one for one in numbers if owners.get(self._name(one)) == self._owner]
        free = [one for one in numbers if self._name(one) not in owners]
        taken = [
            one
            for one in (*mine, *free[: max(0, share - len(mine))])
            if leases.take(connection, self._name(one), self._owner, at, until)
        ]
        others = {self._name(one) for one in numbers} & owners.keys()
        complete = len(others | {self._name(one) for one in taken}) == self._plan.count
        return frozenset(taken[:share]), complete

    def _name(self, shard: int) -> str:
        return f"{_PREFIX}shard:{shard}/{self._plan.count}"

    async def give_back(self, *shards: int) -> None:
        """Hold these no more; without any, nothing any more."""
        names = [self._name(one) for one in shards]
        if not shards:
            self.held, self.complete = frozenset(), False
        try:
            await self._database.write(lambda one: leases.give_back(one, self._owner, *names))
        except StorageError as error:
            _log.warning("leases run out by themselves: %s", type(error).__name__)

    async def turn(self, shard: int) -> None:
        """Wait until this shard may IDENTIFY; the wait is shared with all other workers."""
        name = f"{_PREFIX}identify:{shard % self._plan.at_once}"
        # Nobody holds it longer than its time, not even this worker.
        once, gap = secrets.token_hex(8), timedelta(seconds=self._pace.identify_s)

        def work(connection: Connection) -> bool:
            at = now(connection)
            return leases.take(connection, name, once, at, at + gap)

        def taken(connection: Connection) -> bool:
            return name in leases.holders(connection, name, now(connection))

        while True:
            try:
                if not await self._database.glance(taken) and await self._database.write(work):
                    return
            except StorageError as error:
                _log.warning("waiting to connect: %s", type(error).__name__)
            await asyncio.sleep(self._pace.identify_s / 10)
