"""Dates in the user's words, reckoned from today."""

from __future__ import annotations

import re
from datetime import date, timedelta

from bot.engine.calendar_words import coming, day_of, words_of
from bot.engine.numbers import NUMBER_WORDS

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
_NUMBERS = {**NUMBER_WORDS, "a": 1, "an": 1, "couple of": 2, "few": 3}
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" if month != "may" else "may" for month in _MONTHS)
_COUNT = r"(\d{1,2}|" + "|".join(_NUMBERS) + r")"
_AWAY = re.compile(
    rf"\b(?:in|within|after) (?:the next )?(?:a )?{_COUNT} (day|week|month)s?\b", re.I
)
_WEEKDAY = re.compile(rf"\b(?:(next|this|on|by|until|every|each)\s+)?({'|'.join(_DAYS)})s?\b", re.I)
_DAY_MONTH = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({_MONTH})\b", re.I)
_MONTH_DAY = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b", re.I)
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_BY_MONTH = re.compile(
    rf"\b(?:by|in|until|before|end of|by the end of)(?: the)? ({_MONTH})\b", re.I
)

# A clock time, a part of the day, or something that happens anyway and can start a step.
_CLOCK = r"\d{1,2}(?:[:.]\d{2})? ?(?:am|pm|o'?clock|h)|\d{1,2}[:.]\d{2}|noon|midday|midnight"
_ABOUT = r"(?:at|around|about|by|before|after) (?:\w+ )?(?:\d{1,2}|half past|quarter (?:past|to))"
_PART_OF_DAY = (
    r"mornings?|afternoons?|evenings?|nights?|tonight|lunch(?:time| ?break)?|breakfast|dinner|"
    r"supper|tea ?time|bed ?time|break|weekend|payday|first thing|every \w+|right (?:now|away)|now"
)
_TIED_TO = (
    r"(?:straight after|as soon as|after|before|during|between|once|on the way|in the next) \w+|"
    r"next (?:time|week|month|shift|meeting|lesson|visit|day)|this (?:week|month)"
)
_MOMENT = re.compile(rf"\b(?:{_CLOCK}|{_ABOUT}|{_PART_OF_DAY}|{_TIED_TO})\b", re.I)


def names_moment(text: str, today: date, language: str | None = None) -> bool:
    """Whether the text says when: a day, a time, or something it is tied to.

    Args:
        language: the code of the language the talk is held in; None for English.
    """
    if date_in(text, today, language) is not None or tied_to_a_moment(text):
        return True
    spoken = words_of(language) if language is not None else None
    return spoken is not None and spoken.names_moment(text)


def tied_to_a_moment(text: str) -> bool:
    """Whether it names a time of day, a part of the week, or something that happens anyway."""
    return any(pattern.search(text) for pattern in (_MOMENT, _WEEKDAY))


def date_in(text: str, today: date, language: str | None = None) -> date | None:
    """The first day from ``today`` on that the text names, or None.

    "next week" is the Monday after, a month alone its last day, a weekday the coming one.

    Args:
        language: the code of the language the talk is held in; None for English.
    """
    spoken = words_of(language) if language is not None else None
    named = spoken.date_in(text, today) if spoken is not None else None
    return named or _in_english(text, today)


def _in_english(text: str, today: date) -> date | None:
    low = text.lower()
    if found := _ISO.search(low):
        return day_of(int(found[1]), int(found[2]), int(found[3]))
    for pattern, day_group, month_group in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
        if found := pattern.search(low):
            return coming(_month(found[month_group]), int(found[day_group]), today)
    if re.search(r"\b(?:today|tonight|this (?:evening|afternoon|morning))\b", low):
        return today
    if re.search(r"\b(?:tomorrow|tmrw|tomorow)\b", low):
        return today + timedelta(days=1)
    if found := _AWAY.search(low):
        many = int(found[1]) if found[1].isdigit() else _NUMBERS[found[1]]
        return today + timedelta(days=many * {"day": 1, "week": 7, "month": 30}[found[2].lower()])
    if found := _WEEKDAY.search(low):
        ahead = (_DAYS.index(found[2].lower()) - today.weekday()) % 7 or 7
        return today + timedelta(days=ahead)
    if "next week" in low:
        return today + timedelta(days=7 - today.weekday())
    if re.search(r"\b(?:this|the) (?:week|weekend)\b|\bend of the week\b", low):
        return today + timedelta(days=max(1, 5 - today.weekday()))
    if "next month" in low:
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if found := _BY_MONTH.search(low):
        month = _month(found[1])
        year = today.year + (month < today.month)
        first_after = date(year + month // 12, month % 12 + 1, 1)
        return first_after - timedelta(days=1)
    if re.search(r"\b(?:end of|this) (?:the )?year\b", low):
        return date(today.year, 12, 31)
    return None


def say(day: date) -> str:
    """A date as people write it: "Monday 30 November 2026"."""
    weekday, month = _DAYS[day.weekday()].capitalize(), _MONTHS[day.month - 1].capitalize()
    return f"{weekday} {day.day} {month} {day.year}"


def _month(name: str) -> int:
    return next(n for n, month in enumerate(_MONTHS, start=1) if month.startswith(name[:3].lower()))
