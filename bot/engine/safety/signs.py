"""The signs of danger written down as patterns: who, what they mean to do, and the act.

The patterns stand in ``personas/safety/signs_<language>.toml`` and are read over the plain form of
a message. Idioms are taken out first, and a sign counts for nothing next to its ``unless``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal, cast

from bot.engine.safety.spelling import DATA, Language, Plain, lexicon

Strength = Literal["explicit", "indirect", "hint"]
STRENGTHS: Final[tuple[Strength, ...]] = ("explicit", "indirect", "hint")
_PART = re.compile(r"<(\w+)>")
_TAKEN_OUT: Final = "idiom"
_ABOUT_OTHERS: Final = frozenset({"child", "other_at_risk", "medical"})


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of danger found in a message."""

    strength: Strength
    kind: str
    words: str


@dataclass(frozen=True, slots=True)
class _Rule:
    strength: Strength
    kind: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None


@dataclass(frozen=True, slots=True)
class Signs:
    """All signs of one language, and the contexts that make them harmless."""

    rules: Sequence[_Rule]
    idioms: re.Pattern[str] | None
    frames: re.Pattern[str] | None
    past: re.Pattern[str] | None


@cache
def signs_of(language: Language) -> Signs:
    """The signs of ``signs_<language>.toml``, compiled."""
    text = (DATA / f"signs_{language}.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    parts = cast(dict[str, str], data.get("parts", {}))
    rules: list[_Rule] = []
    for table in data["sign"]:
        unless = table.get("unless")
        pattern = _any_of(cast(list[str], table["patterns"]), parts)
        if pattern is not None:
            spared = re.compile(_filled(unless, parts)) if unless else None
            rules.append(_Rule(table["level"], table["kind"], pattern, spared))
    contexts = {
        name: _any_of([one for table in data.get(name, []) for one in table["patterns"]], parts)
        for name in ("idiom", "frame", "past")
    }
    return Signs(rules, contexts["idiom"], contexts["frame"], contexts["past"])


@dataclass(frozen=True, slots=True)
class Reading:
    """A message ready to be looked through: ``text`` is its plain text with idioms taken out.

    ``spoken`` holds for each language that may tell something its signs, the text for them, and how
    many strengths of them count.
    """

    text: str
    spoken: Sequence[tuple[Signs, str, int]]

    @property
    def signs(self) -> Sequence[Sign]:
        """All signs in the message, the strongest first."""
        return self.signs_from("hint")

    def signs_from(self, weakest: Strength) -> Sequence[Sign]:
        """The signs of at least this strength, the strongest first; spares looking for others."""
        last = STRENGTHS.index(weakest)
        found = [
            sign
            for signs, text, strengths in self.spoken
            for sign in _found(text, signs, min(last, strengths - 1))
        ]
        ranked = ((STRENGTHS.index(sign.strength), sign) for sign in found)
        return [sign for rank, sign in sorted(ranked, key=lambda one: one[0]) if rank <= last]


def read(message: Plain) -> Reading:
    """Take the idioms out of a message; its signs are looked for when they are asked for."""
    text = message.text
    spoken: list[tuple[Signs, str, int]] = []
    for language in _languages(message):
        signs = signs_of(language)
        if signs.idioms is not None:
            text = signs.idioms.sub(_TAKEN_OUT, text)
        # One word that hints at danger in a language may be any other in the next: German "die".
        all_count = language == message.language
        spoken.append((signs, text, len(STRENGTHS) if all_count else STRENGTHS.index("hint")))
    return Reading(text, spoken)


def _found(text: str, signs: Signs, last: int) -> Iterator[Sign]:
    """The signs of the rules of the first ``last + 1`` strengths."""
    for rule in signs.rules:
        if STRENGTHS.index(rule.strength) > last:
            continue
        match = rule.pattern.search(text)
        if match is None:
            continue
        if rule.unless is not None and rule.unless.search(_sentence(text, match)):
            continue
        # Danger years ago, or met in one's work, counts as far as the learned score agrees; a nurse
        # or teacher may well speak of another person's danger today.
        distant = _holds(signs.past, text) or (
            rule.kind not in _ABOUT_OTHERS and _holds(signs.frames, text)
        )
        yield Sign("hint" if distant else rule.strength, rule.kind, match.group())


def _holds(context: re.Pattern[str] | None, text: str) -> bool:
    return context is not None and context.search(text) is not None


def _sentence(text: str, match: re.Match[str]) -> str:
    start = text.rfind(".", 0, match.start()) + 1
    end = text.find(".", match.end())
    return text[start : end if end >= 0 else len(text)]


def _languages(message: Plain) -> list[Language]:
    """English, the language of the message, and each whose words of danger it holds."""
    tokens = frozenset(message.text.split())
    return [
        language
        for language, danger in lexicon().danger.items()
        if language in {"en", message.language} or tokens & danger
    ]


def _any_of(patterns: Sequence[str], parts: Mapping[str, str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    return re.compile("|".join(rf"\b(?:{_filled(one, parts)})(?!\w)" for one in patterns))


def _filled(pattern: str, parts: Mapping[str, str]) -> str:
    return _PART.sub(lambda found: _filled(parts[found.group(1)], parts), pattern)
