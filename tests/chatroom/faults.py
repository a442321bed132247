"""What goes wrong on demand, drawn from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, fields
from typing import Any, Literal

# busy: 429. fail: 500, nothing done. cut: 500, but it was done. hang: done, and no answer comes.
Fault = Literal["busy", "fail", "cut", "hang"]


@dataclass(slots=True)
class Faults:
    """All are off at first; the rates are chances between 0 and 1.

    Attributes:
        busy, fail, cut: of a bot's calls that write.
        next: faults for the next calls that write, one each, before any chance.
        retry_after: seconds that ``busy`` asks for.
        blind: the history can't be read.
        drop: of events whose first delivery gets lost.
        delay_s: events come up to so much later.
        repeat: how often each event comes again after it was acknowledged.
        again_s: within so many seconds.
        ack_s: seconds after which an event that was not acknowledged comes again.
    """

    busy: float = 0.0
    fail: float = 0.0
    cut: float = 0.0
    next: list[Fault] = field(default_factory=list[Fault])
    retry_after: float = 0.2
    blind: bool = False
    drop: float = 0.0
    delay_s: float = 0.0
    repeat: int = 0
    again_s: float = 0.5
    ack_s: float = 3.0
    chance: random.Random = field(default_factory=lambda: random.Random(7), repr=False)

    def set(self, **values: Any) -> None:
        """Change some. Raises KeyError for what is none."""
        known = {one.name for one in fields(self)} - {"chance"}
        for name, value in values.items():
            if name not in known:
                raise KeyError(name)
            setattr(self, name, value)

    def of_call(self) -> Fault | None:
        """What befalls a call that writes."""
        if self.next:
            return self.next.pop(0)
        drawn = self.chance.random()
        rates: tuple[tuple[Fault, float], ...] = (
            ("busy", self.busy),
            ("fail", self.fail),
            ("cut", self.cut),
        )
        for fault, rate in rates:
            if drawn < rate:
                return fault
            drawn -= rate
        return None
