"""The person's clock: mornings and nights, over the changes of summer time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.engine import zones

MADE = datetime(2026, 3, 20, 17, 45, tzinfo=UTC)
LISBON, CHICAGO, APIA = "Europe/Lisbon", "America/Chicago", "Pacific/Apia"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "due"),
    [
        (date(2026, 3, 28), LISBON, utc(2026, 3, 28, 9, 30)),
        # The clocks go forward that night, and back on 25 October.
        (date(2026, 3, 29), LISBON, utc(2026, 3, 29, 8, 30)),
        (date(2026, 10, 24), LISBON, utc(2026, 10, 24, 8, 30)),
        (date(2026, 10, 25), LISBON, utc(2026, 10, 25, 9, 30)),
        (date(2026, 3, 7), CHICAGO, utc(2026, 3, 7, 15, 30)),
        (date(2026, 3, 8), CHICAGO, utc(2026, 3, 8, 14, 30)),
        (date(2026, 11, 1), CHICAGO, utc(2026, 11, 1, 15, 30)),
        (date(2026, 5, 1), APIA, utc(2026, 4, 30, 20, 30)),
        (date(2026, 5, 1), None, utc(2026, 5, 1, 17, 45)),
    ],
)
def test_half_past_nine_is_half_past_nine_there(day: date, zone: str | None, due: datetime) -> None:
    assert zones.morning(day, zone, MADE) == due


@pytest.mark.parametrize(
    ("now", "zone", "instead"),
    [
        (utc(2026, 3, 27, 8, 0), LISBON, None),
        (utc(2026, 3, 27, 20, 59), LISBON, None),
        (utc(2026, 3, 27, 7, 59), LISBON, utc(2026, 3, 27, 9, 30)),
        (utc(2026, 3, 27, 21, 0), LISBON, utc(2026, 3, 28, 9, 30)),
        # Over the night in which the clocks go forward.
        (utc(2026, 3, 28, 23, 30), LISBON, utc(2026, 3, 29, 8, 30)),
        (utc(2026, 10, 25, 0, 30), LISBON, utc(2026, 10, 25, 9, 30)),
        (utc(2026, 11, 1, 6, 59), CHICAGO, utc(2026, 11, 1, 15, 30)),
        # No zone: near the time of day at which it was made, across midnight too.
        (utc(2026, 3, 27, 17, 45), None, None),
        (utc(2026, 3, 27, 19, 44), None, None),
        (utc(2026, 3, 27, 19, 45), None, utc(2026, 3, 28, 17, 45)),
        (utc(2026, 3, 28, 3, 0), None, utc(2026, 3, 28, 17, 45)),
    ],
)
def test_nobody_is_asked_at_night(
    now: datetime, zone: str | None, instead: datetime | None
) -> None:
    assert zones.too_late(now, zone, MADE) == instead


def test_without_a_zone_a_late_evening_reaches_past_midnight() -> None:
    made = utc(2026, 3, 20, 23, 30)
    assert zones.too_late(utc(2026, 3, 28, 0, 45), None, made) is None
    assert zones.too_late(utc(2026, 3, 28, 2, 0), None, made) == utc(2026, 3, 28, 23, 30)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Europe/Lisbon", "Europe/Lisbon"),
        ("europe/lisbon", "Europe/Lisbon"),
        ("america/new york", "America/New_York"),
        ("Mars/Phobos", None),
        ("../../etc/passwd", None),
        ("Europe", None),
        ("", None),
        (None, None),
    ],
)
def test_a_zone_is_known_by_its_name(typed: str | None, meant: str | None) -> None:
    assert zones.zone_named(typed) == meant


def test_the_day_is_that_of_the_persons_clock() -> None:
    late = utc(2026, 11, 24, 3, 0)
    assert zones.today(late, CHICAGO) == date(2026, 11, 23)
    assert zones.today(late, None) == date(2026, 11, 24)
