"""Questions that a career coach must leave to others: law, tax, visas, medicine, treatment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from bot.engine.safety.spelling import DATA
from bot.engine.text import READ_AT_MOST

_APOSTROPHE = re.compile(r"['’`´]")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s")
# "Is that legal?" refers to the sentence before it.
_REFERS_WORDS = 5
_PART = re.compile(r"<(\w+)>")


@dataclass(frozen=True, slots=True)
class Limit:
    """A question beyond the coach: its kind, and the text that says so and who to ask."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Rule:
    limit: Limit
    always: re.Pattern[str] | None
    patterns: re.Pattern[str] | None
    topics: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class _Guards:
    """What spares a message, and what makes it a question about the person's own case."""

    unless: re.Pattern[str]
    asks: re.Pattern[str]
    own: re.Pattern[str]
    coaching: re.Pattern[str]


def limit_of(text: str) -> Limit | None:
    """The limit that a message in English runs into, or None where the coach may answer.

    People who work in these fields, or ask how to tell of them in a CV or an interview, run into
    none; a question about one's own case does: one of the patterns of a field fits, or a sentence
    asks something of the person's own matter, names a topic of the field, and asks for none of the
    things a coach is there for (how to word it, what to bargain for, which job).
    """
    said = " ".join(_APOSTROPHE.sub("", text[:READ_AT_MOST]).casefold().split())
    rules, guards = _rules()
    spared = guards.unless.search(said) is not None
    asked = [] if spared else _own_questions(said, guards)
    for rule in rules:
        fits = _found(rule.always, said) or (not spared and _found(rule.patterns, said))
        if fits or any(_found(rule.topics, question) for question in asked):
            return rule.limit
    return None


def _own_questions(said: str, guards: _Guards) -> list[str]:
    """The sentences that ask about the person's own matter, with what a short one refers to."""
    sentences = [one for one in _SENTENCE_END.split(said) if one.strip()]
    asked: list[str] = []
    for place, sentence in enumerate(sentences):
        if not guards.asks.search(sentence) or guards.coaching.search(sentence):
            continue
        if place and len(sentence.split()) <= _REFERS_WORDS:
            sentence = f"{sentences[place - 1]} {sentence}"
        if guards.own.search(sentence):
            asked.append(sentence)
    return asked


def _found(pattern: re.Pattern[str] | None, said: str) -> bool:
    return pattern is not None and pattern.search(said) is not None


@cache
def _rules() -> tuple[tuple[_Rule, ...], _Guards]:
    data = tomllib.loads((DATA / "limits.toml").read_text(encoding="utf-8"))
    parts = cast(Mapping[str, str], data["parts"])
    rules = tuple(
        _Rule(
            limit=Limit(kind=one["kind"], text=one["text"]),
            always=_any_of(one.get("always", ()), parts),
            patterns=_any_of(one.get("patterns", ()), parts),
            topics=_any_of(one.get("topics", ()), parts),
        )
        for one in cast(Sequence[dict[str, Any]], data.get("limit", ()))
    )
    names = ("unless", "asks", "own", "coaching")
    return rules, _Guards(*(re.compile(data[name]) for name in names))


def _any_of(patterns: Sequence[str], parts: Mapping[str, str]) -> re.Pattern[str] | None:
    filled = (_PART.sub(lambda name: parts[name[1]], pattern) for pattern in patterns)
    return re.compile("|".join(f"(?:{one})" for one in filled)) if patterns else None
