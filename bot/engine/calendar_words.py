"""Dates in the user's words, in the languages of ``calendar.toml``."""

from __future__ import annotations

import calendar
import re
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from personas.steering import plain_form

_FILE: Final = Path(__file__).with_name("calendar.toml")
# The day comes first. "9.30" is a time and "7/10" a mark: "12.3." and "07/10" are days.
_NUMERIC: Final = re.compile(
    r"(?<![\d.,/])(?:(\d{1,2})\.\s?(\d{1,2})\.(?:(\d{4}|\d{2})\b)?|"
    r"(\d{2})/(\d{2})(?:/(\d{4}|\d{2}))?(?![\d/]))"
)
_PLAIN_DAYS: Final = ("today", "tomorrow", "overmorrow")


@dataclass(frozen=True, slots=True)
class Words:
    """The patterns of one language, over a text in plain form."""

    patterns: dict[str, re.Pattern[str]]
    days: tuple[re.Pattern[str], ...]
    months: tuple[re.Pattern[str], ...]
    counts: dict[str, int]
    units: tuple[tuple[re.Pattern[str], int], ...]

    def date_in(self, text: str, today: date) -> date | None:
        """The day a text names, as ``bot.engine.calendar.date_in`` tells it."""
        low = plain_form(text)
        for ahead, name in enumerate(_PLAIN_DAYS):
            if self.patterns[name].search(low):
                return today + timedelta(days=ahead)
        if found := self.patterns["day_month"].search(low):
            return coming(self._month(found["month"]), int(found["day"]), today)
        if found := _NUMERIC.search(text):
            day, month, year = found[1] or found[4], found[2] or found[5], found[3] or found[6]
            if year is None:
                return coming(int(month), int(day), today)
            return day_of(int(year) % 100 + 2000, int(month), int(day))
        if found := self.patterns["away"].search(low):
            many = int(found["count"]) if found["count"].isdigit() else self.counts[found["count"]]
            each = next(days for unit, days in self.units if unit.fullmatch(found["unit"]))
            return today + timedelta(days=many * each)
        return self._weekday(low, today) or self._span(low, today)

    def names_moment(self, text: str) -> bool:
        """Whether it names a time of day or something that happens anyway."""
        return self.patterns["moment"].search(plain_form(text)) is not None

    def _weekday(self, low: str, today: date) -> date | None:
        named = [
            (found.start(), number)
            for number, day in enumerate(self.days)
            if (found := day.search(low))
        ]
        if not named:
            return None
        return today + timedelta(days=(min(named)[1] - today.weekday()) % 7 or 7)

    def _span(self, low: str, today: date) -> date | None:
        if self.patterns["next_week"].search(low):
            return today + timedelta(days=7 - today.weekday())
        if self.patterns["this_week"].search(low):
            return today + timedelta(days=max(1, 5 - today.weekday()))
        if self.patterns["next_month"].search(low):
            return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
        if found := self.patterns["end_of_month"].search(low):
            month = self._month(found["month"])
            year = today.year + (month < today.month)
            return date(year, month, calendar.monthrange(year, month)[1])
        if self.patterns["end_of_year"].search(low):
            return date(today.year, 12, 31)
        return None

    def _month(self, name: str) -> int:
        return next(n for n, month in enumerate(self.months, start=1) if month.fullmatch(name))


@cache
def words_of(language: str) -> Words | None:
    """The words of a language; None where the file has none."""
    return _all().get(language)


@cache
def _all() -> dict[str, Words]:
    data: dict[str, Any] = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {code: _words(one) for code, one in data.items()}


def _words(one: dict[str, Any]) -> Words:
    months = one["months"].split()
    counts = "|".join(sorted(one["counts"], key=len, reverse=True))
    lists = {
        "{count}": rf"(?P<count>\d{{1,2}}|{counts})",
        "{counts}": counts,
        "{unit}": f"(?P<unit>{'|'.join(one['units'])})",
        "{month}": f"(?P<month>{'|'.join(months)})",
        "{day}": r"(?P<day>\d{1,2})",
    }

    def filled(pattern: str) -> re.Pattern[str]:
        for name, alternatives in lists.items():
            pattern = pattern.replace(name, alternatives)
        return re.compile(pattern)

    return Words(
        patterns={name: filled(text) for name, text in one.items() if isinstance(text, str)},
        days=tuple(re.compile(rf"\b(?:{day})\b") for day in one["days"]),
        months=tuple(re.compile(month) for month in months),
        counts=one["counts"],
        units=tuple((re.compile(unit), days) for unit, days in one["units"].items()),
    )


def coming(month: int, day: int, today: date) -> date | None:
    """The next such day from ``today`` on; None where the calendar has none."""
    this_year = day_of(today.year, month, day)
    if this_year is not None and this_year < today:
        return day_of(today.year + 1, month, day)
    return this_year


def day_of(year: int, month: int, day: int) -> date | None:
    """The date, or None where the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
