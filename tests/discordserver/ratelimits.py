"""Rate limits: a bucket for each kind of call and place, a global one, and storms on demand."""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass

from tests.discordserver.clock import Clock
from tests.discordserver.errors import RefusedError

# Calls in so many seconds, by method and route; others have the last. Discord tells none of them
# beforehand: these are in the order of what is seen there.
_LIMITS = {
    "POST /channels/{channel}/messages": (5, 5.0),
    "PATCH /channels/{channel}/messages/{message}": (5, 5.0),
    "DELETE /channels/{channel}/messages/{message}": (5, 1.0),
    "GET /channels/{channel}/messages": (5, 5.0),
    "POST /channels/{channel}/typing": (5, 5.0),
    "POST /webhooks/{webhook}/{token}": (5, 2.0),
    "PATCH /webhooks/{webhook}/{token}/messages/{message}": (5, 2.0),
    "PATCH /channels/{channel}": (5, 15.0),
}
_OTHER = (50, 1.0)
GLOBAL_A_SECOND = 50
# A channel or thread takes two new names in ten minutes; no header tells of it beforehand.
RENAMES, RENAMES_S = 2, 600.0


@dataclass(slots=True)
class Window:
    """The calls of a bucket since ``start``."""

    start: float
    used: int = 0


class RateLimits:
    """In real time, as the client waits in real time.

    Attributes:
        on: without it nothing is limited, and the headers leave room.
        hit: 429s given, by route.

    Args:
        clock: by which names are counted, so that tests need not wait for ten minutes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._names: dict[int, list[float]] = {}
        self.on = True
        self.limits = dict(_LIMITS)
        self.global_a_second = GLOBAL_A_SECOND
        self.hit: dict[str, int] = {}
        self._windows: dict[tuple[str, str], Window] = {}
        self._all = Window(0.0)

    def take(self, route: str, major: str) -> dict[str, str]:
        """Count a call; returns the headers of its answer, or refuses it with 429.

        Args:
            route: method and path with the names of its parts.
            major: the channel, guild or webhook that has a bucket of its own.
        """
        limit, per = self.limits.get(route, _OTHER)
        now = time.monotonic()
        window = self._windows.get((route, major))
        if window is None or now - window.start >= per:
            window = self._windows[route, major] = Window(now)
        left = window.start + per - now
        if not self.on:
            return _headers(route, limit, limit, per)
        self._take_global(now, route)
        if window.used >= limit:
            raise self.refuse(route, left, _headers(route, limit, 0, left))
        window.used += 1
        return _headers(route, limit, limit - window.used, left)

    def rename(self, route: str, channel: int, headers: dict[str, str]) -> None:
        """Count a new name, or refuse it with a 429 whose headers tell of another limit."""
        now = self._clock.now()
        given = [at for at in self._names.get(channel, []) if now - at < RENAMES_S]
        if self.on and len(given) >= RENAMES:
            raise self.refuse(route, given[0] + RENAMES_S - now, headers)
        self._names[channel] = [*given, now]

    def refuse(
        self,
        route: str,
        wait: float,
        headers: dict[str, str] | None = None,
        everywhere: bool = False,
    ) -> RefusedError:
        """A 429: Via says that it comes from Discord itself, not from the wall before it."""
        self.hit[route] = self.hit.get(route, 0) + 1
        scope = "global" if everywhere else "user"
        given = {"Via": "1.1 google", "Retry-After": str(math.ceil(wait))}
        given |= {"X-RateLimit-Scope": scope, **(headers or {})}
        if everywhere:
            given["X-RateLimit-Global"] = "true"
        more = {"retry_after": round(wait, 3), "global": everywhere}
        return RefusedError(429, 0, "You are being rate limited.", headers=given, more=more)

    def _take_global(self, now: float, route: str) -> None:
        # What answers an interaction does not count.
        if route.startswith("POST /interactions"):
            return
        if now - self._all.start >= 1.0:
            self._all = Window(now)
        if self._all.used >= self.global_a_second:
            raise self.refuse(route, self._all.start + 1.0 - now, everywhere=True)
        self._all.used += 1


def _headers(route: str, limit: int, remaining: int, left: float) -> dict[str, str]:
    wait = math.ceil(left * 1000) / 1000
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{time.time() + wait:.3f}",
        "X-RateLimit-Reset-After": f"{wait:.3f}",
        "X-RateLimit-Bucket": hashlib.blake2s(route.encode(), digest_size=16).hexdigest(),
    }
