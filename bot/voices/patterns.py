"""The word lists and patterns of the guard, read once from ``guard.toml``, and for other languages
than English from ``guard_languages.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

# A part of a pattern that is written once.
_PART = re.compile(r"<(\w+)>")
DATA: Final = Path(__file__).with_name("guard.toml")
LANGUAGES: Final = Path(__file__).with_name("guard_languages.toml")


@dataclass(frozen=True, slots=True)
class Ban:
    """Something no coach says: ``says`` finds it, ``unless`` spares the sentence.

    Attributes:
        own: whether it may be said in words the person used.
    """

    reason: str
    says: re.Pattern[str]
    unless: re.Pattern[str] | None
    own: bool = False


@dataclass(frozen=True, slots=True)
class Patterns:
    """Both files, compiled; ``numbers`` and ``spoken``, what is not said in it, by language."""

    bans: tuple[Ban, ...]
    spoken: dict[str, tuple[Ban, ...]]
    raw_bans: tuple[Ban, ...]
    idioms: re.Pattern[str]
    shares: re.Pattern[str]
    numbers: dict[str, re.Pattern[str]]
    days: frozenset[str]
    capitals: frozenset[str]
    common_ending: re.Pattern[str]
    acts_as_name: re.Pattern[str]
    german_names: re.Pattern[str]
    titles: re.Pattern[str]
    relations: re.Pattern[str]
    chiefs: frozenset[str]
    advisers: frozenset[str]
    heads: frozenset[str]
    claimed: re.Pattern[str]
    studies: re.Pattern[str]
    attributed: re.Pattern[str]
    second_question: re.Pattern[str]
    unmarked_question: re.Pattern[str]
    orders: re.Pattern[str]
    ordered: tuple[re.Pattern[str], ...]


@cache
def patterns() -> Patterns:
    """The patterns of the repository's file."""
    data: dict[str, Any] = tomllib.loads(DATA.read_text(encoding="utf-8"))
    others: dict[str, Any] = tomllib.loads(LANGUAGES.read_text(encoding="utf-8"))
    numbers: dict[str, str] = dict(data["numbers"])
    for code, other in others.items():
        numbers[code] = f"{numbers.get(code, '')} {other['numbers']}"
    lists: dict[str, Any] = data["lists"]
    forms: dict[str, Any] = data["patterns"]
    return Patterns(
        bans=tuple(_bans(data["ban"], re.NOFLAG)),
        spoken={code: tuple(_bans_of(other)) for code, other in others.items()},
        raw_bans=tuple(_bans(data["raw"], re.NOFLAG)),
        idioms=_any(forms["idioms"], re.I | re.M),
        shares=_any(forms["shares"], re.I),
        numbers={
            code: re.compile(rf"\b(?:{_words(text)})\b", re.I) for code, text in numbers.items()
        },
        days=frozenset(lists["days"].split()),
        capitals=frozenset(lists["capitals"].split()),
        common_ending=_any(forms["common_ending"]),
        acts_as_name=_any(forms["acts_as_name"]),
        german_names=_any(forms["german_names"]),
        titles=re.compile(rf"\b(?:{_words(lists['titles'])}|{'|'.join(forms['titles'])})s?\b"),
        relations=_any(forms["relations"]),
        chiefs=frozenset(lists["chiefs"].split()),
        advisers=frozenset(lists["advisers"].split()),
        heads=frozenset(lists["heads"].split()),
        claimed=_any(forms["claimed"]),
        studies=_any(forms["studies"]),
        attributed=_any(forms["attributed"], re.I),
        second_question=_any(forms["second_question"], re.I),
        unmarked_question=_any(forms["unmarked_question"], re.I),
        orders=_any(forms["orders"]),
        ordered=tuple(re.compile(one, re.I) for one in forms["ordered"]),
    )


def _bans(groups: dict[str, Any], flags: re.RegexFlag) -> list[Ban]:
    bans: list[Ban] = []
    for reason, group in groups.items():
        says = [_filled(one, group.get("parts", {})) for one in group["says"]]
        unless = group.get("unless")
        bans.append(Ban(reason, _any(says, flags), _any(unless, flags) if unless else None))
    return bans


def _bans_of(language: dict[str, Any]) -> Iterator[Ban]:
    """What is not said in a language; only an order given away is never spared."""
    unless = _any(language["unless"])
    for reason, group in language["says"].items():
        says = _any([_filled(one, language["parts"]) for one in group])
        yield Ban(reason, says, None if reason == "leak" else unless)
    for reason, group in language["named"].items():
        yield Ban(reason, _any(group), unless, own=True)


def _filled(pattern: str, parts: dict[str, str]) -> str:
    return _PART.sub(lambda name: parts.get(name[1], name[0]), pattern)


def _any(alternatives: list[str], flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{one})" for one in alternatives), flags)


def _words(text: str) -> str:
    return "|".join(sorted(text.split(), key=len, reverse=True))
