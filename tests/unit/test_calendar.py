from datetime import date

import pytest

from bot.engine.calendar import date_in, say

TODAY = date(2026, 11, 22)  # a Sunday


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("on Tuesday at nine in his office", date(2026, 11, 24)),
        ("tomorrow after the shift", date(2026, 11, 23)),
        ("in two weeks", date(2026, 12, 6)),
        ("within the next eleven days", date(2026, 12, 3)),
        ("after a few days", date(2026, 11, 25)),
        ("in a couple of weeks", date(2026, 12, 6)),
        ("in an hour or in a month", date(2026, 12, 22)),
        ("by the end of March", date(2027, 3, 31)),
        ("5 May", date(2027, 5, 5)),
        ("March 3rd", date(2027, 3, 3)),
        ("2026-12-24", date(2026, 12, 24)),
        ("every Sunday", date(2026, 11, 29)),
        ("31 February", None),
        ("I may ask her", None),
        ("some day", None),
    ],
)
def test_finds_the_day(text: str, day: date | None) -> None:
    assert date_in(text, TODAY) == day


def test_says_a_day_in_words() -> None:
    assert say(date(2026, 11, 30)) == "Monday 30 November 2026"
