"""Who comes in goes first: turns give way for a moment to events that are being taken."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

# No turn waits longer than this for others to come in.
_PATIENCE_S = 0.5
# More events than that at once are a crowd.
_CROWD = 4
# Rounds of the loop in which what waits in a socket becomes an event at the door.
_LOOKS = 4


class Door:
    """Counts events from their arrival to their acknowledgement.

    A platform waits for the acknowledgement, a person for the reply; in a burst both share one
    processor, and a turn takes many times what an acknowledgement takes. So turns begin one after
    the other, each after a look at the door, and only while nobody stands there.
    """

    def __init__(self, patience_s: float = _PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._inside = 0
        self._free = asyncio.Event()
        self._free.set()
        self._turnstile = asyncio.Lock()

    @contextmanager
    def passing(self) -> Generator[None]:
        """An event is being taken; may be used within itself."""
        self._inside += 1
        self._free.clear()
        try:
            yield
        finally:
            self._inside -= 1
            if not self._inside:
                self._free.set()

    @property
    def crowded(self) -> bool:
        """Whether so many stand there that none of them should wait for a third party."""
        return self._inside > _CROWD

    async def free(self) -> None:
        """Wait until nobody is at the door, but not for long."""
        until = asyncio.get_running_loop().time() + self._patience_s
        # A single turn holds up nobody for long; a row of them would.
        looks = _LOOKS if self._turnstile.locked() else 1
        while True:
            async with self._turnstile:
                for _ in range(looks):
                    await asyncio.sleep(0)
            left = until - asyncio.get_running_loop().time()
            if not self._inside or left <= 0:
                return
            try:
                await asyncio.wait_for(self._free.wait(), left)
            except TimeoutError:
                return
