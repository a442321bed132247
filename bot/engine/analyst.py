"""Whoever reads evidence instead of rules: proposes lines, each with the words it rests on.

Nothing is taken on trust. A line stands only where every quotation in it is an exact piece of what
the person said; where one fails, the line that rules made takes its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal, Protocol

from bot.engine.brief import Spent
from bot.replies import Source

Kind = Literal["summary", "plan", "coach"]
# What is read in one call: the last things said, each cut.
TOLD_AT_MOST: Final = 60
TEXT_AT_MOST: Final = 400
_QUOTE_FROM = 4
_QUOTATION = re.compile(r"[“\"]([^”“\"\n]+)[”\"]")
_EDGES: Final = " .,;:!?…-–—"


@dataclass(frozen=True, slots=True)
class Told:
    """Something the person said: to whom, in which message."""

    who: str
    message: int
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """Lines that are wanted.

    Attributes:
        about: what the lines say, in a sentence.
        most: how many.
        lines: those that rules made, as a model of what is wanted.
        allowed: where it is not empty, a line is one of these and nothing else.
    """

    name: str
    about: str
    most: int
    lines: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """One call: what is wanted, and all that the lines may rest on.

    Attributes:
        person, tenant, session: whose it is, for budgets and usage.
        key: names the event, the same in every try of it; empty where nothing is tried again.
        unwanted: whether the person wants no more of it meanwhile.
    """

    kind: Kind
    person: str
    tenant: str
    session: str | None
    today: date
    told: tuple[Told, ...]
    sections: tuple[Section, ...]
    sources: tuple[Source, ...] = ()
    names: tuple[str, ...] = ()
    key: str = ""
    unwanted: Callable[[], bool] = field(default=lambda: False)


@dataclass(frozen=True, slots=True)
class Quoted:
    """An exact piece of ``task.told[place].text``."""

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A line, not checked yet."""

    text: str
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True)
class Findings:
    """What was proposed, by the section's name.

    Attributes:
        done: whether an answer came to its end.
        spent: one entry for each model that was asked.
        trouble: a sentence for the user where something kept the analyst from its work.
    """

    lines: Mapping[str, Sequence[Proposed]] = field(default_factory=dict[str, Sequence[Proposed]])
    done: bool = False
    spent: tuple[Spent, ...] = ()
    trouble: str | None = None

    def of(self, name: str, told: Sequence[Told]) -> list[Proposed]:
        """The lines of a section whose quotations are all exact, each showing one."""
        return [shown(one) for one in self.lines.get(name, ()) if exact(one, told)]


class Analyst(Protocol):
    """Reads evidence and proposes lines."""

    async def analyse(self, task: Task) -> Findings:
        """Propose lines. Never raises for a failing model. Raises StorageError."""
        ...


def told_of(said: Sequence[Told]) -> tuple[Told, ...]:
    """What fits into one call: the last things said, cut."""
    return tuple(
        Told(one.who, one.message, one.text[:TEXT_AT_MOST]) for one in said[-TOLD_AT_MOST:]
    )


def exact(line: Proposed, told: Sequence[Told]) -> bool:
    """Whether the line rests on exact words, and quotes nothing else."""
    if not line.text.strip() or not line.quotes:
        return False
    for quote in line.quotes:
        if not 0 <= quote.place < len(told) or len(quote.text.strip()) < _QUOTE_FROM:
            return False
        if quote.text not in told[quote.place].text:
            return False
    said = [told[quote.place].text for quote in line.quotes]
    return all(any(one in text for text in said) for one in _quotations(line.text))


def shown(line: Proposed) -> Proposed:
    """The line with its first quotation, where it shows none."""
    if _quotations(line.text):
        return line
    quote = line.quotes[0].text.strip(_EDGES)
    return Proposed(f"{line.text.rstrip(' .')}: “{quote}”", line.quotes)


def _quotations(text: str) -> list[str]:
    return [found.strip(_EDGES) for found in _QUOTATION.findall(text)]
