"""What is kept of a talk: taken back, changed, carried to the next coach, exported, forgotten."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from bot.engine.engine import Engine
from bot.engine.errors import NotFoundError
from bot.engine.sessions import state_of
from bot.inbound import Message
from personas.models import Slot
from storage.database import Database
from storage.tables import metadata
from tests.conftest import Talk
from tests.talking import GOAL, STORY, WHY, row_of, to_the_plan


async def test_a_correction_takes_the_wrong_reading_out(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    await talk(GOAL)
    await talk("That's not what I meant")
    assert Slot.GOAL not in state_of(await row_of(engine, talk)).slots


async def test_the_last_answer_can_be_taken_back(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    first = await talk(GOAL)
    await talk("It is about the secret recipe of my grandmother")
    back = await talk("take it back")
    assert back.progress == first.progress
    assert back.reply.question == first.reply.question
    session = back.session
    assert session is not None
    told = await engine.transcript(talk.sender, session)
    assert all("grandmother" not in one["text"] for one in told)


async def test_a_reply_can_be_worded_again(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    first = await talk(GOAL)
    other = await talk.command("again")
    assert other.reply.text != first.reply.text
    assert other.progress == first.progress
    session = other.session
    assert session is not None
    told = await engine.transcript(talk.sender, session)
    assert [one["text"] for one in told][-1] == other.reply.text
    assert sum(one["text"] == first.reply.text for one in told) == 0


async def test_an_edit_changes_the_evidence(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    await talk(GOAL)
    await talk.edit(talk.last, "I want to open a cafe by the harbour")
    evidence = state_of(await row_of(engine, talk)).evidence(Slot.GOAL)
    assert evidence is not None
    assert "cafe by the harbour" in evidence.quote


async def test_a_deletion_leaves_no_word(engine: Engine, talk: Talk, tmp_path: Path) -> None:
    await talk.open("executive_coach")
    await talk("I want to leave the zebrafish laboratory behind")
    await talk.delete(talk.last)
    await engine.database.wipe_log()
    kept = await row_of(engine, talk)
    assert "zebrafish" not in str(dict(kept))
    told = await engine.transcript(talk.sender, kept["id"])
    assert all("zebrafish" not in one["text"] for one in told if one["role"] == "user")


async def test_feedback_is_kept_last_word_wins(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    turned = await talk(GOAL)
    assert turned.session is not None
    reply = (await engine.transcript(talk.sender, turned.session))[-1]["message"]
    await talk.feedback(reply, 1)
    await talk.feedback(reply, -1)
    data = (await engine.export(talk.sender))["data"]
    assert [(one["message_id"], one["value"]) for one in data["feedback"]] == [(reply, -1)]


async def test_findings_can_be_confirmed_and_deleted(engine: Engine, talk: Talk) -> None:
    await to_the_plan(engine, talk, "executive_coach")
    found = (await engine.export(talk.sender))["data"]["persona_insights"]
    assert found
    key = str(found[0]["id"])
    assert (await talk.command("confirm", key)).reply.error is None
    after = (await engine.export(talk.sender))["data"]["persona_insights"]
    assert after[0]["confirmed"] is True
    await talk.command("correct", key)
    left = (await engine.export(talk.sender))["data"]["persona_insights"]
    assert key not in {str(one["id"]) for one in left}
    assert (await talk.command("confirm", key)).reply.error is not None


async def test_the_second_coach_opens_with_what_is_known(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    await talk(GOAL)
    await talk(WHY)
    second = await talk("switch to Elena")
    assert second.coach == "network_builder"
    assert GOAL in second.reply.text
    assert "Alexandra" in second.reply.text


async def test_memory_across_coaches_can_be_switched_off(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    await talk(GOAL)
    await talk.command("me", "off")
    second = await talk("switch to Elena")
    assert GOAL not in second.reply.text


async def test_coming_back_goes_on_where_it_was(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    asked = await talk(GOAL)
    back = await talk.engine.resume(talk.sender, talk.conversation)
    assert back is not None
    assert back.session == asked.session
    assert back.reply.question == asked.reply.question
    assert GOAL in back.reply.text


async def test_an_ended_session_can_be_continued(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    asked = await talk(GOAL)
    await talk("end")
    back = await talk(f"/coach continue {asked.session}")
    assert back.session == asked.session


async def test_nobody_sees_another_persons_session(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    turned = await talk(GOAL)
    assert turned.session is not None
    other = Talk(engine, "eve")
    for read in (engine.transcript, engine.plan):
        with pytest.raises(NotFoundError):
            await read(other.sender, turned.session)
    stolen = await other(f"/coach continue {turned.session}")
    assert GOAL not in stolen.reply.text
    assert stolen.session is None


async def test_forget_leaves_no_word(engine: Engine, talk: Talk, database: Database) -> None:
    await to_the_plan(engine, talk, "executive_coach")
    await talk("/coach goal keep the Zwetschgenkuchen on the menu")
    words = ["Zwetschgenkuchen", "apprentice", "sister Ines"]
    before = await _kept(database)
    assert all(word in before for word in words)
    await talk("/coach forget everything")
    after = await _kept(database)
    assert not [word for word in words if word in after]


async def _kept(database: Database) -> str:
    """All that the database holds: its files where it is files, else every row."""
    if database.dialect == "sqlite":
        files = database.file.parent.glob("rocket.db*")
        return "".join(path.read_bytes().decode("latin-1") for path in files)

    def rows(connection: Connection) -> str:
        return "".join(
            str(connection.execute(select(table)).all()) for table in metadata.sorted_tables
        )

    return await database.read(rows)


async def test_forget_asks_first(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    await talk(GOAL)
    asked = await talk("/coach forget")
    assert asked.reply.choices
    assert (await engine.sessions(talk.sender)) != []


async def test_the_export_is_complete(engine: Engine, talk: Talk) -> None:
    await to_the_plan(engine, talk, "executive_coach")
    data = (await engine.export(talk.sender))["data"]
    for name in (
        "persona_sessions",
        "messages",
        "persona_insights",
        "asked",
        "goals",
        "commitments",
    ):
        assert data[name], name
    text = await engine.export_markdown(talk.sender)
    assert STORY in text
    assert WHY in text


def burst(talk: Talk, *texts: str) -> Message:
    """Several messages that are read as one, as the inbox makes it of them."""
    parts = tuple((talk._next(), text) for text in texts)
    joined = "\n".join(texts)
    return Message(talk.conversation, parts[0][0], talk.sender, joined, talk.at, parts=parts)


async def said_in(engine: Engine, talk: Talk) -> list[str]:
    session = (await row_of(engine, talk))["id"]
    told = await engine.transcript(talk.sender, session)
    return [one["text"] for one in told if one["role"] == "user"]


async def test_an_edit_of_one_part_changes_that_part_alone(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    said = burst(talk, "Good morning", "I want to become head of the bakery", "By the summer")
    await engine.handle(said)
    turned = await talk.edit(said.parts[1][0], "I want to open a cafe by the harbour")
    assert "I have changed that" in turned.reply.text
    assert await said_in(engine, talk) == [
        "Good morning\nI want to open a cafe by the harbour\nBy the summer"
    ]
    kept = str(dict(await row_of(engine, talk)))
    assert "cafe by the harbour" in kept
    assert "head of the bakery" not in kept
    # The parts are kept along, so that a second edit works as the first did.
    await talk.edit(said.parts[1][0], "I want to lead a kitchen")
    assert await said_in(engine, talk) == ["Good morning\nI want to lead a kitchen\nBy the summer"]


async def test_a_deletion_of_one_part_leaves_the_others(engine: Engine, talk: Talk) -> None:
    await talk.open("executive_coach")
    said = burst(talk, "I leave the zebrafish laboratory", "I want to become head of the bakery")
    await engine.handle(said)
    # The first part's id is the row's own too: deleting it must not take the rest along.
    await talk.delete(said.parts[0][0])
    await talk.delete(said.parts[0][0])
    assert await said_in(engine, talk) == ["I want to become head of the bakery"]
    assert "zebrafish" not in str(dict(await row_of(engine, talk)))
    assert (await talk.edit(said.parts[0][0], "back again")).reply.text == ""
    await talk.delete(said.parts[1][0])
    assert await said_in(engine, talk) == []


@pytest.mark.parametrize(
    "text", ["I want to kill myself", "Ich möchte gern die Bäckerei leiten und weiß nicht wie"]
)
async def test_what_is_answered_outside_coaching_can_be_deleted(
    engine: Engine, talk: Talk, text: str
) -> None:
    await talk.open("executive_coach")
    await talk(text)
    assert await said_in(engine, talk) == [text]
    await talk.delete(talk.last)
    assert await said_in(engine, talk) == []
