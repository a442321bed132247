"""What people type when they are asked where they are, and where they may well be."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.engine import places

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Lisbon", "Europe/Lisbon"),
        ("  são paulo ", "America/Sao_Paulo"),
        ("I'm in Munich, Germany.", "Europe/Berlin"),
        ("I live near Cape Town", "Africa/Johannesburg"),
        ("Portland, Oregon", "America/Los_Angeles"),
        ("Pacific time", "America/Los_Angeles"),
        ("EST", "America/New_York"),
        ("Central European Time", "Europe/Berlin"),
        ("europe/paris", "Europe/Paris"),
        ("New Zealand", "Pacific/Auckland"),
        ("Côte d'Ivoire", "Africa/Abidjan"),
        ("UTC+2", "Etc/GMT-2"),
        ("gmt -5", "Etc/GMT+5"),
        ("+5:30", "Asia/Kolkata"),
        ("UTC", "Etc/UTC"),
    ],
)
def test_a_place_is_known(typed: str, meant: str) -> None:
    assert places.found(typed)[0] == meant
    ZoneInfo(meant)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ok",
        "thanks",
        "Great, thanks!",
        "nice",
        "me",
        "I met him on Friday",
        "Springfield",
        "+30",
    ],
)
def test_other_words_are_no_place(typed: str) -> None:
    assert places.found(typed) == ()
    assert places.near(typed) is None


def test_a_country_with_several_clocks_names_each_once_the_busiest_first() -> None:
    usa, brazil = places.found("USA"), places.found("brazil")
    assert usa[0] == "America/New_York"
    assert {"America/Chicago", "America/Denver", "America/Los_Angeles"} < set(usa)
    assert "America/Detroit" not in usa
    assert brazil[0] == "America/Sao_Paulo"


def test_a_slip_of_the_pen_is_near_a_place() -> None:
    assert places.near("Lissabon") == "Europe/Lisbon"
    assert places.near("amsterdm") == "Europe/Amsterdam"
    assert places.near("that was good of you") is None


@pytest.mark.parametrize(
    ("locale", "first"),
    [
        ("de", "Europe/Berlin"),
        ("pt_BR", "America/Sao_Paulo"),
        ("pt-PT", "Europe/Lisbon"),
        ("en_GB", "Europe/London"),
        ("es_419", "Europe/Madrid"),
        ("ja", "Asia/Tokyo"),
    ],
)
def test_the_language_of_an_app_tells_where_its_person_may_be(locale: str, first: str) -> None:
    assert places.likely(locale, NOW)[0] == first


@pytest.mark.parametrize("locale", [None, "", "xx", "en_US", "fr_CA", "zh_CN", "de", "es_419"])
def test_no_clock_is_offered_twice_and_all_fit_into_a_menu(locale: str | None) -> None:
    first = places.likely(locale, NOW)
    offered = [*first, *places.around(first, NOW)]
    times = {
        tuple(day.astimezone(ZoneInfo(zone)).utcoffset() for day in (NOW, NOW.replace(month=7)))
        for zone in offered
    }
    assert len(times) == len(offered)
    # Discord shows 25, one of which is for who would rather not say.
    assert 15 <= len(offered) <= 24
