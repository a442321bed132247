"""What a test lets go wrong with REST calls."""

from __future__ import annotations

import random
from dataclasses import dataclass
from re import fullmatch


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong, ``times`` times.

    Attributes:
        route: a pattern of method and route, as ``"POST /channels/.*/messages"``.
        status: what is answered; 429 needs ``wait``. 0: all is well, but slow.
        code: Discord's own number of the error.
        wait: seconds, before a slow answer or to be waited after a 429.
        done: it is done, and only the answer says that it was not.
        everywhere: a 429 of the global limit.
        cut: it is done, and the connection ends without an answer.
    """

    route: str
    times: int = 1
    status: int = 500
    wait: float = 0.0
    done: bool = False
    everywhere: bool = False
    cut: bool = False
    code: int = 0


class Faults:
    """The faults that wait for their calls."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._rate = 0.0
        self._chance = random.Random(0)

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def fail(self, route: str, times: int = 1, status: int = 500, done: bool = False) -> None:
        """Answer with an error; with ``done`` after having done what was asked."""
        self.add(Fault(route, times, status, done=done))

    def storm(
        self, route: str, times: int = 1, wait: float = 0.05, everywhere: bool = False
    ) -> None:
        """Answer 429."""
        self.add(Fault(route, times, 429, wait, everywhere=everywhere))

    def slow(self, route: str, seconds: float, times: int = 1) -> None:
        self.add(Fault(route, times, 0, seconds))

    def misbehave(self, rate: float, seed: int = 0) -> None:
        """Let a share of all calls go wrong, in all ways; 0 for none."""
        self._rate, self._chance = rate, random.Random(seed)

    def _any(self, route: str) -> Fault | None:
        if self._chance.random() >= self._rate:
            return None
        return self._chance.choice(
            [
                Fault(route, status=500),
                Fault(route, status=502, done=True),
                Fault(route, status=429, wait=0.05),
                Fault(route, status=0, cut=True),
                Fault(route, status=0, wait=0.5),
            ]
        )

    def clear(self) -> None:
        self._waiting.clear()

    def take(self, route: str) -> Fault | None:
        """The first fault for a call, used up by it."""
        for fault in self._waiting:
            if fullmatch(fault.route, route):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return self._any(route)
