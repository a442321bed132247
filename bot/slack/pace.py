"""Messages a channel: about one a second, with a few at once."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict

_AT_ONCE = 4
_A_SECOND = 1.0
_KEPT = 5000


class Pace:
    """Makes those who write into the same channel wait for each other."""

    def __init__(self, at_once: int = _AT_ONCE, a_second: float = _A_SECOND) -> None:
        self._at_once = at_once
        self._a_second = a_second
        # When the channel's allowance would be full again.
        self._full_at: OrderedDict[str, float] = OrderedDict()

    async def wait(self, channel: str) -> None:
        """Wait until one more message may go to a channel."""
        delay = self.take(channel, time.monotonic())
        if delay > 0:
            await asyncio.sleep(delay)

    def take(self, channel: str, at: float) -> float:
        """Take a place in a channel's line; returns the seconds until it is its turn."""
        full_at = max(at, self._full_at.get(channel, 0.0)) + 1 / self._a_second
        self._full_at[channel] = full_at
        self._full_at.move_to_end(channel)
        while len(self._full_at) > _KEPT:
            self._full_at.popitem(last=False)
        return max(0.0, full_at - at - self._at_once / self._a_second)

    def hold(self, channel: str, seconds: float) -> None:
        """Slack wants a channel to rest."""
        self._full_at[channel] = time.monotonic() + seconds + self._at_once / self._a_second
