"""How a scripted user understands a coach's question: from its text alone, as a person would.

The user sees no key of a question bank. Phrases that nearly always mean one thing decide first;
where there is none, the topic whose example questions are nearest in meaning is taken. Both stand
in ``questions.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path

import numpy as np

from bot.engine.meaning import Matrix, Meaning


class Topic(StrEnum):
    """What a question wants to hear about."""

    GOAL = "goal"
    WHY = "why"
    AIM = "aim"
    STORY = "story"
    OBSTACLE = "obstacle"
    STRENGTH = "strength"
    VALUE = "value"
    TRIED = "tried"
    WEIGH = "weigh"
    RESOURCE = "resource"
    MEASURE = "measure"
    STEP = "step"
    PLAN_B = "plan_b"
    HELPER = "helper"
    SMALLER = "smaller"
    DETAIL = "detail"
    MINE = "mine"
    END = "end"
    RATING = "rating"
    COMMITMENT = "commitment"
    THOUGHT = "thought"


_QUOTED = re.compile(r"[“\"][^”\"]+[”\"]")
_NEAR_ENOUGH = 0.3
_NEIGHBOURS = 5
_ABOUT_STORY = (Topic.DETAIL, Topic.MINE, Topic.END)
# What belongs to a phase; people expect that and read a question accordingly.
_EXPECTED: dict[str, Collection[Topic]] = {
    "introduction": (Topic.GOAL, Topic.WHY, Topic.AIM),
    "deep_dive": (Topic.STORY, Topic.OBSTACLE, Topic.STRENGTH, Topic.VALUE, Topic.TRIED),
    "assessment": (Topic.RATING, Topic.WEIGH, Topic.RESOURCE),
    "synthesis": (Topic.MEASURE, Topic.STEP, Topic.PLAN_B, Topic.HELPER, Topic.SMALLER),
}
# These are recognised wherever they come.
_ANYWHERE = (Topic.COMMITMENT, Topic.RATING)


class Understanding:
    """Reads questions. The example questions are encoded once."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        told = tomllib.loads(Path(__file__).with_name("questions.toml").read_text("utf-8"))
        self._rules = [
            (Topic(entry["key"]), re.compile("|".join(entry["phrases"]), re.I | re.S))
            for entry in told["topics"]
            if "phrases" in entry
        ]
        pairs = [
            (Topic(one["key"]), text) for one in told["topics"] for text in one.get("examples", ())
        ]
        self._topics = [topic for topic, _ in pairs]
        self._rows: Matrix = meaning.encode([text for _, text in pairs])

    def topic(self, question: str, phase: str = "", *, after_story: bool = False) -> Topic:
        """The topic of a question; THOUGHT when it is about nothing the user has ready.

        Args:
            phase: the phase the conversation shows.
            after_story: a story was just told, so the question may be about it.
        """
        expected = {*_EXPECTED.get(phase, Topic), *(_ABOUT_STORY if after_story else ())}
        for topic, pattern in self._rules:
            if (topic in expected or topic in _ANYWHERE) and pattern.search(question):
                return topic
        if _QUOTED.search(question) and not after_story:
            return Topic.THOUGHT
        if after_story:
            expected.discard(Topic.STORY)
        return self._nearest(question, expected)

    def _nearest(self, question: str, expected: Collection[Topic]) -> Topic:
        cosines = self._rows @ self._meaning.encode([question])[0]
        if float(cosines.max()) < _NEAR_ENOUGH:
            return Topic.THOUGHT
        score = dict.fromkeys((topic for topic in Topic if topic in expected), 0.0)
        near = [place for place in np.argsort(-cosines) if self._topics[int(place)] in expected]
        for place in near[:_NEIGHBOURS]:
            score[self._topics[int(place)]] += max(0.0, float(cosines[place]))
        return max(score, key=lambda one: score[one])
