"""A worker: claims mailboxes, runs their lanes, keeps their leases, stops in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

from sqlalchemy import Connection

from bot.engine.engine import Engine
from bot.inbox.contract import Adapter
from bot.inbox.courier import Courier
from bot.inbox.door import Door
from bot.inbox.grouping import GroupCommit
from bot.inbox.halting import hear
from bot.inbox.holding import Held
from bot.inbox.lane import Lane, Step, Surroundings, first_step
from bot.inbox.limits import Minutes
from bot.inbox.meter import Meter
from bot.inbox.options import Options
from storage import inbox
from storage.clock import now
from storage.database import Database
from storage.errors import StorageError
from storage.inbox import Running
from storage.wakeups import Wakeups

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")
# Starts the work on what was claimed.
Begin = Callable[[], None]
_AWAY_S = 1.0
# Sleeping a little longer than to the moment spares a look that comes too early.
_GRACE_S = 0.005
_AGAIN_S = 0.05


class Worker:
    """Works off what the inbox holds for the platforms of its adapters.

    Args:
        adapters: by platform.
        door: turns wait while events stand there.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        adapters: Mapping[str, Adapter],
        options: Options,
        meter: Meter,
        door: Door,
    ) -> None:
        self.owner = secrets.token_hex(8)
        self._database = database
        self._platforms = list(adapters)
        self._options = options
        self._meter = meter
        group = GroupCommit(database)
        self._around = Surroundings(
            engine,
            adapters,
            group,
            Courier(adapters, group, meter),
            options,
            meter,
            Minutes(options.tenant_turns_a_minute),
            door,
        )
        self._lease = timedelta(seconds=options.lease_s)
        self._held: dict[str, Held] = {}
        self._lanes: dict[asyncio.Task[None], Lane] = {}
        self._woken = asyncio.Event()
        self._running = False
        self._stopping = False
        # Lanes that a claim under way may take.
        self._reserved = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._looked: float | None = None
        # What ended a lane that was not to wait for the database.
        self.trouble: StorageError | None = None

    @property
    def looks(self) -> bool:
        """Whether it looks for work, and the database has answered it within its lease."""
        if self._stopping or self._looked is None:
            return False
        age = asyncio.get_running_loop().time() - self._looked
        return age < self._options.lease_s + self._options.poll_s

    @property
    def lanes(self) -> int:
        """How many people are worked for right now."""
        return len(self._lanes)

    def wake(self) -> None:
        """There is, or may be, something to do."""
        self._woken.set()

    async def run(self) -> None:
        """Work until cancelled, claim until :meth:`drain` is called; survives a database that is
        away."""
        self._quiet.clear()
        self._running = True
        others = [
            asyncio.create_task(self._keep_leases()),
            asyncio.create_task(
                Wakeups(self._database.address).listen(
                    lambda payload: hear(payload, self._around.adapters, self.wake, self._works_in)
                )
            ),
        ]
        try:
            await self._claim_on()
            self._quiet.set()
            # What is still under way keeps its leases until it has ended.
            await asyncio.Event().wait()
        finally:
            self._running = False
            self._quiet.set()
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    async def drain(self) -> None:
        """Stop claiming, let running turns end, give the mailboxes back."""
        self._stopping, self._running = True, False
        for lane in self._lanes.values():
            lane.ending = True
        self.wake()
        # A claim that is under way may start further lanes.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._quiet.wait(), self._options.drain_s)
        if self._lanes:
            _, late = await asyncio.wait(self._lanes, timeout=self._options.drain_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        try:
            await self._database.write(
                lambda connection: inbox.give_back(connection, self.owner, now(connection))
            )
        except StorageError as error:
            _log.warning("leases run out by themselves: %s", type(error).__name__)

    async def work_off(self, lane: str) -> None:
        """Do what there is to do in one mailbox, now. For programs that serve one person alone."""
        self.trouble = None
        leases = asyncio.create_task(self._keep_leases())
        try:
            await self._claim(lane)
            while self._lanes:
                await asyncio.wait(self._lanes)
        finally:
            leases.cancel()
            await asyncio.gather(leases, return_exceptions=True)

    async def _claim_on(self) -> None:
        look_first = False
        while not self._stopping:
            self._woken.clear()
            try:
                claimed, sleep = await self._round(look_first=look_first)
                self._looked = asyncio.get_running_loop().time()
            except StorageError as error:
                _log.warning("no database: %s", type(error).__name__)
                claimed, sleep = 0, _AWAY_S
            if claimed and self._room > 0:
                look_first = False
                continue
            look_first = not await self._sleep(sleep)

    async def _sleep(self, seconds: float) -> bool:
        """Wait for a wake-up; returns whether there was one."""
        try:
            await asyncio.wait_for(self._woken.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _round(self, *, look_first: bool) -> tuple[int, float]:
        """Claim what there is room for. Returns how many, and the seconds to sleep after none.

        Args:
            look_first: read before writing: after a sleep there is mostly nothing to claim.
        """
        # A claim takes time from those who come in, and its turns would wait for them anyway.
        await self._around.door.free()
        if self._room <= 0:
            return 0, self._options.poll_s
        ahead = await self._database.glance(self._look_ahead) if look_first else 0.0
        if ahead > 0 or self._stopping:
            return 0, ahead
        claimed = await self._claim()
        if claimed:
            return claimed, 0.0
        # There may be something that only seems free: locked, or a lease of our own is late.
        return 0, max(_AGAIN_S, await self._database.glance(self._look_ahead))

    async def _claim(self, person: str | None = None) -> int:
        """Claim mailboxes, or that of one person, and start their lanes; returns how many."""
        started = await self._database.write(self._claiming(self._room, person))
        self._begin(started)
        return len(started)

    async def store(
        self, work: Callable[[Connection], _Result], events: int
    ) -> tuple[_Result, Begin]:
        """Write ``work``, which stores events, and claim what there is room for along with it.

        Who has a lane for an event need not ask for it in a second transaction. On Postgres many
        workers may have one, and an acknowledgement waits for every round trip: there the claim
        comes after it.

        Args:
            events: how many are stored.

        Returns:
            The result of ``work``, and what starts the work on the events; raises as it does.
        """
        room = self._room if self._running and self._database.dialect == "sqlite" else 0
        # A crowd is let in first; see the door.
        if events > room:
            return await self._database.write(work), self.wake
        claim = self._claiming(room)
        self._reserved += room
        try:
            result, started = await self._database.write(
                lambda connection: (work(connection), claim(connection))
            )
        except BaseException:
            # While this asked, others may have found no room.
            self.wake()
            raise
        finally:
            self._reserved -= room

        def begin() -> None:
            # What is claimed while the worker ends is given back with all the rest.
            if not self._stopping:
                self._begin(started)
            if len(started) == room:
                # There may be more than there was room for.
                self.wake()

        return result, begin

    def _works_in(self, conversation: str) -> bool:
        return any(lane.at == conversation for lane in self._lanes.values())

    @property
    def _room(self) -> int:
        """How many more people may be worked for."""
        return self._options.lanes - self.lanes - self._reserved

    def _claiming(
        self, room: int, person: str | None = None
    ) -> Callable[[Connection], list[tuple[Held, Step]]]:
        """What claims up to ``room`` mailboxes, or that of one person."""
        running = Running(
            frozenset(self._held), Counter(one.claim.tenant for one in self._held.values())
        )
        expires = asyncio.get_running_loop().time() + self._options.lease_s

        def work(connection: Connection) -> list[tuple[Held, Step]]:
            at = now(connection)
            claims = inbox.claim(
                connection, self.owner, self._platforms, running, room, at, self._lease, person
            )
            held = [Held(claim, expires) for claim in claims]
            backoff = self._options.backoff
            return [(one, first_step(connection, one, at, backoff)) for one in held]

        return work

    def _begin(self, started: Sequence[tuple[Held, Step]]) -> None:
        for held, step in started:
            self._start(held, step)

    def _look_ahead(self, connection: Connection) -> float:
        """Seconds until there may be something to do: 0 for now, else at most the poll's."""
        at = now(connection)
        ahead = inbox.look_ahead(connection, self._platforms, at)
        if ahead.now:
            return 0.0
        if ahead.next_at is None:
            return self._options.poll_s
        return min(self._options.poll_s, (ahead.next_at - at).total_seconds() + _GRACE_S)

    def _start(self, held: Held, step: Step) -> None:
        if held.claim.inherited:
            self._meter.count("inherited")
        lane = Lane(self._around, held, ending=self._stopping)
        self._held[held.person] = held
        task = asyncio.create_task(lane.run(step))
        self._lanes[task] = lane
        task.add_done_callback(lambda done: self._ended(done, lane))

    def _ended(self, task: asyncio.Task[None], lane: Lane) -> None:
        full = self.lanes >= self._options.lanes
        self.trouble = lane.trouble or self.trouble
        del self._lanes[task]
        if self._held.get(lane.held.person) is lane.held:
            del self._held[lane.held.person]
        # Another mailbox of the same person had to wait for this one.
        if full or lane.later or lane.held.claim.linked:
            self.wake()

    async def _keep_leases(self) -> None:
        """Extend the leases of what is held, at a third of their time."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(self._options.lease_s / 3)
            held = dict(self._held)
            if not held:
                continue
            expires = loop.time() + self._options.lease_s

            def work(connection: Connection, people: list[str] = list(held)) -> set[str]:  # noqa: B006
                return inbox.renew(connection, self.owner, people, now(connection) + self._lease)

            try:
                mine = await self._database.write(work)
            except StorageError as error:
                _log.warning("leases are not renewed: %s", type(error).__name__)
                continue
            for person, one in held.items():
                one.expires = expires if person in mine else 0.0
