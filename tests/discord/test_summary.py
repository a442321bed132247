"""What two coaches found is its owner's; others read it after a look, where the owner wants it."""

from __future__ import annotations

from bot.platforms import wording
from tests.discord.conftest import Running, text_of
from tests.discord.test_story import GOAL, begun, threads_of
from tests.discordserver.interactions import Interaction
from tests.discordserver.permissions import P
from tests.discordserver.person import Person
from tests.discordserver.world import Channel, Guild

STORY = "I led the move of our shop to a new till and we lost no sale in that week"


async def answer(running: Running, done: Interaction) -> str:
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert done.original is not None
    return text_of(done.original)


async def talked(running: Running) -> tuple[Guild, Channel, Person, Channel]:
    """Ada has told David and Maya something; the thread with Maya."""
    guild, general, ada, david, _ = await begun(running)
    done = ada.slash("coach summary", general)
    assert "at least two coaches" in await answer(running, done)
    assert done.original is not None
    assert "Share it …" not in ada.buttons(done.original)
    ada.slash("coach start", general, coach="life_coach")
    await running.until(lambda: len(threads_of(guild, general)) == 2)
    maya = running.driver.find_thread(general, "Maya")
    await running.seen(ada, maya, lambda one: one.components)
    for thread in (david, maya):
        for line in (GOAL, STORY):
            said = ada.say(thread, line)
            await running.seen(ada, thread, lambda one, after=said.id: one.id > after)
    return guild, general, ada, maya


async def test_the_summary_is_the_owners_and_shared_after_a_look(running: Running) -> None:
    guild, general, ada, _ = await talked(running)
    bob = running.driver.user("bob", guild)
    done = ada.slash("coach summary", general)
    shown = await answer(running, done)
    assert "David" in shown
    assert "Maya" in shown
    before = [one.id for one in bob.sees(general)]
    look = ada.click(done.original, "Share it …")
    assert shown.split("\n")[0] in await answer(running, look)
    assert "everybody in" in text_of(look.original)
    assert look.original.only == ada.id
    assert [one.id for one in bob.sees(general)] == before
    told = ada.click(look.original, "Share it")
    read = await running.seen(bob, general, lambda one: "shares this" in one.content)
    assert ada.mention in read.content
    assert read.body["mentions"] == []
    assert text_of(read).endswith(shown)
    await running.until(lambda: "Shared: " in text_of(told.original or look.original))
    assert ada.buttons(told.original) == []


async def test_from_a_session_it_is_shared_in_its_channel(running: Running) -> None:
    guild, general, ada, maya = await talked(running)
    bob = running.driver.user("bob", guild)
    done = ada.slash("coach summary", maya)
    await answer(running, done)
    look = ada.click(done.original, "Share it …")
    assert f"<#{general.id}>" in await answer(running, look)
    ada.click(look.original, "Share it")
    await running.seen(bob, general, lambda one: "shares this" in one.content)


async def test_it_is_not_shared_where_the_owner_may_not_write(running: Running) -> None:
    guild, general, ada, _ = await talked(running)
    done = ada.slash("coach summary", general)
    await answer(running, done)
    look = ada.click(done.original, "Share it …")
    await answer(running, look)
    running.driver.revoke(guild, P.SEND_MESSAGES)
    told = ada.click(look.original, "Share it")
    await running.until(
        lambda: "can't be shared from here" in text_of(told.original or look.original)
    )
    assert not [one for one in ada.sees(general) if "shares this" in one.content]


async def test_where_the_app_fails_its_owner_is_told(running: Running) -> None:
    _, general, ada, _ = await talked(running)
    done = ada.slash("coach summary", general)
    await answer(running, done)
    look = ada.click(done.original, "Share it …")
    await answer(running, look)
    running.server.faults.fail(f"POST /channels/{general.id}/messages", times=1, status=400)
    told = ada.click(look.original, "Share it")
    await running.until(lambda: text_of(told.original or look.original) == wording.TRY_AGAIN)


async def test_in_direct_messages_there_is_nobody_to_share_it_with(running: Running) -> None:
    _, _, ada, _ = await talked(running)
    done = ada.slash("coach summary", ada.direct)
    assert "David" in await answer(running, done)
    assert "Share it …" not in ada.buttons(done.original)
