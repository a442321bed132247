"""The inbox as a whole: what adapters hand events to, and what works them off."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence

from bot.engine.engine import Engine
from bot.inbound import Inbound
from bot.inbox.contract import Adapter
from bot.inbox.door import Door
from bot.inbox.halting import Halting
from bot.inbox.housekeeping import Housekeeping
from bot.inbox.intake import Intake
from bot.inbox.meter import Meter, NoMeter
from bot.inbox.options import Options
from bot.inbox.worker import Worker
from storage.database import Database


class Inbox:
    """Accepts events and works them off.

    Attributes:
        door: an adapter has an event pass it (``with inbox.door.passing():``) from its arrival to
            its acknowledgement; then turns do not make the platform wait.
        halting: an adapter that is to stop a reply it does not write passes it on.

    Args:
        adapters: the platforms whose replies this process can show.
        options: limits and times.
        meter: takes note of the work; None for nobody.
    """

    def __init__(
        self,
        database: Database,
        engine: Engine,
        adapters: Sequence[Adapter],
        options: Options | None = None,
        meter: Meter | None = None,
    ) -> None:
        options, meter = options or Options(), meter or NoMeter()
        by_platform = {adapter.platform: adapter for adapter in adapters}
        self.door = Door()
        self.worker = Worker(database, engine, by_platform, options, meter, self.door)
        self.halting = Halting(database, self.worker.owner, options.busy_after_s)
        self._intake = Intake(self.worker.store, meter, options.queue_limit)
        self._housekeeping = Housekeeping(database, options.retention_days)
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def works(self) -> bool:
        """Whether events are worked off: the worker looks for them, and the database answers."""
        return self.worker.looks and not any(task.done() for task in self._tasks)

    async def accept(self, key: str, event: Inbound) -> bool:
        """Store an event; see :meth:`bot.inbox.intake.Intake.accept`."""
        return await self._intake.accept(key, event)

    def start(self) -> None:
        """Begin to work."""
        # What was loaded stays: the collector need not look through it again at every turn.
        gc.collect()
        gc.freeze()
        self._tasks = [
            asyncio.create_task(self.worker.run()),
            asyncio.create_task(self._housekeeping.run()),
        ]

    async def tidy(self) -> None:
        """Delete what is due, if its hour has come; for who works without :meth:`start`.

        Raises:
            StorageError: the database can't be used.
        """
        await self._housekeeping.once()

    async def stop(self) -> None:
        """Finish what is under way, give back what is held, and stop."""
        await self.worker.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
