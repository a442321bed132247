"""An adapter with the inbox and the engine behind it: one event, one reply."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from bot.engine.engine import Engine
from bot.inbound import Inbound
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database
from tests.contract.conftest import Ears, Stage
from tests.contract.harness import Harness, Shown


@pytest.fixture
async def answered(
    make_harness: Callable[[], Harness], catalogue: Catalogue, tmp_path: Path
) -> AsyncIterator[Stage]:
    """A platform whose events go into an inbox that answers."""
    database = Database(str(tmp_path / "rocket.db"))
    await database.open()
    engine = Engine(database, catalogue, voice=OfflineVoice())
    await engine.start()
    harness, ears, inboxes = make_harness(), Ears(), list[Inbox]()

    async def accept(key: str, event: Inbound) -> object:
        new = await inboxes[0].accept(key, event)
        await ears.accept(key, event)
        return new

    adapter = await harness.start(accept)
    inboxes.append(Inbox(database, engine, [adapter], Options(merge=False)))
    inboxes[0].start()
    yield Stage(harness, adapter, ears)
    await inboxes[0].stop()
    await harness.stop()
    await database.close()


async def until(
    look: Callable[[], Awaitable[list[Shown]]], enough: Callable[[list[Shown]], bool]
) -> list[Shown]:
    async with asyncio.timeout(30):
        while not enough(shown := await look()):
            await asyncio.sleep(0.02)
    return shown


async def test_one_message_one_reply(answered: Stage) -> None:
    place = await answered.harness.place("ada")
    await answered.harness.say(place, "My boss never listens and I want to lead a team")
    await until(lambda: answered.harness.shown(place), bool)
    await answered.harness.say(place, "/coach help")
    shown = await until(
        lambda: answered.harness.shown(place),
        lambda lines: any("/coach forget" in line.text for line in lines),
    )
    assert sum("Who would you like to start with?" in line.text for line in shown) == 1


async def test_the_same_event_five_times_is_one_reply(answered: Stage) -> None:
    answered.needs("retry")
    place = await answered.harness.place("ada")
    message = await answered.harness.say(place, "My boss never listens and I want to lead a team")
    for _ in range(4):
        await answered.harness.again(place, message)
    await answered.ears.wait(5)
    await answered.harness.say(place, "/coach help")
    shown = await until(
        lambda: answered.harness.shown(place),
        lambda lines: any("/coach forget" in line.text for line in lines),
    )
    assert sum("Who would you like to start with?" in line.text for line in shown) == 1


async def test_a_choice_is_picked_and_answered(answered: Stage) -> None:
    place = await answered.harness.place("ada")
    await answered.harness.say(place, "My boss never listens and I want to lead a team")
    shown = await until(lambda: answered.harness.shown(place), bool)
    offered = [label for line in shown for label in line.choices]
    await answered.harness.pick(place, offered[0])
    after = await until(
        lambda: answered.harness.shown(place), lambda lines: len(lines) > len(shown)
    )
    assert "?" in after[-1].text


async def test_a_place_of_many_is_picked_for_the_clock(answered: Stage) -> None:
    place = await answered.harness.place("ada")
    await answered.harness.say(place, "/coach me zone")
    shown = await until(
        lambda: answered.harness.shown(place), lambda lines: any(line.choices for line in lines)
    )
    offered = [one for line in shown for one in line.choices if one.startswith("Tokyo, ")]
    if offered:
        await answered.harness.pick(place, offered[0])
    else:
        # A platform with few buttons writes the others down; they can be typed.
        (written,) = re.findall(r"Tokyo, \d\d:\d\d now", " ".join(line.text for line in shown))
        await answered.harness.say(place, written)
    await until(
        lambda: answered.harness.shown(place),
        lambda lines: "Your time zone is Asia/Tokyo" in lines[-1].text,
    )
    await answered.harness.say(place, "/coach me zone Munich")
    await until(
        lambda: answered.harness.shown(place),
        lambda lines: "Your time zone is Europe/Berlin" in lines[-1].text,
    )


async def test_a_busy_platform_gets_the_reply_later_and_once(answered: Stage) -> None:
    answered.needs("busy", "cut")
    place = await answered.harness.place("ada")
    await answered.harness.next_call("busy")
    await answered.harness.say(place, "My boss never listens and I want to lead a team")
    await until(lambda: answered.harness.shown(place), bool)
    await answered.harness.next_call("cut")
    await answered.harness.say(place, "/coach help")
    await until(lambda: answered.harness.shown(place), lambda lines: len(lines) > 1)
    await answered.harness.say(place, "/coach sessions")
    shown = await until(
        lambda: answered.harness.shown(place),
        lambda lines: "/coach forget" not in lines[-1].text and len(lines) > 2,
    )
    assert len(shown) == 3
