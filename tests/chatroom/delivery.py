"""Events on their way to the bot: over any of its sockets, again and again until acknowledged."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Protocol

from tests.chatroom.faults import Faults


class Socket(Protocol):
    """A connection of a bot."""

    async def send(self, envelope: dict[str, Any]) -> None:
        """Send; raises ConnectionError when it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class _Open:
    """An envelope that is out: ``taken`` becomes whether it was acknowledged."""

    socket: Socket
    taken: asyncio.Future[bool]


class Delivery:
    """Brings the events of a channel one after another, those of many channels side by side.

    An event goes to one of the sockets. It counts as taken when it is acknowledged; before that it
    comes again, over another socket where there is one, after ``ack_s`` or when its socket breaks.

    Attributes:
        waiting: events that are not taken yet.
        repeats: deliveries beyond the first of each event.
    """

    def __init__(self, faults: Faults) -> None:
        self.waiting = 0
        self.repeats = 0
        self._faults = faults
        self._sockets: list[Socket] = []
        self._there = asyncio.Event()
        self._queues: dict[str, deque[dict[str, Any]]] = {}
        self._out: dict[int, _Open] = {}
        self._brought = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def connect(self, socket: Socket) -> None:
        """A bot is there."""
        self._sockets.append(socket)
        self._there.set()

    def disconnect(self, socket: Socket) -> None:
        """A socket broke: what it had not acknowledged comes again at once."""
        self._sockets.remove(socket)
        if not self._sockets:
            self._there.clear()
        for one in self._out.values():
            if one.socket is socket and not one.taken.done():
                one.taken.set_result(False)

    def acknowledge(self, envelope: int) -> None:
        """The bot has it."""
        one = self._out.get(envelope)
        if one is not None and not one.taken.done():
            one.taken.set_result(True)

    def put(self, event: dict[str, Any]) -> None:
        """Bring an event."""
        self.waiting += 1
        queue = self._queues.setdefault(event["channel"], deque())
        queue.append(event)
        if len(queue) == 1:
            self._start(self._bring_all(queue))

    def again(self, event: dict[str, Any]) -> None:
        """Bring an event that was brought before once more."""
        self.waiting += 1
        self.repeats += 1
        self._start(self._bring_again(event))

    async def close(self) -> None:
        """Bring nothing more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _bring_all(self, queue: deque[dict[str, Any]]) -> None:
        faults = self._faults
        while queue:
            event = queue[0]
            await asyncio.sleep(faults.chance.uniform(0, faults.delay_s))
            await self._bring(event, lost=faults.chance.random() < faults.drop)
            for _ in range(faults.repeat):
                self.again(event)
            queue.popleft()
            self.waiting -= 1

    async def _bring_again(self, event: dict[str, Any]) -> None:
        await asyncio.sleep(self._faults.chance.uniform(0, self._faults.again_s))
        await self._bring(event, lost=False)
        self.waiting -= 1

    async def _bring(self, event: dict[str, Any], *, lost: bool) -> None:
        """Until it is taken.

        Args:
            lost: whether the first try gets lost on the way.
        """
        tries = 0
        while True:
            await self._there.wait()
            tries += 1
            self.repeats += tries > 1
            self._brought += 1
            number, socket = self._brought, self._sockets[self._brought % len(self._sockets)]
            one = _Open(socket, asyncio.get_running_loop().create_future())
            self._out[number] = one
            try:
                if not (lost and tries == 1):
                    with contextlib.suppress(ConnectionError):
                        await socket.send({"envelope": number, "try": tries, "event": event})
                with contextlib.suppress(TimeoutError):
                    if await asyncio.wait_for(one.taken, self._faults.ack_s):
                        return
            finally:
                del self._out[number]
