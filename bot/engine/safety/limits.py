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


def limit_of(text: str) -> Limit | None:
    """The limit that a message in English runs into, or None where the coach may answer.

    People who work in these fields, or ask how to tell of them in a CV or an interview, run into
    none; a question about one's own case does.
    """
    said = " ".join(_APOSTROPHE.sub("", text[:READ_AT_MOST]).casefold().split())
    rules, unless = _rules()
    spared = unless.search(said) is not None
    for rule in rules:
        if rule.always is not None and rule.always.search(said):
            return rule.limit
        if not spared and rule.patterns is not None and rule.patterns.search(said):
            return rule.limit
    return None


@cache
def _rules() -> tuple[tuple[_Rule, ...], re.Pattern[str]]:
    data = tomllib.loads((DATA / "limits.toml").read_text(encoding="utf-8"))
    parts = cast(Mapping[str, str], data["parts"])
    rules = tuple(
        _Rule(
            limit=Limit(kind=one["kind"], text=one["text"]),
            always=_any_of(one.get("always", ()), parts),
            patterns=_any_of(one.get("patterns", ()), parts),
        )
        for one in cast(Sequence[dict[str, Any]], data.get("limit", ()))
    )
    return rules, re.compile(data["unless"])


def _any_of(patterns: Sequence[str], parts: Mapping[str, str]) -> re.Pattern[str] | None:
    filled = (_PART.sub(lambda name: parts[name[1]], pattern) for pattern in patterns)
    return re.compile("|".join(f"(?:{one})" for one in filled)) if patterns else None
