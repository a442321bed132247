"""Help lines by country, from ``personas/safety/helplines.toml``.

Every entry carries the page it was read on and the day. Where a country is unknown, or has nothing
for a kind of danger, there are the international directories and the local emergency number.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from bot.engine.safety.spelling import DATA

_LOCALE = re.compile(r"^[a-z]{2,3}[_-](?:[A-Za-z]{4}[_-])?([A-Za-z]{2})(?:[.@_-].*)?$")
_CODE = re.compile(r"^[A-Z]{2}$")
# More than a few numbers make it hard to pick one.
AT_MOST: Final = 4
# Which lines to name for which kind of danger, the best first.
_SERVES: Final[Mapping[str, Sequence[str]]] = {
    "self_harm": ("self_harm", "other"),
    "other_at_risk": ("self_harm", "other"),
    "harm_to_others": ("other", "self_harm"),
    "abuse": ("abuse", "other"),
    "child": ("child", "abuse", "other"),
    "medical": (),
}


@dataclass(frozen=True, slots=True)
class Helpline:
    """One line: how to reach it, what for, the languages spoken; where and when that was read."""

    name: str
    contact: str
    about: str
    serves: tuple[str, ...]
    languages: tuple[str, ...]
    source: str
    checked: date

    @property
    def item(self) -> str:
        """The line as one item of a list in CommonMark."""
        return f"- **{self.name}**: {self.contact}" + (f" ({self.about})" if self.about else "")


@dataclass(frozen=True, slots=True)
class Country:
    """A country's emergency number, None where it is not known, and its lines."""

    code: str
    name: str
    emergency: str | None
    lines: tuple[Helpline, ...]


@dataclass(frozen=True, slots=True)
class Fallback:
    """What is right anywhere: directories, an emergency number in words, and a person nearby."""

    emergency: str
    person: str
    ask: str
    directories: tuple[Helpline, ...]


def help_for(locale: str | None, kind: str | None) -> list[Helpline]:
    """The lines to name, nearest kind first; the international directories where none is known.

    Args:
        locale: such as ``en_GB.UTF-8``, ``de-AT`` or ``NZ``; None or a bare language is unknown.
        kind: a kind of danger; None is taken as self_harm.
    """
    country = country_of(locale)
    wanted = _SERVES.get(kind or "self_harm", ("other",))
    lines = country.lines if country is not None else ()
    found = [line for want in wanted for line in lines if want in line.serves]
    if found or kind == "medical":
        return list(dict.fromkeys(found))[:AT_MOST]
    return list(fallback().directories)


def country_of(locale: str | None) -> Country | None:
    """The country of a locale or country code, None where it says none or it is not in the data."""
    if not locale:
        return None
    found = _LOCALE.match(locale)
    code = found.group(1).upper() if found else locale if _CODE.match(locale) else None
    return countries().get(code) if code else None


def country_named(text: str) -> str | None:
    """The code of a country that ``text`` names ("I'm in Ireland"), or None."""
    lowered = text.lower()
    for country in countries().values():
        name = country.name.removeprefix("the ").lower()
        if re.search(rf"\b{re.escape(name)}\b", lowered):
            return country.code
    return None


def emergency_of(locale: str | None) -> str:
    """The emergency number of the locale's country, or words that are right anywhere."""
    country = country_of(locale)
    return country.emergency if country is not None and country.emergency else fallback().emergency


@cache
def countries() -> Mapping[str, Country]:
    """All countries of the data by code."""
    return {
        table["code"]: Country(
            table["code"],
            table["name"],
            table.get("emergency"),
            tuple(_line(line) for line in table.get("helpline", [])),
        )
        for table in _data()["country"]
    }


@cache
def fallback() -> Fallback:
    """What is right anywhere."""
    table = _data()["fallback"]
    directories = tuple(
        Helpline(
            name=one["name"],
            contact=one["contact"],
            about=one["what"],
            serves=("other",),
            languages=(),
            source=one["source"],
            checked=one["checked"],
        )
        for one in _data()["directory"]
    )
    return Fallback(table["emergency"], table["person"], table["ask"], directories)


@cache
def _data() -> dict[str, Any]:
    text = (DATA / "helplines.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _line(table: Mapping[str, Any]) -> Helpline:
    return Helpline(
        name=table["name"],
        contact=table["contact"],
        about=table.get("about", ""),
        serves=tuple(table["serves"]),
        languages=tuple(table["languages"]),
        source=table["source"],
        checked=table["checked"],
    )
