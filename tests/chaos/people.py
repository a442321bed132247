"""People who write: mostly a line after each reply, now and then several at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.chaos.entries import Entry
from tests.chaos.scene import Scene

_LONGEST_BURST = 5
_THINK_S = 0.3
# Once enough was written, people go on slowly until the last fault.
_LATE_S = 2.0
# A person who hears nothing for so long stays silent: what got lost must show in the count.
_PATIENCE_S = 150.0
LINES = (
    "Number {n}: I planned the week of the bakery and wrote it on the wall",
    "Number {n}: the owner asked me to look after the two apprentices",
    "Number {n}: I want to lead the shop one day",
    "Number {n}: I counted the bread that was left and changed the order",
    "Number {n}: on Monday I will ask for an hour with the owner",
)


@dataclass(slots=True)
class Crowd:
    """Everybody of a run.

    Attributes:
        messages: how many are enough.
        bursts: whether some write several lines at once.
        log: what the platform saw so far.
        said: how many messages.
    """

    scene: Scene
    chance: random.Random
    coaches: list[str]
    messages: int
    bursts: bool
    log: list[Entry] = field(default_factory=list[Entry])
    said: int = 0
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)
    _heard: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    async def watch(self) -> None:
        """Follow the platform's log and tell people of replies, until cancelled."""
        while True:
            await self.catch_up(wait=5.0)

    async def catch_up(self, wait: float = 0.0) -> None:
        """Read what is new in the platform's log, and tell people of replies."""
        async with self._reading:
            for entry in await self.scene.log(len(self.log), wait):
                self.log.append(entry)
                if entry.what in {"posted", "edited"} and entry.person in self._heard:
                    self._heard[entry.person].set()

    async def write(self, people: int, enough: Callable[[], bool]) -> None:
        """Everybody writes until it is enough."""
        names = [f"p{number:02}" for number in range(people)]
        for name in names:
            self._heard[name] = asyncio.Event()
            await self.scene.join(name)
        await asyncio.gather(*(self._live(name, enough) for name in names))

    async def _live(self, name: str, enough: Callable[[], bool]) -> None:
        chance = random.Random(f"{name}{self.chance.random()}")
        heard = self._heard[name]
        number = 0
        while not enough():
            heard.clear()
            late = self.said >= self.messages
            many = self.bursts and number and not late and chance.random() < 0.5
            for _ in range(chance.randint(2, _LONGEST_BURST) if many else 1):
                text = chance.choice(LINES).format(n=number)
                await self.scene.say(
                    name, text if number else f"/coach {chance.choice(self.coaches)}"
                )
                number += 1
                self.said += 1
                if many:
                    await asyncio.sleep(chance.uniform(0, 0.05))
            try:
                await asyncio.wait_for(heard.wait(), _PATIENCE_S)
            except TimeoutError:
                return
            if self.bursts:
                await asyncio.sleep(chance.uniform(0, _LATE_S if late else _THINK_S))
