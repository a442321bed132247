"""Accept, then acknowledge: an event is in the database before the platform hears of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.engine.zones import zone_named
from bot.inbound import Inbound
from bot.inbox.codec import event_json, kind_of
from bot.inbox.meter import Meter
from bot.inbox.worker import Begin
from storage.clock import now
from storage.inbox import Arrival, accept
from storage.wakeups import notify

_AT_ONCE = 512
# Which keys are new, and whether they wait.
_New = dict[str, bool]
_Store = Callable[[Connection], _New]


@dataclass(slots=True)
class _Waiting:
    arrival: Arrival
    future: asyncio.Future[bool]


class Intake:
    """Stores events; what arrives together is one commit.

    Args:
        queue_limit: events of one person that may wait; more are refused, and the person is told.
        store: writes events and claims what there is room for; gives what starts the work.
    """

    def __init__(
        self,
        store: Callable[[_Store, int], Awaitable[tuple[_New, Begin]]],
        meter: Meter,
        queue_limit: int,
    ) -> None:
        self._write = store
        self._meter = meter
        self._queue_limit = queue_limit
        self._waiting: list[_Waiting] = []
        self._flusher: asyncio.Task[None] | None = None

    async def accept(self, key: str, event: Inbound) -> bool:
        """Store an event; returns once it is safe.

        Args:
            key: the same for every repeat of the event (rules in inbox.md, 11).

        Returns:
            Whether it is new; a repeat changes nothing.

        Raises:
            StorageError: it could not be stored: the platform must not be told that it was.
        """
        sender = event.sender
        arrival = Arrival(
            key,
            (sender.platform, sender.tenant, sender.external_id),
            sender.locale,
            event.conversation,
            kind_of(event),
            event_json(event),
            zone=zone_named(sender.zone),
        )
        began = time.perf_counter()
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(arrival, future))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        new = await future
        self._meter.took("accept", time.perf_counter() - began)
        self._meter.count("accepted" if new else "repeated")
        return new

    async def _flush(self) -> None:
        try:
            while self._waiting:
                batch = self._waiting[:_AT_ONCE]
                del self._waiting[:_AT_ONCE]
                await self._store(batch)
        finally:
            self._flusher = None

    async def _store(self, batch: list[_Waiting]) -> None:
        def work(connection: Connection) -> _New:
            arrivals = [one.arrival for one in batch]
            new = accept(connection, arrivals, now(connection), self._queue_limit)
            if new:
                notify(connection)
            return new

        try:
            new, begin = await self._write(work, len(batch))
        except Exception as error:
            for one in batch:
                if not one.future.done():
                    one.future.set_exception(error)
            return
        self._meter.count("refused", sum(not taken for taken in new.values()))
        for one in batch:
            # A key twice in one batch is new once.
            fresh = new.pop(one.arrival.key, None) is not None
            if not one.future.done():
                one.future.set_result(fresh)
        begin()
