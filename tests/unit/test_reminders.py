"""Reminders: once, by day, in the coach's voice, and ended by a button or a plain request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.engine import reminding
from bot.inbound import Due
from bot.inbox.codec import event_from
from personas.models import Slot
from storage.queries import PersonScope
from tests.days import Days
from tests.talking import ANSWERS
from tests.unit.conftest import MORNING

STEP = ANSWERS[Slot.STEP][0]
NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"
# The step speaks of Thursday the 26th: the day after is to be asked about it.
FRIDAY = date(2026, 11, 27)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# When --------------------------------------------------------------------------------------------


async def test_a_promised_step_is_asked_about_once_on_its_morning(planned: Days) -> None:
    [due, *_] = await planned.waiting()
    assert due["due_at"] == utc(2026, 11, 27, 14, 30)
    assert await planned.at(utc(2026, 11, 27, 14, 29, 59)) == []
    [turned] = await planned.at(MORNING)
    coach = planned.engine.catalogue.coach("executive_coach")
    assert turned.coach == coach.key
    assert turned.reply.question == turned.reply.text
    assert STEP in turned.reply.text
    assert turned.reply.text.count("?") == 1
    assert [one.label for one in turned.reply.choices] == ["Done", "Not yet", "Change it"]
    assert [(one.kind, one.text) for one in turned.reply.sources] == [("user", STEP)]
    assert turned.reply.notice == reminding.WAY_OUT
    told = await planned.engine.transcript(planned.sender, turned.session or "")
    assert told[-1]["text"] == turned.reply.text
    # Unanswered, it does not come again; and no other worker brings it again.
    assert await planned.at(utc(2026, 12, 24, 14, 30)) == []
    planned.inbox = planned.new_inbox()
    assert await planned.work() == []


async def test_the_event_of_a_reminder_is_read_back_as_it_was_put_down(planned: Days) -> None:
    row = (await planned.waiting())[0]
    event = event_from(row["kind"], row["payload"])
    assert isinstance(event, Due)
    assert (event.about, event.day) == ("commitment", "2026-11-27")
    assert event.conversation == planned.conversation
    assert event.sender == replace(planned.sender, zone=None)


async def test_the_day_of_a_goal_is_asked_about(days: Days) -> None:
    days.zone = "Asia/Tokyo"
    await days("/coach goal Run the stall alone by Saturday")
    assert await days.due() == [utc(2026, 11, 28, 0, 30)]
    [turned] = await days.at(utc(2026, 11, 28, 0, 31))
    assert "“Run the stall alone by Saturday”" in turned.reply.text
    done = await days.press(turned, "Done")
    assert "“Run the stall alone by Saturday”" in done.reply.text
    assert [goal["status"] for goal in await days.rows("goals")] == ["done"]


async def test_a_goal_of_today_is_asked_about_on_the_next_morning(days: Days) -> None:
    days.zone = "Asia/Tokyo"
    await days("/coach goal Send the form today")
    assert await days.due() == [utc(2026, 11, 24, 0, 30)]
    await days("/coach goal Learn to bake")
    await days("/coach goal Sent it on 2026-11-01")
    assert len(await days.due()) == 1


async def test_without_a_zone_it_is_the_time_of_day_of_the_promise(days: Days) -> None:
    await days.plan()
    [made] = await days.rows("commitments")
    [due, *_] = await days.waiting()
    assert due["due_at"] == datetime.combine(FRIDAY, made["created_at"].time(), UTC)


async def test_what_comes_late_waits_for_the_morning(planned: Days) -> None:
    late = utc(2026, 11, 28, 3, 0)  # 22:00 in New York
    assert await planned.at(late) == []
    assert (await planned.due())[0] == utc(2026, 11, 28, 14, 30)
    assert await planned.at(utc(2026, 11, 28, 12, 59)) == []
    assert len(await planned.at(utc(2026, 11, 28, 14, 31))) == 1


async def test_over_the_end_of_summer_time_it_stays_half_past_nine(days: Days) -> None:
    days.clock.at = utc(2026, 10, 29, 15, 0)
    days.zone = "America/New_York"
    await days("/coach goal Ask him by Saturday")
    await days("/coach goal Ask her by Sunday")
    assert await days.due() == [utc(2026, 10, 31, 13, 30), utc(2026, 11, 1, 14, 30)]


async def test_another_zone_moves_what_waits(planned: Days) -> None:
    planned.zone = TOKYO
    await planned("hello")
    assert (await planned.due())[0] == utc(2026, 11, 27, 0, 30)
    await planned("/coach me zone america/los angeles")
    assert (await planned.due())[0] == utc(2026, 11, 27, 17, 30)
    # What they set themselves stands, whatever the platform says.
    await planned("hello again")
    assert (await planned.due())[0] == utc(2026, 11, 27, 17, 30)
    assert len(await planned.at(utc(2026, 11, 27, 17, 31))) == 1


async def test_it_waits_while_another_talk_goes_on_there(planned: Days) -> None:
    planned.clock.at = MORNING - timedelta(minutes=2)
    await planned.open("life_coach")
    assert await planned.at(MORNING) == []
    assert len(await planned.at(MORNING + timedelta(minutes=9))) == 1


async def test_nobody_in_danger_is_asked_about_plans(planned: Days) -> None:
    await planned.change_me(paused="explicit:self_harm:")
    assert await planned.at(MORNING) == []
    await planned.change_me(paused=None)
    assert len(await planned.at(utc(2026, 11, 28, 14, 31))) == 1


async def test_it_goes_where_the_session_is_now(planned: Days) -> None:
    planned.conversation = f"{planned.conversation}2"
    await planned("/coach continue executive_coach")
    planned.clock.at = MORNING
    [post] = await planned.work()
    assert post.conversation == planned.conversation


async def test_an_ended_session_hears_the_answer(planned: Days) -> None:
    await planned("/coach end")
    [turned] = await planned.at(MORNING)
    assert STEP in turned.reply.text
    assert (await planned("yes, done!")).coach == "executive_coach"
    assert [one["status"] for one in await planned.rows("commitments")] == ["done"]


# Once --------------------------------------------------------------------------------------------


async def test_put_down_often_it_comes_once(planned: Days) -> None:
    person = await planned.person()

    def again(scope: PersonScope) -> None:
        for subject in list(reminding.subjects(scope)):
            reminding.put_down(scope, subject, planned.clock(), planned.conversation)

    before = await planned.due()
    await planned.engine.change(person, again)
    assert await planned.due() == before
    assert len(await planned.at(MORNING)) == 1
    await planned.engine.change(person, again)
    assert len(await planned.due()) == len(before) - 1
    assert await planned.at(MORNING + timedelta(days=1)) == []


async def test_a_reminder_of_another_day_is_void(planned: Days) -> None:
    [step] = await planned.rows("commitments")
    person = await planned.person()
    await planned.engine.change(
        person, lambda scope: scope.change("commitments", step["id"], check_in=date(2026, 12, 4))
    )
    assert await planned.at(MORNING) == []


@pytest.mark.parametrize("when", ["in the turn", "before it shows", "when it shows"])
async def test_whatever_fails_on_the_way_it_comes_once(
    planned: Days, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    fails = iter([True])

    def fail(*_: object) -> None:
        if next(fails, False):
            raise RuntimeError("the worker dies")

    if when == "in the turn":
        monkeypatch.setattr(reminding, "wait_for", lambda state, pending: fail())
    elif when == "before it shows":
        planned.wall.before = fail
    else:
        planned.wall.after = fail
    shown = []
    for minute in range(4):
        shown += await planned.at(MORNING + timedelta(minutes=minute))
    assert [STEP in one.reply.text for one in shown] == [True]
    asked = [one for one in await planned.rows("messages") if one["text"] == shown[0].reply.text]
    assert len(asked) == 1


async def test_one_a_day_is_enough(planned: Days) -> None:
    person = await planned.person()

    def same_day(scope: PersonScope) -> None:
        [goal] = reminding.subjects(scope, text=ANSWERS[Slot.MEASURE][0])
        scope.change("goals", goal.ref, target_date=FRIDAY)
        fresh = reminding.subject_of(scope, "goal", goal.ref)
        assert fresh is not None
        reminding.put_down(scope, fresh, planned.clock(), planned.conversation)

    await planned.engine.change(person, same_day)
    assert len(await planned.at(MORNING)) == 1
    assert await planned.at(MORNING + timedelta(hours=2)) == []
    assert len(await planned.at(MORNING + timedelta(days=1))) == 1


async def test_one_that_can_not_be_put_is_put_aside_without_a_word(
    planned: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("no way")

    monkeypatch.setattr(reminding, "wait_for", fail)
    for minute in range(4):
        assert await planned.at(MORNING + timedelta(minutes=minute)) == []
    assert (await planned("hello")).reply.error is None


async def test_reminders_are_never_too_fast_for_the_bot(planned: Days) -> None:
    planned.options = replace(planned.options, turns_a_minute=1)
    planned.inbox = planned.new_inbox()
    await planned("/coach goal Ask her by Friday")
    shown = await planned.at(MORNING) + await planned.at(MORNING + timedelta(days=1))
    assert [one.reply.error for one in shown if one.reply.error] == []
