"""Scripted users: people with a life of their own who answer what a coach asks them.

A life is a data file under ``people/``. A user reads the coach's reply as a person does (its text,
its choices, the phase shown beside it), finds out what is asked and says the next thing it has to
say about that. Everything is drawn from a seed, so a run can be repeated; nothing is said twice in
the same words.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluation.understanding import Topic, Understanding

PEOPLE = Path(__file__).parent / "people"
KINDS = ("cooperative", "one_word", "rambling", "hostile", "asking", "non_native")
_STORY = (Topic.STORY, Topic.DETAIL, Topic.MINE, Topic.END)
_LISTED = re.compile(r"^\d+\. ", re.M)
_SMALLER = re.compile(r"\bunder seven\b", re.I)
# How people come back to something they have said before.
_AGAIN = (
    "Like I said before: {}",
    "It comes down to the same thing. {}",
    "I can only say it again another way: {}",
    "As I mentioned, {}",
    "Same answer, really: {}",
    "I keep coming back to this: {}",
    "To put it differently, {}",
    "What I told you earlier still holds. {}",
)
_AGAIN_SHORT = (
    "same",
    "as before",
    "told you",
    "like before",
    "see above",
    "same thing",
    "ditto",
    "again that",
)


@dataclass(frozen=True, slots=True)
class Life:
    """What a person has to tell. ``says`` holds their lines by topic, stories aside."""

    key: str
    kind: str
    trade: str
    english: str
    says: Mapping[Topic, Sequence[str]]
    stories: Sequence[Mapping[Topic, str]]
    ratings: str
    asides: Sequence[str] = ()
    insults: Sequence[str] = ()
    questions: Sequence[str] = ()


def read_life(path: Path) -> Life:
    """A life from its file.

    Raises:
        ValueError: the kind is unknown or a topic has no line.
    """
    told = tomllib.loads(path.read_text(encoding="utf-8"))
    if told["kind"] not in KINDS:
        raise ValueError(f"{path.name}: unknown kind {told['kind']!r}")
    plain = [topic for topic in Topic if topic not in (*_STORY, Topic.RATING)]
    lacking = [topic.value for topic in plain if not told.get(topic.value)]
    if lacking:
        raise ValueError(f"{path.name}: nothing to say about {', '.join(lacking)}")
    return Life(
        key=path.stem,
        kind=told["kind"],
        trade=told["trade"],
        english=told["english"],
        says={topic: tuple(told[topic.value]) for topic in plain},
        stories=[
            {
                Topic.STORY: one["told"],
                Topic.DETAIL: one["detail"],
                Topic.MINE: one["mine"],
                Topic.END: one["end"],
            }
            for one in told["stories"]
        ],
        ratings=told["ratings"],
        asides=tuple(told.get("aside", ())),
        insults=tuple(told.get("insults", ())),
        questions=tuple(told.get("questions", ())),
    )


def lives(kind: str | None = None) -> list[Life]:
    """All lives, or those of one kind, in the order of their names."""
    found = [read_life(path) for path in sorted(PEOPLE.glob("*.toml"))]
    return [life for life in found if kind is None or life.kind == kind]


def one_of_each() -> list[Life]:
    """The first life of each kind: enough to see a voice with everybody it meets."""
    return [lives(kind)[0] for kind in KINDS]


class User:
    """One person in conversation; remembers what was said to any coach.

    Args:
        life: who it is.
        understanding: how questions are read.
        seed: varies asides, choices and the order of questions.
    """

    def __init__(self, life: Life, understanding: Understanding, seed: str) -> None:
        self.life = life
        self._understanding = understanding
        self._dice = random.Random(f"{life.key} {seed}")
        self._used: dict[Topic, int] = {}
        self._said: set[str] = set()
        self._story = -1
        self._open: Topic = Topic.GOAL
        self._asides: list[str] = []
        self._turn = 0
        self._again = self._dice.randrange(len(_AGAIN))

    def reply(self, line: Mapping[str, Any]) -> str:
        """What the person types after a reply (an object of ``rocket chat --json``)."""
        self._turn += 1
        topic = self.topic(line)
        self._open = topic
        said = self._manner(topic, line)
        while said in self._said and not _is_pick(said, line):
            said = self._once_more(said)
        self._said.add(said)
        return said

    def topic(self, line: Mapping[str, Any]) -> Topic:
        """What the coach's reply asks about."""
        text, question = str(line["text"]), line["question"]
        if question is None:
            # Nothing new was asked: the last question stands, or the story goes on.
            return Topic.DETAIL if self._open in _STORY else self._open
        if line["done"]:
            return Topic.THOUGHT
        topic = self._understanding.topic(
            str(question), str(line["phase"]), after_story=self._open in _STORY
        )
        if _SMALLER.search(text) and topic is not Topic.COMMITMENT:
            return Topic.SMALLER
        return topic

    @staticmethod
    def _ways_out(line: Mapping[str, Any]) -> bool:
        """Whether the choices lead elsewhere instead of answering."""
        return any(str(choice["id"]).startswith("/") for choice in line["choices"])

    def _manner(self, topic: Topic, line: Mapping[str, Any]) -> str:
        kind, choices = self.life.kind, line["choices"]
        few = 0 < len(choices) <= 5 and (kind == "hostile" or not self._ways_out(line))
        if kind == "hostile" and self._turn % 3 == 1 and self._turn // 3 < len(self.life.insults):
            return self.life.insults[self._turn // 3]
        if few and kind != "rambling" and self._dice.random() < 0.5:
            # The first of a few choices is never the one that leaves the talk.
            return "1" if kind == "hostile" else str(self._dice.randint(1, len(choices)))
        if kind == "asking" and self._turn % 2 == 0 and self._turn // 2 <= len(self.life.questions):
            return self._asking(topic, line)
        said = self._line(topic, line)
        return self._rambled(said) if kind == "rambling" else said

    def _line(self, topic: Topic, line: Mapping[str, Any]) -> str:
        if topic is Topic.RATING:
            return self._rated(line)
        if topic in _STORY:
            return self._told(topic)
        return self._next(topic)

    def _next(self, topic: Topic) -> str:
        lines = self.life.says[topic]
        place = self._used.get(topic, 0)
        self._used[topic] = place + 1
        if place < len(lines):
            return lines[place]
        return self._once_more(lines[place % len(lines)])

    def _told(self, topic: Topic) -> str:
        if topic is Topic.STORY or self._story < 0:
            self._story += 1
        if self._story >= len(self.life.stories):
            return self._once_more(self.life.stories[self._story % len(self.life.stories)][topic])
        part = self.life.stories[self._story][topic]
        # Asked for more of a part that was told already, people go on to the next part.
        order = [part, *(self.life.stories[self._story][one] for one in _STORY[1:])]
        return next((one for one in order if not self._was_said(one)), part)

    def _was_said(self, part: str) -> bool:
        return any(part.lower() in said.lower() for said in self._said)

    def _rated(self, line: Mapping[str, Any]) -> str:
        wanted = len(_LISTED.findall(str(line["text"]))) or 1
        if self.life.kind == "one_word":
            digits = re.findall(r"\d", self.life.ratings)
            rated = " ".join(
                self._dice.choice(digits)
                for _ in range(wanted if self._used.get(Topic.RATING) else 1)
            )
            self._used[Topic.RATING] = 1
            return rated
        if self._used.get(Topic.RATING):
            return ", ".join(str(self._dice.randint(2, 4)) for _ in range(wanted))
        self._used[Topic.RATING] = 1
        return self.life.ratings

    def _asking(self, topic: Topic, line: Mapping[str, Any]) -> str:
        question = self.life.questions[self._turn // 2 - 1]
        if topic in {Topic.RATING, Topic.COMMITMENT} or self._turn % 4 == 0:
            return f"{self._line(topic, line)} {question}"
        return question

    def _once_more(self, said: str) -> str:
        self._again += 1
        if self.life.kind == "one_word":
            again = _AGAIN_SHORT[self._again % len(_AGAIN_SHORT)]
            return again if again not in self._said else f"{said.split()[0]} {again.split()[0]}"
        return _AGAIN[self._again % len(_AGAIN)].format(said)

    def _rambled(self, said: str) -> str:
        before = [self._aside() for _ in range(self._dice.randint(3, 4))]
        after = [self._aside() for _ in range(self._dice.randint(2, 4))]
        middle = said[:1].upper() + said[1:] + ("" if said.endswith((".", "?", "!")) else ".")
        return " ".join([*before, middle, *after])

    def _aside(self) -> str:
        if not self._asides:
            self._asides = list(self.life.asides)
            self._dice.shuffle(self._asides)
        return self._asides.pop()


def _is_pick(said: str, line: Mapping[str, Any]) -> bool:
    return bool(line["choices"]) and (
        said.isdigit() or any(said == one["id"] for one in line["choices"])
    )
