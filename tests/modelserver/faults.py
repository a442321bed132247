"""What goes wrong on demand, by the number of the request or for the next ones."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    # Before anything is said.
    "busy",  # 429 with Retry-After
    "fail",  # 500
    "overloaded",  # 503; Anthropic's 529
    "quota",  # 429 that no waiting helps
    "too_long",  # 400: the prompt does not fit
    "hang_up",  # the connection ends without an answer
    "page",  # 200 with a page of HTML, as a proxy answers
    "silent",  # the request is taken, and nothing comes
    "stall_first",  # the answer begins, and no token comes
    # In the middle, after half of what was to be said.
    "stall",  # nothing more comes
    "drop",  # the connection breaks
    "cut",  # the answer ends in good order, but without a reason for its end
    "length",  # it ends for its length
    "filtered",  # it ends because of a filter
    "error",  # the stream carries an error
    "garbled",  # a piece is no JSON
    "half_utf8",  # a piece ends in the middle of a character
    "trickle",  # every piece comes, but slowly
    "hold",  # waits until it is let go
]
BEFORE: frozenset[Kind] = frozenset(
    {"busy", "fail", "overloaded", "quota", "too_long", "hang_up", "page", "silent"}
)


@dataclass(slots=True)
class Fault:
    """One fault.

    Attributes:
        seconds: what Retry-After asks for; between two pieces of a trickle.
        after: the text after which it sets in; where it is empty or never said, half of the
            pieces come before it.
    """

    kind: Kind
    seconds: float = 0.0
    after: str = ""
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def release(self) -> None:
        """Let what is held go on."""
        self.released.set()


@dataclass(slots=True)
class Faults:
    """All are off at first. Requests count from 1; those with a wrong key or body do not count."""

    _at: dict[int, Fault] = field(default_factory=dict[int, Fault])
    _next: list[tuple[Fault, int]] = field(default_factory=list[tuple[Fault, int]])
    _always: dict[str, Fault] = field(default_factory=dict[str, Fault])

    def at(self, number: int, kind: Kind, seconds: float = 0.0, after: str = "") -> Fault:
        """Befalls the request of this number."""
        self._at[number] = made = Fault(kind, seconds, after)
        return made

    def next(self, kind: Kind, times: int = 1, seconds: float = 0.0, after: str = "") -> Fault:
        """Befalls the next requests."""
        made = Fault(kind, seconds, after)
        self._next.append((made, times))
        return made

    def always(self, kind: Kind, seconds: float = 0.0, after: str = "", model: str = "") -> Fault:
        """Befalls every request, or every one to a model."""
        self._always[model] = made = Fault(kind, seconds, after)
        return made

    def clear(self) -> None:
        """All are off again; what is held goes on."""
        for one in (*self._at.values(), *self._always.values(), *(made for made, _ in self._next)):
            one.release()
        self._at.clear()
        self._next.clear()
        self._always.clear()

    def of(self, number: int, model: str) -> Fault | None:
        """What befalls this request."""
        if number in self._at:
            return self._at.pop(number)
        if self._next:
            fault, times = self._next[0]
            self._next[0] = (fault, times - 1)
            if times <= 1:
                self._next.pop(0)
            return fault
        return self._always.get(model) or self._always.get("")
