"""What a career profile is made of: quotes, facts, what was lived, and the lines put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

FactKind = Literal["goal", "why", "aim", "strength", "value", "helper"]


@dataclass(frozen=True, slots=True)
class Quote:
    """Exact words of one message."""

    message: int
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the person said about themselves, and what it is about."""

    kind: FactKind
    quote: Quote


@dataclass(frozen=True, slots=True)
class Lived:
    """An experience as told (CAR); ``rest`` maps names of REST to what was told of them."""

    context: Quote | None = None
    action: Quote | None = None
    result: Quote | None = None
    rest: Mapping[str, Quote] = field(default_factory=dict[str, Quote])

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """What was told, in the order of CAR, then REST; each once."""
        told = (self.context, self.action, self.result, *self.rest.values())
        return tuple(dict.fromkeys(quote for quote in told if quote))


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the profile and the words it is made of."""

    text: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """The profile so far.

    ``fill`` says what would fill each gap of the story, ``missing`` which bullets are still out
    (None when all five are there); ``scores`` are 0-1, ``raises`` has a sentence for each.
    """

    story: Line
    fill: tuple[str, ...]
    experiences: tuple[Lived, ...]
    bullets: tuple[Line, ...]
    missing: str | None
    scores: dict[str, float]
    raises: dict[str, str]
