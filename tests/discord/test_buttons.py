"""Buttons under replies: whose they are, which still count, what the last press says."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from bot.platforms import wording
from personas.catalogue import Catalogue
from tests.discord.conftest import Running, text_of
from tests.discord.test_gaps import replies
from tests.discord.test_story import GOAL, begun, handle, rows, threads_of
from tests.discordserver.core import File


async def test_thumbs_count_last(running: Running) -> None:
    _, _, ada, _, opening = await begun(running)
    for thumb in ("up", "down"):
        thanks = ada.click(opening, handle(opening, thumb))
        await running.until(lambda one=thanks: "Thank you" in one.text)

    async def kept() -> list[tuple[object, ...]]:
        return await rows(running, "SELECT value FROM feedback")

    async with asyncio.timeout(20):
        while await kept() != [(-1,)]:
            await asyncio.sleep(0.02)


async def test_an_older_reply_is_not_worded_again(running: Running) -> None:
    _, _, ada, thread, opening = await begun(running)
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    told = ada.click(opening, handle(opening, "again"))
    await running.until(lambda: "Only the last reply" in told.text)
    await running.server.settled(0.2)
    shown = [one.id for one in replies(ada, thread, said) if not one.only]
    assert shown == [reply.id]


async def test_an_old_question_is_no_longer_open(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    # Short answers get choices.
    said = ada.say(thread, "dunno")
    offered = await running.seen(ada, thread, lambda one: one.id > said.id and one.components)
    pick = handle(offered, "pick")
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id and one.components)
    told = ada.click(offered, pick)
    await running.until(lambda: told.text == wording.STALE)
    await running.server.settled(0.2)
    assert [one.id for one in replies(ada, thread, said) if not one.only] == [reply.id]
    assert len(await running.transcript()) == 2


async def test_what_is_offered_last_is_picked(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, "dunno")
    offered = await running.seen(ada, thread, lambda one: one.id > said.id and one.components)
    label = ada.buttons(offered)[0]
    ada.click(offered, handle(offered, "pick"))
    await running.seen(ada, thread, lambda one: one.id > offered.id and one.components)
    assert await running.transcript() == ["dunno", label]


async def test_more_of_a_session_stands_behind_a_button(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id and one.components)
    for label, words in (("Show my plan", "plan"), ("Take my last answer back", "")):
        more = ada.click(reply, "More")
        await running.until(lambda one=more: one.original is not None and one.original.components)
        assert more.original is not None
        assert more.original.only == ada.id
        ada.choose(more.original, "Pick one", label)
        before = reply.id
        reply = await running.seen(
            ada, thread, lambda one, after=before: one.id > after and not one.only
        )
        assert words in reply.content.casefold()
        await running.until(lambda one=more: one.original.id not in thread.messages)
    assert await running.transcript() == []


async def test_commands_without_a_session_are_answered_to_the_caller(running: Running) -> None:
    guild, general, ada, _, _ = await begun(running)
    bob = running.driver.user("bob", guild)
    for command, words in (("next", "needs a session"), ("help", "/coach switch")):
        done = ada.slash(f"coach {command}", general)
        await running.until(lambda one=done: one.original is not None and text_of(one.original))
        assert words in text_of(done.original)
        assert done.original.only == ada.id
    assert bob.sees(general) == []


async def test_two_threads_are_two_sessions(running: Running) -> None:
    guild, general, ada, david, _ = await begun(running)
    ada.slash("coach start", general, coach="life_coach")
    await running.until(lambda: len(threads_of(guild, general)) == 2)
    maya = running.driver.find_thread(general, "Maya")
    await running.seen(ada, maya, lambda one: one.components)
    for thread, text, name in (
        (david, GOAL, "David"),
        (maya, "I have no energy left when I come home", "Maya"),
        (david, "My boss said no last year", "David"),
    ):
        said = ada.say(thread, text)
        reply = await running.seen(ada, thread, lambda one, after=said.id: one.id > after)
        assert name in reply.body["author"]["username"]
    assert len(await rows(running, "SELECT id FROM persona_sessions WHERE status = 'open'")) == 2


async def test_others_buttons_do_nothing(running: Running) -> None:
    guild, _, ada, thread, opening = await begun(running)
    bob = running.driver.user("bob", guild)
    running.server.threads.add(thread, bob.id)
    for what in ("up", "again", "more"):
        told = bob.click(opening, handle(opening, what))
        await running.until(lambda one=told: "These buttons belong to" in one.text)
        assert ada.mention in told.text
    await running.server.settled(0.2)
    assert replies(ada, thread, opening) == []
    assert await rows(running, "SELECT value FROM feedback") == []


async def test_two_people_in_two_threads_at_once(running: Running) -> None:
    guild, general, ada, hers, _ = await begun(running)
    bob = running.driver.user("bob", guild)
    bob.slash("coach start", general, coach="life_coach")
    await running.until(lambda: len(threads_of(guild, general)) == 2)
    his = running.driver.find_thread(general, "Maya")
    await running.seen(bob, his, lambda one: one.components)
    mine, yours = ada.say(hers, GOAL), bob.say(his, "I want more time for my children")
    first = await running.seen(ada, hers, lambda one: one.id > mine.id)
    second = await running.seen(bob, his, lambda one: one.id > yours.id)
    assert first.body["author"]["username"] == "David ValueMax"
    assert "Maya" in second.body["author"]["username"]
    assert bob.sees(hers) == []
    assert ada.sees(his) == []


async def test_words_the_table_lacks_are_answered_with_the_nearest(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, "/coach sumary")
    told = await running.seen(ada, thread, lambda one: one.id > said.id)
    assert "/coach summary" in text_of(told)


async def test_a_text_file_is_read_as_what_the_person_says(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, "", files=(File("notes.txt", "text/plain", GOAL.encode()),))
    await running.seen(ada, thread, lambda one: one.id > said.id and one.components)
    assert GOAL in await running.transcript()


async def test_a_coach_that_is_off_is_not_offered(running: Running) -> None:
    running.app = replace(running.app, catalogue=Catalogue(off=("life_coach",)))
    running.app.engine.catalogue = running.app.catalogue
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild)
    await running.start()
    ada.slash("coach start", general)
    menu = await running.seen(ada, general, lambda one: "David" in text_of(one))
    assert "Maya" not in text_of(menu)
    found = await ada.autocomplete("coach start", "coach", "life")
    assert [one["value"] for one in found] == []
