"""The time of the local Slack, which tests move, and the ids it gives out."""

from __future__ import annotations

import itertools

from tests.local import MovedClock


class Clock(MovedClock):
    """Seconds since 1970, and what is made of them."""

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
