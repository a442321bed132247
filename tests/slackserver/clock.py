"""The time of the local Slack, which tests move, and the ids it gives out."""

from __future__ import annotations

import itertools
import time


class Clock:
    """Seconds since 1970.

    Args:
        speed: how fast it goes by itself: 0 stands still until it is moved, 1 is real time.
    """

    def __init__(self, speed: float = 0.0) -> None:
        self._speed = speed
        self._start = time.time()
        self._from = time.monotonic()
        self._moved = 0.0
        self._last = 0

    def now(self) -> float:
        return self._start + self._moved + (time.monotonic() - self._from) * self._speed

    def advance(self, seconds: float) -> None:
        self._moved += seconds

    def ts(self) -> str:
        """A message's id: its time with microseconds, never given twice and always growing."""
        self._last = max(int(self.now() * 1_000_000), self._last + 100)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06d}"


class Ids:
    """Ids like Slack's: a letter and what never repeats."""

    def __init__(self) -> None:
        self._count = itertools.count(1)

    def next(self, letter: str) -> str:
        return f"{letter}{next(self._count):08d}"
