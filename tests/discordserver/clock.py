"""The time of the local Discord, which tests move, and the ids that carry it."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.local import MovedClock

# Discord counts milliseconds from the first second of 2015.
_EPOCH_MS = 1_420_070_400_000


class Clock(MovedClock):
    """Seconds since 1970, and what is made of them."""

    def iso(self, at: float | None = None) -> str:
        """A time as Discord writes it; now without ``at``."""
        return datetime.fromtimestamp(self.now() if at is None else at, UTC).isoformat()

    def of(self, snowflake: int) -> float:
        """The time in an id."""
        return ((snowflake >> 22) + _EPOCH_MS) / 1000

    def snowflake(self, apart: bool = False) -> int:
        """An id: its time in the upper bits, never given twice and always growing.

        Args:
            apart: a millisecond later than the one before. A guild's shard is told from its time.
        """
        ms = int(self.now() * 1000) - _EPOCH_MS
        self._last = max(ms << 22, self._last + (1 << 22 if apart else 1))
        return self._last
