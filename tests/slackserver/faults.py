"""What goes wrong on demand, and how many calls a minute Slack grants."""

from __future__ import annotations

import math
import random
from collections import defaultdict, deque
from dataclasses import dataclass, field
from typing import Literal

from tests.slackserver.clock import Clock
from tests.slackserver.methods import Method

# busy: 429. fail: 500, nothing done. cut: 500, but it was done. hang: done, and no answer comes.
# slow: done, answered later. refuse: an error of the API, nothing done.
Kind = Literal["busy", "fail", "cut", "hang", "slow", "refuse"]


@dataclass(slots=True)
class Fault:
    """A fault for the next ``times`` calls of a method ("*": of any that writes)."""

    kind: Kind
    method: str
    times: int
    seconds: float = 0.0
    error: str = ""


@dataclass(slots=True)
class Faults:
    """All are off at first.

    Attributes:
        busy, fail, cut, hang: chances between 0 and 1 that befall a call that writes.
        retry_after: seconds that a 429 asks for; Slack names whole ones.
    """

    busy: float = 0.0
    fail: float = 0.0
    cut: float = 0.0
    hang: float = 0.0
    retry_after: int = 1
    next: list[Fault] = field(default_factory=list[Fault])
    chance: random.Random = field(default_factory=lambda: random.Random(7), repr=False)

    def storm(self, method: str = "*", times: int = 1, retry_after: int = 1) -> None:
        self.next.append(Fault("busy", method, times, seconds=retry_after))

    def fails(self, method: str = "*", times: int = 1, *, done: bool = False) -> None:
        """Answers 500; ``done`` where the call has its effect all the same."""
        self.next.append(Fault("cut" if done else "fail", method, times))

    def hangs(self, method: str = "*", times: int = 1) -> None:
        """The call has its effect, and the connection ends without an answer."""
        self.next.append(Fault("hang", method, times))

    def slows(self, method: str, seconds: float, times: int = 1) -> None:
        self.next.append(Fault("slow", method, times, seconds=seconds))

    def refuses(self, method: str, error: str, times: int = 1) -> None:
        self.next.append(Fault("refuse", method, times, error=error))

    def of(self, method: str) -> Fault | None:
        """What befalls this call."""
        writes = method.startswith(_WRITING)
        for one in self.next:
            if one.method == method or (one.method == "*" and writes):
                one.times -= 1
                if one.times <= 0:
                    self.next.remove(one)
                return one
        if not writes:
            return None
        drawn = self.chance.random()
        kinds: tuple[tuple[Kind, float], ...] = (
            ("busy", self.busy),
            ("fail", self.fail),
            ("cut", self.cut),
            ("hang", self.hang),
        )
        for kind, rate in kinds:
            if drawn < rate:
                return Fault(kind, method, 1, seconds=self.retry_after)
            drawn -= rate
        return None


_WRITING = ("chat.", "views.", "files.", "reactions.", "assistant.", "agents.")


class Limits:
    """How often a method may be called, by the server's clock.

    Attributes:
        on: whether Slack's limits hold; tests that want them must let the clock run.
        distributed: conversations.history and .replies once a minute, as for apps that are
            distributed outside of Slack's directory.
        own: calls a minute for single methods, in place of Slack's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._calls: dict[tuple[str, ...], deque[float]] = defaultdict(deque)
        self.on = False
        self.distributed = False
        self.own: dict[str, int] = {}

    def wait(self, method: Method, team: str, channel: str) -> int:
        """Seconds to wait before this call is granted; 0 where it is granted now."""
        name = method.name
        if name in self.own:
            return self._within((team, name), self.own[name], 60.0)
        if self.distributed and name in {"conversations.history", "conversations.replies"}:
            return self._within((team, name), 1, 60.0)
        if not self.on:
            return 0
        if name == "chat.postMessage":
            # One a second for a channel, with short bursts.
            return self._within((team, name, channel), 5, 5.0)
        return self._within((team, name), method.tier, 60.0)

    def _within(self, key: tuple[str, ...], most: int, seconds: float) -> int:
        now, calls = self._clock.now(), self._calls[key]
        while calls and calls[0] <= now - seconds:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + seconds - now))
        calls.append(now)
        return 0
