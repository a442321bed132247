"""One run: people write, something goes wrong again and again, and all is counted at the end."""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from personas.catalogue import Catalogue
from storage.database import Database
from tests.chaos.count import Count, Kept, count, kept
from tests.chaos.crew import Crew
from tests.chaos.databases import Kind, Store
from tests.chaos.people import Crowd
from tests.chaos.scene import SCENES, Stormy

Fault = Literal["kill", "freeze", "lost_worker", "sigterm", "db_restart", "storm", "closed_loop"]

LEASE_S = 3.0
# Of a platform's calls and deliveries; besides, every event comes twice.
_RATE = 0.02
_QUIET_S = 60.0
_TELL_S = 10.0
_AT_ANY_MOMENT = 0.2
_AT_WORK_S = (0.1, 1.5)
_STORM_S, _KILLED_TOO = (1.0, 3.0), 0.3
# Repeats and late tries that would show a reply twice have come by then.
_AFTERMATH_S = 2.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run is to be.

    Attributes:
        messages, faults: at least so many, both.
        every_s: seconds between two faults, at random.
    """

    platform: str
    database: Kind
    workers: int
    fault: Fault
    messages: int
    faults: int
    every_s: tuple[float, float] = (1.0, 3.0)
    people: int = 40
    seed: int = 1


@dataclass(slots=True)
class Outcome:
    """What came of it."""

    plan: Plan
    kills: int
    seconds: float
    counted: Count
    said: str


class Run:
    """A run under way."""

    def __init__(self, plan: Plan, store: Store, folder: Path) -> None:
        self.plan = plan
        self.done = 0
        self._store = store
        self._folder = folder
        self._scene = SCENES[plan.platform]()
        self._chance = random.Random(plan.seed)

    async def __call__(self) -> Outcome:
        plan, began = self.plan, time.monotonic()
        async with AsyncExitStack() as stack:
            address = await self._scene.start()
            stack.push_async_callback(self._scene.stop)
            closed = plan.fault == "closed_loop"
            await self._scene.misbehave(rate=0.0 if closed else _RATE, repeat=1)
            words = [
                plan.platform,
                address,
                self._store.address,
                f"{LEASE_S}",
                str(int(not closed)),
                str(int(plan.fault == "storm")),
            ]
            crew = Crew(words, self._folder)
            stack.push_async_callback(crew.clear)
            for _ in range(plan.workers):
                await crew.add(wait=True)
            coaches = list(Catalogue().keys)
            crowd = Crowd(self._scene, self._chance, coaches, plan.messages, bursts=not closed)
            watching = asyncio.create_task(crowd.watch())
            telling = asyncio.create_task(self._tell(crowd))
            faults = asyncio.create_task(self._spoil(crew))
            await crowd.write(
                plan.people,
                lambda: faults.done() and (crowd.said >= plan.messages or _broken(faults)),
            )
            await faults
            held = await self._quiet(crowd)
            await crew.end()
            for task in (watching, telling):
                task.cancel()
            await asyncio.gather(watching, telling, return_exceptions=True)
            counted = count(crowd.log, held, self._scene.event_key, self._scene.person_of)
            return Outcome(plan, self.done, time.monotonic() - began, counted, crew.said())

    async def _tell(self, crowd: Crowd) -> None:
        """Say now and then how far it is."""
        began = time.monotonic()
        while True:
            await asyncio.sleep(_TELL_S)
            passed = time.monotonic() - began
            posted = sum(entry.what == "posted" for entry in crowd.log)
            told = f"{passed:5.0f} s: {crowd.said} said, {posted} posted, {self.done} faults"
            print(told, file=sys.stderr, flush=True)

    async def _spoil(self, crew: Crew) -> None:
        plan = self.plan
        while self.done < plan.faults:
            await asyncio.sleep(self._chance.uniform(*plan.every_s))
            await self._fault(crew)
            self.done += 1

    async def _fault(self, crew: Crew) -> None:
        worker = self._chance.choice(crew.workers)
        match self.plan.fault:
            case "kill":
                # One in five dies at any moment, the others once they are at work: of a start-up
                # that is cut off again and again nothing is learnt.
                if self._chance.random() > _AT_ANY_MOMENT:
                    await crew.ready(worker)
                    await asyncio.sleep(self._chance.uniform(*_AT_WORK_S))
                await crew.kill(worker)
                await crew.add()
            case "lost_worker":
                # Nobody takes its place, until only one is left.
                if len(crew.workers) > 1:
                    await crew.kill(worker)
                else:
                    await crew.ready(await crew.add())
                    await crew.add()
            case "freeze":
                await crew.freeze(worker, LEASE_S * self._chance.uniform(1.2, 2.0))
            case "sigterm":
                # One after another where several share the work, as a new version is rolled out.
                if len(crew.workers) > 1:
                    await crew.add(wait=True)
                await crew.terminate(worker)
                if not crew.workers:
                    await crew.add(wait=True)
            case "db_restart":
                await self._store.crash(self._chance.choice([0.0, 1.0, 3.0, 10.0]))
            case "storm":
                assert isinstance(self._scene, Stormy)
                if self._chance.random() < _KILLED_TOO:
                    # Its streams are cut from this side.
                    await crew.kill(worker)
                    await crew.add()
                await self._scene.storm(self._chance.uniform(*_STORM_S))
            case "closed_loop":
                pass

    async def _quiet(self, crowd: Crowd) -> Kept:
        """Wait until nothing is left to do, and read what the database holds."""
        database = Database(self._store.address)
        await database.open()
        held, since = await database.read(kept), time.monotonic()
        # Where nothing has moved for so long, what is not done counts as lost.
        while time.monotonic() - since < _QUIET_S:
            if await self._scene.brought() and not _unsettled(held):
                break
            await asyncio.sleep(0.5)
            before, held = held, await database.read(kept)
            if (len(held.events), _unsettled(held)) != (len(before.events), _unsettled(before)):
                since = time.monotonic()
        await asyncio.sleep(_AFTERMATH_S)
        held = await database.read(kept)
        await database.close()
        if isinstance(self._scene, Stormy):
            await self._scene.look_over()
        await crowd.catch_up()
        return held


def _unsettled(held: Kept) -> int:
    """Events and replies that are still to be done; reminders of another day are not."""
    now = datetime.now(UTC)
    rows = (row for row in (*held.events, *held.replies) if row["settled_at"] is None)
    return sum(row.get("due_at") is None or row["due_at"] <= now for row in rows)


def _broken(faults: asyncio.Task[None]) -> bool:
    return faults.done() and (faults.cancelled() or faults.exception() is not None)


async def run(plan: Plan, store: Store) -> Outcome:
    """Do a run."""
    with tempfile.TemporaryDirectory(prefix="rocket-chaos-log-") as folder:
        return await Run(plan, store, Path(folder))()
