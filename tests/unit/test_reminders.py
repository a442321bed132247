"""Reminders: once, by day, in the coach's voice, and ended by a button or a plain request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, func, select

from bot.commands import Parsed, parse
from bot.engine import reminding
from bot.engine.checking_in import heard
from bot.engine.sessions import state_of
from bot.engine.state import Pending
from bot.engine.turned import Turned
from bot.inbound import Due, Sender
from bot.inbox.codec import event_from
from bot.inbox.contract import Post, TryLaterError
from bot.replies import Reply
from bot.terminal.adapter import TerminalAdapter
from personas.catalogue import Catalogue
from personas.models import Slot
from storage.database import Database
from storage.inbox.working import _next_due_query, _waiting_query
from storage.queries import PersonScope, table
from tests.days import Days, days_of
from tests.talking import ANSWERS

STEP = ANSWERS[Slot.STEP][0]
NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"
# The step speaks of Thursday the 26th: the day after is to be asked about it.
FRIDAY = date(2026, 11, 27)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


MORNING = utc(2026, 11, 27, 14, 30, 1)


@pytest.fixture
async def days(database: Database, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Days:
    made = days_of(database, catalogue, monkeypatch)
    await made.engine.start()
    return made


@pytest.fixture
async def planned(days: Days) -> Days:
    """Somebody in New York who has promised a step."""
    days.zone = NEW_YORK
    await days.plan()
    return days


@pytest.fixture
async def asked(planned: Days) -> Turned:
    """The reminder of that step."""
    [reminder] = await planned.at(MORNING)
    return reminder


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
    days.zone = TOKYO
    await days("/coach goal Run the stall alone by Saturday")
    assert await days.due() == [utc(2026, 11, 28, 0, 30)]
    [turned] = await days.at(utc(2026, 11, 28, 0, 31))
    assert "“Run the stall alone by Saturday”" in turned.reply.text
    done = await days.press(turned, "Done")
    assert "“Run the stall alone by Saturday”" in done.reply.text
    assert [goal["status"] for goal in await days.rows("goals")] == ["done"]


async def test_a_goal_of_today_is_asked_about_on_the_next_morning(days: Days) -> None:
    days.zone = TOKYO
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
    days.zone = NEW_YORK
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


# Answers -----------------------------------------------------------------------------------------


async def test_done_is_kept_and_asked_what_made_it_work(planned: Days, asked: Turned) -> None:
    turned = await planned.press(asked, "Done")
    coach = planned.engine.catalogue.coach("executive_coach")
    assert turned.reply.question in coach.lines.went_well
    assert turned.reply.question is not None
    assert turned.reply.text.endswith(turned.reply.question)
    assert STEP in turned.reply.text
    assert [one["status"] for one in await planned.rows("commitments")] == ["done"]
    told = "I stayed calm because I had practised the sentence with my sister"
    answered = await planned(told)
    [row] = await planned.rows("persona_sessions")
    strengths = state_of(row).slots[Slot.STRENGTH]
    assert any("practised the sentence" in one.quote for one in strengths), strengths
    assert answered.done
    assert answered.reply.question is None
    # The button again changes nothing and asks nothing.
    again = await planned.press(asked, "Done")
    assert again.reply.question is None


async def test_outcomes_stand_beside_a_goal_that_is_reached(days: Days) -> None:
    days.zone = TOKYO
    await days("/coach goal Find a new kitchen by Friday")
    for kind in ("applied", "applied", "offer"):
        await days(f"/coach log {kind}")
    [turned] = await days.at(utc(2026, 11, 27, 1, 0))
    assert "applied: 2, offer: 1" in (await days.press(turned, "Done")).reply.text


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("Tomorrow", date(2026, 11, 28)),
        ("3", date(2026, 11, 30)),
        ("on Wednesday, after the market", date(2026, 12, 2)),
        ("this evening", date(2026, 11, 28)),
    ],
)
async def test_not_yet_moves_it_once(planned: Days, asked: Turned, said: str, day: date) -> None:
    when = await planned.press(asked, "Not yet")
    assert when.reply.question == "When shall I ask you about it again?"
    assert [one.label for one in when.reply.choices] == ["Tomorrow", "In three days", "Next week"]
    turned = await planned(said)
    assert turned.reply.question is None
    await planned.press(when, "In three days")
    await planned(f"/coach checkin later {(await planned.rows('commitments'))[0]['id']} {said}")
    moved = [row for row in await planned.waiting() if "commitment" in row["event_key"]]
    if said != "3":
        assert len(moved) == 1
        assert moved[0]["due_at"] == utc(day.year, day.month, day.day, 14, 30)
        [again] = await planned.at(moved[0]["due_at"] + timedelta(seconds=1))
        assert STEP in again.reply.text
        # Asked once more, it is asked in other words.
        assert again.reply.text != asked.reply.text


async def test_a_changed_step_is_promised_anew_and_asked_about(
    planned: Days, asked: Turned
) -> None:
    turned = await planned.press(asked, "Change it")
    assert turned.reply.question is not None
    assert not turned.done
    sure = await planned("On Monday at noon I write the owner a note with two dates")
    assert sure.reply.question is not None
    assert "“On Monday at noon I write the owner a note with two dates”" in sure.reply.question
    assert (await planned("9")).done
    [kept] = await planned.rows("commitments")
    assert "a note with two dates" in kept["text"]
    moved = [row for row in await planned.waiting() if "commitment" in row["event_key"]]
    assert [row["due_at"] for row in moved] == [utc(2026, 12, 1, 14, 30)]
    [again] = await planned.at(utc(2026, 12, 1, 14, 31))
    assert "a note with two dates" in again.reply.text


async def test_a_goal_of_no_session_is_written_anew(days: Days) -> None:
    days.zone = TOKYO
    await days("/coach goal Find a new kitchen by Friday")
    [turned] = await days.at(utc(2026, 11, 27, 1, 0))
    how = await days.press(turned, "Change it")
    [goal] = await days.rows("goals")
    assert f"/coach checkin change goal {goal['id']}" in how.reply.text
    await days(f"/coach checkin change goal {goal['id']} Find a new kitchen by 15 December")
    assert await days.due() == [utc(2026, 12, 15, 0, 30)]


async def test_an_answer_in_own_words_is_understood(planned: Days, asked: Turned) -> None:
    await planned("not yet, the owner was away")
    turned = await planned("next Wednesday")
    assert turned.reply.question is None
    assert [one["check_in"] for one in await planned.rows("commitments")] == [date(2026, 12, 2)]
    told = [one["text"] for one in await planned.rows("messages") if one["role"] == "user"]
    assert told[-2:] == ["not yet, the owner was away", "next Wednesday"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("yes", "done 7"),
        ("Yes, I did it!", "done 7"),
        ("done", "done 7"),
        ("I did it, though it was not easy", "done 7"),
        ("no", "later 7"),
        ("Not yet", "later 7"),
        ("I haven’t had the time", "later 7"),
        ("Sorry, I didn't get to it", "later 7"),
        ("I'd like to change it", "change 7"),
        ("yes but the owner is a difficult man", None),
        ("I'm done with this job", None),
        ("I almost did it", None),
        ("nobody came", None),
        ("The owner smiled and said he would think about it", None),
    ],
)
def test_plain_answers(said: str, meant: str | None) -> None:
    pending = Pending(key="check_in:commitment:7", kind="check_in", text="?")
    assert heard(pending, said) == (Parsed("checkin", meant) if meant else None)
    assert heard(None, said) is None
    assert heard(pending.model_copy(update={"kind": "bank"}), said) is None


async def test_a_number_of_somebody_elses_step_says_nothing(planned: Days, asked: Turned) -> None:
    [step] = await planned.rows("commitments")
    other = Days(planned.engine, planned.clock, "bob")
    turned = await other(f"/coach checkin done {step['id']}")
    assert turned.reply.error is not None
    assert STEP not in turned.reply.text
    assert [one["status"] for one in await planned.rows("commitments")] == ["open"]


# Void --------------------------------------------------------------------------------------------


async def test_a_step_that_is_done_before_is_not_asked_about(planned: Days) -> None:
    [step] = await planned.rows("commitments")
    await planned(f"/coach checkin done {step['id']}")
    assert await planned.at(MORNING) == []


async def test_a_promise_that_is_taken_back_is_not_asked_about(planned: Days) -> None:
    await planned("take it back")
    assert await planned.waiting() == []
    assert await planned.at(MORNING) == []
    assert await planned.rows("commitments") == []


async def test_a_step_whose_message_is_deleted_is_not_asked_about(planned: Days) -> None:
    [step] = await planned.rows("commitments")
    person = await planned.person()
    await planned.engine.change(person, lambda scope: scope.remove("commitments", id=step["id"]))
    assert await planned.at(MORNING) == []


@pytest.mark.parametrize(
    "said",
    [
        "stop reminding me",
        "Please stop the reminders.",
        "No more reminders!",
        "don’t remind me",
        "/coach reminders off",
    ],
)
async def test_a_plain_request_ends_them_all(planned: Days, said: str) -> None:
    before = await planned.due()
    turned = await planned(said)
    assert "won't remind you" in turned.reply.text
    assert await planned.waiting() == []
    await planned("/coach goal Ask her by Saturday")
    assert await planned.waiting() == []
    assert await planned.at(MORNING) == []
    planned.clock.at = utc(2026, 11, 23, 18, 0)
    back = await planned("/coach reminders on")
    assert STEP in back.reply.text
    assert set(before) < set(await planned.due())
    assert len(await planned.at(MORNING)) == 1


def test_only_whole_messages_are_requests() -> None:
    assert parse("stop reminding me") == Parsed("reminders", "off")
    assert parse("My boss should stop reminding me of the figures") is None
    assert parse("reminders") == Parsed("reminders", "")


async def test_a_row_left_behind_asks_nobody_who_wants_none(planned: Days) -> None:
    await planned.change_me(reminders=False)
    assert await planned.at(MORNING) == []


async def test_forgotten_means_never_asked(planned: Days) -> None:
    person = await planned.person()
    await planned("/coach forget everything")
    assert await planned.at(MORNING) == []

    def left(connection: Connection) -> tuple[int | None, int | None]:
        rows = table("inbox")
        mine = select(func.count()).where(rows.c.person_id == person)
        return (
            connection.scalar(mine.where(rows.c.settled_at.is_(None))),
            connection.scalar(mine.where(rows.c.payload.is_not(None))),
        )

    assert await planned.engine.database.read(left) == (0, 0)


async def test_a_reminder_for_nobody_makes_nobody(days: Days) -> None:
    due = Due(days.conversation, "", days.sender, "commitment", 1, "2026-11-23", days.clock())
    turned = await days.engine.handle(due)
    assert turned.reply.text == ""
    count = select(func.count()).select_from(table("people"))
    assert await days.engine.database.read(lambda connection: connection.scalar(count)) == 0


async def test_what_is_remembered_tells_of_the_next_one(planned: Days) -> None:
    text = (await planned("/coach me")).reply.text
    assert "Reminders: on" in text
    assert "Friday 27 November 2026, 09:30" in text
    await planned("stop reminding me")
    assert "Reminders: off" in (await planned("/coach me")).reply.text


# Many --------------------------------------------------------------------------------------------


async def test_two_thousand_far_reminders_cost_a_turn_nothing(days: Days) -> None:
    days.zone = TOKYO
    await days("/coach goal Run the stall alone by 2027-10-10")
    [row] = await days.waiting()
    plain = await _cost(days)

    def many(connection: Connection) -> None:
        rows = table("inbox")
        kept = {name: value for name, value in row.items() if name != "id"}
        copies = [{**kept, "event_key": f"{row['event_key']}{n}"} for n in range(2000)]
        connection.execute(rows.insert(), copies)
        if days.engine.database.dialect == "postgresql":
            connection.exec_driver_sql("ANALYZE inbox")

    await days.engine.database.write(many)
    assert len(await days.waiting()) == 2001
    assert await _cost(days) <= plain * 1.2 + 5


async def _cost(days: Days) -> float:
    """What one look into the mailbox costs: steps of SQLite's machine, rows touched by Postgres."""
    person = await days.person()
    queries = [_waiting_query(), _next_due_query()]

    def steps(connection: Connection) -> float:
        raw = connection.connection.driver_connection
        counted = [0]

        def count() -> int:
            counted[0] += 1
            return 0

        raw.set_progress_handler(count, 1)
        try:
            for query in queries:
                connection.execute(query, {"person": person, "now": days.clock()}).all()
        finally:
            raw.set_progress_handler(None, 0)
        return counted[0]

    def touched(connection: Connection) -> float:
        total = 0.0
        for query in queries:
            told = query.params(person=person, now=days.clock())
            sql = told.compile(connection, compile_kwargs={"literal_binds": True})
            found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}").scalar()
            total += _rows(found[0]["Plan"])
        return total

    sqlite = days.engine.database.dialect == "sqlite"
    return await days.engine.database.read(steps if sqlite else touched)


def _rows(plan: dict) -> float:
    own = plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0)
    return own * plan["Actual Loops"] + sum(_rows(one) for one in plan.get("Plans", []))


# The terminal ------------------------------------------------------------------------------------


async def test_an_open_window_shows_a_reminder_that_nobody_asked_for() -> None:
    shown: list[Turned] = []
    adapter = TerminalAdapter(shown.append, own_only=False)
    sender = Sender("terminal", "local", "ada")
    turned = Turned(Reply("How did it go?"))
    post = Post("0" * 24, "terminal:local:ada:main", sender, turned)
    begun = await adapter.begin(post, repeat=False)
    assert begun.whole
    assert shown == [turned]
    # An answer to another window's line waits for that window.
    with pytest.raises(TryLaterError):
        await adapter.begin(replace(post, key="1" * 24, answers="line 1"), repeat=False)
