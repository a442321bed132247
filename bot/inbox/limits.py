"""Turns a minute of a tenant, counted in this process."""

from __future__ import annotations

from collections import OrderedDict

_MINUTE = 60.0
_KEPT = 10_000


class Minutes:
    """Counts by key in minutes that begin with a key's first count.

    Args:
        limit: counts a minute; 0 for no limit.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._counts: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def wait(self, key: str, at: float) -> float:
        """Seconds until the key may count again; 0 for now."""
        began, count = self._counts.get(key, (at, 0))
        if not self._limit or at - began >= _MINUTE or count < self._limit:
            return 0.0
        return began + _MINUTE - at

    def count(self, key: str, at: float) -> None:
        """Count one."""
        began, count = self._counts.get(key, (at, 0))
        if at - began >= _MINUTE:
            began, count = at, 0
        self._counts[key] = (began, count + 1)
        self._counts.move_to_end(key)
        while len(self._counts) > _KEPT:
            self._counts.popitem(last=False)
