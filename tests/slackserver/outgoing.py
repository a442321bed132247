"""What Slack sends to an app, and how it comes there: once, or again until it is taken."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from tests.slackserver.world import Json

Kind = Literal["events_api", "interactive", "slash_commands"]
# Retries of an event come at once, after a minute and after five; here in seconds that tests take.
RETRIES_S = (0.0, 0.05, 0.25)
ACK_S = 3.0


class NotTakenError(Exception):
    """The app did not take it; the text is Slack's word for why."""


@dataclass(slots=True)
class Outgoing:
    """One thing that is sent.

    Attributes:
        answer: what the app's acknowledgement carried; None without one.
        attempts: why each attempt failed, in order; the last one may have worked.
        took: seconds from the last attempt to the acknowledgement.
        done: set once it was taken or given up.
    """

    kind: Kind
    payload: Json
    team: str
    user: str = ""
    retry: int = 0
    taken: bool = False
    answer: Json | None = None
    took: float = 0.0
    attempts: list[str] = field(default_factory=list[str])
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def event(self) -> Json:
        """The event, of those that carry one."""
        return self.payload.get("event", {})

    @property
    def acknowledgeable(self) -> bool:
        """Whether an answer may come with the acknowledgement."""
        return self.kind != "events_api"


class Carrier(ABC):
    """A way to the app.

    Args:
        on_taken: called once something was taken, with its answer in it.
    """

    def __init__(self, on_taken: Callable[[Outgoing], None], on_change: Callable[[], None]) -> None:
        self._on_taken = on_taken
        self._on_change = on_change
        self._tasks: set[asyncio.Task[None]] = set()
        self.retries_s = RETRIES_S
        self.ack_s = ACK_S
        self.lost: list[Outgoing] = []

    @property
    def pending(self) -> int:
        """What is on its way or waits to be sent again."""
        return len(self._tasks)

    def send(self, outgoing: Outgoing) -> None:
        task = asyncio.get_running_loop().create_task(self._send(outgoing))
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._on_change()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _send(self, outgoing: Outgoing) -> None:
        # Only events come again; a person sees at once that a click was for nothing.
        waits = (0.0, *self.retries_s) if outgoing.kind == "events_api" else (0.0,)
        reason = "http_timeout" if outgoing.retry else ""
        for number, wait in enumerate(waits):
            await asyncio.sleep(wait)
            began = time.monotonic()
            try:
                outgoing.answer = await self.carry(outgoing, outgoing.retry + number, reason)
            except NotTakenError as error:
                reason = str(error)
                outgoing.attempts.append(reason)
                continue
            outgoing.taken, outgoing.took = True, time.monotonic() - began
            self._on_taken(outgoing)
            break
        else:
            self.lost.append(outgoing)
        outgoing.done.set()

    @abstractmethod
    async def carry(self, outgoing: Outgoing, retry: int, reason: str) -> Json | None:
        """Bring it once and return what the app answered. Raises NotTakenError."""
