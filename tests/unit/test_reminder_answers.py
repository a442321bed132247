"""What is said to a reminder, what makes it void, and many of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection, func, select

from bot.commands import Parsed, parse
from bot.engine.checking_in import heard
from bot.engine.sessions import state_of
from bot.engine.state import Pending
from bot.engine.turned import Turned
from bot.inbound import Due, Sender
from bot.inbox.contract import Post, TryLaterError
from bot.replies import Reply
from bot.terminal.adapter import TerminalAdapter
from personas.models import Slot
from storage.inbox.working import _next_due_query, _waiting_query
from storage.queries import table
from tests.days import Days
from tests.unit.test_reminders import MORNING, STEP, utc

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
    days.zone = "Asia/Tokyo"
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
    days.zone = "Asia/Tokyo"
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
    days.zone = "Asia/Tokyo"
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
