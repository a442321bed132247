"""What the inbox tells about its work; ``bot.serving`` turns it into metrics and spans."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

Stage = Literal["accept", "wait", "turn", "send"]
Happening = Literal[
    "accepted", "repeated", "refused", "turn", "retry", "dead", "fenced", "inherited", "unsure"
]


class Meter(Protocol):
    """Takes note of stages, with their seconds, and of happenings."""

    def took(self, stage: Stage, seconds: float) -> None:
        """A stage of an event took so long."""
        ...

    def count(self, what: Happening, by: int = 1) -> None:
        """Something happened."""
        ...

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:
        """A piece of work for a tracer; ``ids`` hold no text of anybody."""
        ...


class NoMeter:
    """Takes note of nothing."""

    def took(self, stage: Stage, seconds: float) -> None:
        """Nothing."""

    def count(self, what: Happening, by: int = 1) -> None:
        """Nothing."""

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:
        """Nothing."""
        return nullcontext()
