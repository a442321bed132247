"""Questions that need another kind of person than a coach: law, tax, visa, medicine, treatment.

These are not danger. The coach names the limit and whom to ask; the data are those of
``personas/safety/limits.toml``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from bot.engine.safety.spelling import DATA, plain


@dataclass(frozen=True, slots=True)
class Limit:
    """The kind of question (legal, tax, visa, medical, treatment) and what is said to it."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Rule:
    limit: Limit
    asks: re.Pattern[str]


def limit_of(text: str) -> Limit | None:
    """The limit a message runs into, or None; people who merely work in such a field run into none."""
    rules, at_work = _rules()
    for sentence in plain(text).text.split(" . "):
        if at_work.search(sentence):
            continue
        for rule in rules:
            if rule.asks.search(sentence):
                return rule.limit
    return None


@cache
def _rules() -> tuple[Sequence[_Rule], re.Pattern[str]]:
    data = cast(dict[str, Any], tomllib.loads((DATA / "limits.toml").read_text(encoding="utf-8")))
    rules = [
        _Rule(
            Limit(table["kind"], table["text"].strip()),
            re.compile("|".join(rf"\b(?:{one})(?!\w)" for one in table["asks"])),
        )
        for table in data["limit"]
    ]
    return rules, re.compile(data["at_work"])
