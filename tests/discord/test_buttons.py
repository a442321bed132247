"""Buttons under replies: whose they are, which still count, what the last press says."""

from __future__ import annotations

import asyncio
from dataclasses import replace

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
