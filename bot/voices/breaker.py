"""A circuit breaker a provider: who failed several times in a row is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable


class Breaker:
    """Opens after ``failures`` in a row; after ``rest`` seconds one call at a time may try again.

    Args:
        clock: in seconds.
    """

    def __init__(
        self,
        failures: int = 3,
        rest: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limit = failures
        self._rest = rest
        self._clock = clock
        self._failed = 0
        self._until = 0.0

    @property
    def open(self) -> bool:
        """Whether calls are not worth trying now."""
        return self._failed >= self._limit and self._clock() < self._until

    def admits(self) -> bool:
        """Whether a call may be made now; after the rest, one that tries for all."""
        if self._failed < self._limit:
            return True
        if self._clock() < self._until:
            return False
        # The others wait for what becomes of this one, but not for ever.
        self._until = self._clock() + self._rest
        return True

    def succeeded(self) -> None:
        """A call came to its end."""
        self._failed = 0

    def failed(self) -> None:
        """A call failed in a way that is the provider's, not the prompt's."""
        self._failed += 1
        if self._failed >= self._limit:
            self._until = self._clock() + self._rest
