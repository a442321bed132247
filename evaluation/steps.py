"""The replies of a talk with what led to them: what every check reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evaluation import wording
from evaluation.sessions import Exchange, Line, Talk

EXPLORING = ("introduction", "deep_dive")
# Reflections are looked for in so many of the user's last messages.
RECENT = 3
_ASKS = re.compile(wording.alternatives("user_asks"), re.I)
# A plan has a line with a heading for each of its items.
_PLAN_LINE = re.compile(r"^\s*- \*\*", re.M)
_PLAN_LINES = 8


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that breaks a rule."""

    rule: str
    where: str
    found: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A reply with what led to it."""

    talk: Talk
    number: int
    user: str
    line: Line
    earlier: Sequence[str]

    @property
    def text(self) -> str:
        """The whole reply."""
        return str(self.line["text"])

    @property
    def where(self) -> str:
        """Person, coach and turn."""
        return f"{self.talk.person} · {self.talk.coach} · turn {self.number}"

    @property
    def shows_plan(self) -> bool:
        """Whether the reply holds the plan, which is long by its nature."""
        return len(_PLAN_LINE.findall(self.text)) >= _PLAN_LINES

    @property
    def about_safety(self) -> bool:
        """Whether the reply answers danger; such replies have rules of their own."""
        return bool(self.line["safety"] or self.line["paused"])

    def problem(self, rule: str, found: str, text: str | None = None) -> Problem:
        """A broken rule in this reply."""
        reply = self.text if text is None else text
        return Problem(rule, self.where, found, f"“{self.earlier[-1][:120]}” → {reply}")


def steps(talk: Talk) -> Iterator[Step]:
    """The replies to messages, in order; the opening is left out."""
    said: list[str] = []
    for number, exchange in enumerate(talk.exchanges[1:], start=1):
        assert exchange.user is not None
        said.append(heard(exchange, talk.exchanges[number - 1]))
        yield Step(talk, number, exchange.user, exchange.line, tuple(said))


def heard(exchange: Exchange, before: Exchange) -> str:
    """What the user said: the words of the choice where one was picked."""
    typed = (exchange.user or "").strip()
    for number, choice in enumerate(before.line["choices"], start=1):
        if typed in (choice["id"], choice["label"], str(number)):
            return str(choice["label"])
    return typed


def asked_by_user(step: Step) -> bool:
    """Whether the user put a question (with or without its mark), or picked to be told straight."""
    said = step.earlier[-1]
    return "?" in said or bool(_ASKS.search(said))


def exploring(talk: Talk, phases: Sequence[str] = EXPLORING) -> list[Step]:
    """The replies while exploring, without the opening, safety and answers to a question."""
    return [
        step
        for step in steps(talk)
        if step.line["phase"] in phases
        and not step.about_safety
        and not step.line["error"]
        and not asked_by_user(step)
    ]


def turn_of_phase(talk: Talk, phase: str) -> int | None:
    """The turn at which the phase was entered."""
    return next((step.number for step in steps(talk) if step.line["phase"] == phase), None)


def turn_done(talk: Talk) -> int | None:
    """The turn at which the plan was shown and the commitment given."""
    return next((step.number for step in steps(talk) if step.line["done"]), None)
