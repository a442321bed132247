"""Discord tells no time zone: it is asked for before the first check-in, and that goes by it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from bot.engine.sessions import state_of
from storage import inbox
from storage.queries import PersonScope, Row
from tests.discord.conftest import Running, text_of
from tests.discord.test_story import begun, rows
from tests.discordserver.person import Person
from tests.discordserver.world import Channel, Message
from tests.talking import ANSWERS

QUESTION = "Where are you, by the clock?"


async def scope_of(running: Running) -> str:
    return str((await rows(running, "SELECT id FROM people"))[0][0])


async def session(running: Running) -> Row:
    person = await scope_of(running)
    return (await running.app.engine.look(person, lambda scope: scope.sessions()))[0]


async def planned(running: Running) -> tuple[Person, Channel, Message]:
    """Ada's session as soon as a step is promised; the message with the question."""
    _, _, ada, thread, _ = await begun(running)
    used: dict[object, int] = {}
    for _ in range(20):
        pending = state_of(await session(running)).pending
        slot = pending.slot if pending is not None else None
        kind = pending.kind if pending is not None else ""
        lines, number = ANSWERS[slot], used.get(slot, 0)
        used[slot] = number + 1
        line = lines[number] if number < len(lines) else f"More about it: take {number}, as told"
        said = ada.say(thread, {"scale": "3 2 4 3 2", "commit": "8"}.get(kind, line))
        reply = await running.seen(
            ada, thread, lambda one, after=said.id: one.id > after and one.components
        )
        if (await session(running))["status"] == "completed":
            return ada, thread, await running.seen(ada, thread, lambda one: QUESTION in one.content)
        assert QUESTION not in reply.content
    raise AssertionError("no plan")


async def due(running: Running) -> datetime:
    person = await scope_of(running)
    return await running.app.database.read(
        lambda one: inbox.reminders(one, PersonScope(one, person).lanes())[0]["due_at"]
    )


def entries(message: Message) -> list[str]:
    return [
        option["label"]
        for row in message.components
        for one in row["components"]
        for option in one.get("options") or []
    ]


async def test_a_place_is_picked_from_the_menu_under_the_plan(running: Running) -> None:
    ada, _, asked = await planned(running)
    offered = entries(asked)
    # Her Discord is in American English.
    assert offered[0].startswith("New York, ")
    assert offered[-1] == "Rather not say"
    sydney = next(one for one in offered if one.startswith("Sydney, "))
    done = ada.choose(asked, "Pick one", sydney)
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert "Your time zone is Australia/Sydney" in text_of(done.original)
    there = (await due(running)).astimezone(ZoneInfo("Australia/Sydney"))
    assert (there.hour, there.minute) == (9, 30)
    assert await rows(running, "SELECT time_zone FROM people") == [("Australia/Sydney",)]


@pytest.mark.parametrize(
    ("typed", "zone"), [("I'm in Porto", "Europe/Lisbon"), ("rather not", None)]
)
async def test_a_place_is_typed_or_kept_back(
    running: Running, typed: str, zone: str | None
) -> None:
    ada, thread, asked = await planned(running)
    before = await due(running)
    ada.say(thread, typed)
    told = await running.seen(ada, thread, lambda one: one.id > asked.id and one.components)
    assert await rows(running, "SELECT time_zone FROM people") == [(zone,)]
    after = await due(running)
    if zone is None:
        assert after == before
        assert "/coach me zone" in told.content
    else:
        there = after.astimezone(ZoneInfo(zone))
        assert (there.hour, there.minute) == (9, 30)
        assert there.strftime("%H:%M") in told.content


async def test_it_is_seen_and_changed_by_a_command(running: Running) -> None:
    _, general, ada, _, _ = await begun(running)
    done = ada.slash("coach me", general)
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert "Time zone: not known" in text_of(done.original)
    ask = ada.click(done.original, "Set my time zone")
    await running.until(lambda: ask.original is not None and QUESTION in text_of(ask.original))
    tokyo = next(one for one in entries(ask.original) if one.startswith("Tokyo, "))
    told = ada.choose(ask.original, "Pick one", tokyo)
    await running.until(
        lambda: told.original is not None and "Asia/Tokyo" in text_of(told.original)
    )
    assert await rows(running, "SELECT time_zone FROM people") == [("Asia/Tokyo",)]
