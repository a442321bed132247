"""How people come in: with words of theirs, from another thread, to fewer coaches."""

from datetime import UTC, datetime

import pytest

from bot.engine.engine import Engine
from bot.inbound import Message, Opened, Sender
from bot.inbox.codec import event_from, event_json
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue, CatalogueError

SENDER = Sender("slack", "T1", "U1")
AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
OLD, NEW = "slack:T1:D1:1.0", "slack:T1:D1:2.0"
TEXT = "I want to ask for more pay after three years on the same ward"


def opened(conversation, **more):
    return Opened(conversation, "", SENDER, AT, **more)


def message(conversation, text, number="m1"):
    return Message(conversation, number, SENDER, text, AT)


async def test_a_session_starts_from_what_was_said_before(engine):
    turned = await engine.handle(opened(NEW, coach="salary_negotiator", text=TEXT))
    assert turned.coach == "salary_negotiator"
    lines = await engine.transcript(SENDER, turned.session)
    assert [line["text"] for line in lines if line["role"] == "user"] == [TEXT]


async def test_a_session_moves_without_a_greeting(engine):
    first = await engine.handle(opened(OLD, coach="life_coach"))
    moved = await engine.handle(opened(NEW, coach="life_coach", quiet=True))
    assert (moved.reply.text, moved.session) == ("", first.session)
    turned = await engine.handle(message(NEW, "I am tired of the night shifts on my ward"))
    assert turned.session == first.session
    assert (await engine.handle(message(OLD, "and another thing", "m2"))).session is None


async def test_an_ended_session_of_a_thread_is_taken_up_there(engine):
    first = await engine.handle(opened(OLD, coach="life_coach"))
    await engine.handle(message(OLD, "end"))
    moved = await engine.handle(opened(OLD, coach="life_coach", quiet=True))
    assert moved.session == first.session
    turned = await engine.handle(message(OLD, "I am tired of night shifts", "m2"))
    assert turned.session == first.session


async def test_words_brought_to_an_open_session_are_a_turn_of_it(engine):
    first = await engine.handle(opened(OLD, coach="salary_negotiator"))
    turned = await engine.handle(opened(NEW, coach="salary_negotiator", text=TEXT))
    assert turned.session == first.session
    lines = await engine.transcript(SENDER, turned.session)
    assert lines[-2]["text"] == TEXT
    assert (await engine.handle(message(NEW, "It is about 200 euros a month"))).session


async def test_danger_in_words_brought_along_comes_first(engine):
    turned = await engine.handle(
        opened(NEW, coach="life_coach", text="I want to kill myself, I can't go on")
    )
    assert turned.safety == "explicit"
    assert turned.session is None


async def test_a_reply_knows_its_line_of_the_transcript(engine):
    first = await engine.handle(opened(OLD, coach="life_coach"))
    then = await engine.handle(message(OLD, "I am tired of the night shifts on my ward"))
    again = await engine.handle(message(OLD, "again", "m2"))
    lines = {str(line["message"]): line for line in await engine.transcript(SENDER, first.session)}
    assert lines[first.reply.reply_id]["text"] == first.reply.text
    assert lines[again.reply.reply_id]["text"] == again.reply.text
    assert then.reply.reply_id not in lines


def test_events_of_an_earlier_version_can_still_be_read():
    event = opened(NEW, coach="life_coach", text=TEXT, quiet=True)
    kept = event_json(event)
    assert event_from("opened", kept) == event
    del kept["text"], kept["quiet"]
    assert event_from("opened", kept) == opened(NEW, coach="life_coach")


async def test_a_coach_that_is_off_is_not_offered_but_goes_on(database):
    engine = Engine(database, Catalogue(), voice=OfflineVoice())
    await engine.start()
    first = await engine.handle(opened(OLD, coach="life_coach"))
    fewer = Engine(database, Catalogue(off=["life_coach"]), voice=OfflineVoice())
    menu = await fewer.handle(opened(NEW))
    assert "life_coach" not in {choice.id for choice in menu.reply.choices}
    assert len(menu.reply.choices) == 6
    found = fewer.recommender.recommend("I have no energy left and my family never sees me")
    assert "life_coach" not in {one.coach for one in found.ranking}
    assert (await fewer.handle(message(OLD, "I am tired of my job"))).session == first.session


@pytest.mark.parametrize("off", [["nobody"], Catalogue().keys])
def test_what_cannot_be_off_is_said(off):
    with pytest.raises(CatalogueError, match="COACHES_OFF"):
        _ = Catalogue(off=off).keys


async def test_the_safety_text_names_somebody_where_the_person_is(database):
    engine = Engine(database, Catalogue(), voice=OfflineVoice(), human="Ana in HR, ext. 12")
    await engine.start()
    turned = await engine.handle(message(NEW, "I want to kill myself"))
    assert "Ana in HR, ext. 12" in turned.reply.text
    again = await engine.handle(message(NEW, "hello", "m2"))
    assert "Ana in HR" not in again.reply.text
