"""Replies that grow: each on a clock of its own, and nothing older comes last."""

from __future__ import annotations

import asyncio

import pytest

from bot.discord import limits
from bot.discord.live import Live
from bot.discord.render import Part
from bot.discord.rest import Rest

AN_HOUR = 3600.0


def part(text: str) -> Part:
    return Part(text, ())


@pytest.fixture
def live() -> Live:
    return Live(Rest("token"), every_s=AN_HOUR)


class Shown:
    """A message that is edited."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.free = asyncio.Event()
        self.free.set()

    async def edit(self, one: Part) -> None:
        await self.free.wait()
        self.texts.append(one.content)


def test_a_message_is_edited_about_once_a_second() -> None:
    assert Live(Rest("token"))._every_s == limits.EDIT_S == 1.0


async def test_what_grows_waits_until_the_last_edit_has_rested(live: Live) -> None:
    shown = Shown()
    live.begin("a", "here", part("I"), shown.edit)
    for text in ("I see", "I see that", "I see that you"):
        await live.add("a", part(text))
    await asyncio.sleep(0)
    assert shown.texts == []
    growing = live.get("a")
    assert growing is not None
    assert growing.wanted == part("I see that you")
    await live.end("a")


async def test_one_that_rests_holds_back_no_other(live: Live) -> None:
    resting, ready = Shown(), Shown()
    live.begin("a", "here", part("I"), resting.edit)
    live.begin("b", "there", part("You"), ready.edit)
    other = live.get("b")
    assert other is not None
    other.at -= AN_HOUR
    await live.add("a", part("I see"))
    await live.add("b", part("You say"))
    assert (resting.texts, ready.texts) == ([], ["You say"])
    # From now on that one rests, too.
    await live.add("b", part("You say that"))
    assert ready.texts == ["You say"]
    await live.close()


async def test_nothing_older_comes_after_the_end(live: Live) -> None:
    shown = Shown()
    live.begin("a", "here", part("I"), shown.edit)
    await live.add("a", part("I see"))
    await live.end("a")
    await live.add("a", part("I see that"))
    await asyncio.sleep(0)
    assert shown.texts == []


async def test_what_was_stopped_grows_no_more(live: Live) -> None:
    shown = Shown()
    live.begin("a", "here", part("I"), shown.edit)
    growing = live.get("a")
    assert growing is not None
    growing.at -= AN_HOUR
    assert live.stop(conversation="here")
    assert not live.stop(key="b")
    await live.add("a", part("I see"))
    assert shown.texts == []
