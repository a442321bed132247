"""The person's clock is asked for once, before the first check-in, where no platform tells it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.engine.sessions import state_of
from personas.catalogue import Catalogue
from storage.database import Database
from tests.days import Days, days_of

QUESTION = "Where are you, by the clock?"
# The step speaks of Thursday the 26th: the day after is to be asked about it.
FRIDAY = date(2026, 11, 27)


@pytest.fixture
async def days(database: Database, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Days:
    made = days_of(database, catalogue, monkeypatch)
    await made.engine.start()
    return made


async def zone_of(days: Days) -> str | None:
    person = await days.person()
    return await days.engine.look(person, lambda scope: scope.me()["time_zone"])


def morning(hour: int, minute: int = 30, day: int = 27) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


async def test_it_is_asked_with_the_plan_and_planned_in(days: Days) -> None:
    plan = await days.plan()
    assert plan.reply.notice is not None
    assert QUESTION in plan.reply.notice
    labels = [one.label for one in plan.reply.choices]
    assert "Berlin, 10:00 now" in labels
    assert labels[-1] == "Rather not say"
    assert len(labels) <= 25
    told = await days.press(plan, "Berlin, 10:00 now")
    assert "Europe/Berlin" in told.reply.text
    assert "27 November 2026, 09:30" in told.reply.text
    assert await zone_of(days) == "Europe/Berlin"
    assert (await days.due())[0] == morning(8)


@pytest.mark.parametrize(
    ("typed", "zone"),
    [("Lisbon", "Europe/Lisbon"), ("I'm in Porto", "Europe/Lisbon"), ("utc+2", "Etc/GMT-2")],
)
async def test_a_place_may_be_typed(days: Days, typed: str, zone: str) -> None:
    await days.plan()
    assert zone in (await days(typed)).reply.text
    assert await zone_of(days) == zone
    # It is in the transcript, and hangs no question.
    assert typed in [row["text"] for row in await days.rows("messages")]
    [session] = await days.rows("persona_sessions")
    assert state_of(session).pending is None


@pytest.mark.parametrize("said", ["skip", "No, thanks", "Rather not say", "I'd rather not."])
async def test_who_would_rather_not_say_is_asked_at_that_time_of_day(days: Days, said: str) -> None:
    await days.plan()
    told = await days(said)
    assert "/coach me zone" in told.reply.text
    assert await zone_of(days) is None
    [made] = await days.rows("commitments")
    assert (await days.waiting())[0]["due_at"] == datetime.combine(
        FRIDAY, made["created_at"].time(), UTC
    )
    # Nobody is asked twice.
    assert (await days.plan("life_coach")).reply.notice is None


async def test_who_speaks_of_something_else_is_heard(days: Days) -> None:
    await days.plan()
    reply = await days("Thank you, that helped me a lot, I am less afraid of that talk now")
    assert "time zone" not in reply.reply.text
    assert len(await days.due()) >= 1
    # The question waits no longer: a place named later is talk.
    assert "time zone" not in (await days("Lisbon")).reply.text
    assert await zone_of(days) is None


async def test_a_slip_a_wide_country_and_an_unknown_place_are_cleared_up(days: Days) -> None:
    await days.plan()
    unknown = await days("I live in Smallville")
    assert unknown.reply.error is not None
    assert "larger city" in unknown.reply.text
    wide = await days("USA")
    assert "more than one clock" in wide.reply.text
    assert wide.reply.choices[0].label == "New York, 04:00 now"
    slip = await days("Lissabon")
    assert "Lisbon?" in slip.reply.text
    await days.press(slip, slip.reply.choices[0].label)
    assert await zone_of(days) == "Europe/Lisbon"


async def test_the_locale_puts_its_places_first(days: Days) -> None:
    await days.person()
    await days.change_me(locale="pt_BR")
    plan = await days.plan()
    assert plan.reply.choices[0].label == "Sao Paulo, 06:00 now"


async def test_nobody_whose_clock_is_known_is_asked(days: Days) -> None:
    days.zone = "America/New_York"
    plan = await days.plan()
    assert plan.reply.notice is None
    assert QUESTION not in (await days("/coach goal Send it on Friday")).reply.text


async def test_the_first_goal_with_a_day_asks_too(days: Days) -> None:
    assert QUESTION not in (await days("/coach goal Learn to bake")).reply.text
    first = await days("/coach goal Send the form on Friday")
    assert QUESTION in first.reply.text
    told = await days.press(first, "Tokyo, 18:00 now")
    assert "Asia/Tokyo" in told.reply.text
    assert await days.due() == [morning(0)]
    assert QUESTION not in (await days("/coach goal Bake on Saturday")).reply.text


async def test_coach_me_shows_and_changes_it(days: Days) -> None:
    me = await days("/coach me")
    assert "Time zone: not known" in me.reply.text
    offered = await days.press(me, "Set my time zone")
    assert QUESTION in offered.reply.text
    await days.press(offered, "Sydney, 20:00 now")
    assert "Time zone: Australia/Sydney" in (await days("/coach me")).reply.text
    await days("/coach me zone Vienna")
    assert "Time zone: Europe/Vienna" in (await days("/coach me")).reply.text
    assert "Your time zone is Europe/Vienna" in (await days("/coach me zone")).reply.text
