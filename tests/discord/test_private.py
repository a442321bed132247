"""What is for one person's eyes stays so, however late it comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from bot.discord import answers, calls
from bot.discord.post import DiscordAdapter
from bot.inbox.contract import Begun, Post
from storage import inbox
from storage.queries import PersonScope
from tests.discord.conftest import Running, text_of
from tests.discord.test_gaps import replies
from tests.discord.test_story import GOAL, begun, rows
from tests.discordserver.person import Person
from tests.discordserver.world import Channel


@pytest.fixture
def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer comes sixteen minutes after it was asked for."""
    monkeypatch.setattr(answers, "now", lambda: calls.now() + timedelta(minutes=16))


async def called(running: Running, closed: bool = False) -> tuple[Person, Person, Channel]:
    """Ada asks for her sessions in a channel that Bob reads."""
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada, bob = running.driver.user("ada", guild), running.driver.user("bob", guild)
    ada.close_direct(closed)
    await running.start()
    done = ada.slash("coach sessions", general)
    await running.until(lambda: done.answered)
    return ada, bob, general


@pytest.mark.usefixtures("late")
async def test_an_answer_that_comes_late_comes_directly(running: Running) -> None:
    ada, bob, general = await called(running)
    told = await running.seen(ada, ada.direct, lambda one: "No sessions yet" in one.content)
    await running.server.settled(0.2)
    assert bob.sees(general) == []
    assert len([one for one in ada.sees(ada.direct) if one.id >= told.id]) == 1


@pytest.mark.usefixtures("late")
async def test_where_no_way_is_open_a_sentence_names_nobody(running: Running) -> None:
    ada, bob, general = await called(running, closed=True)
    told = await running.seen(bob, general, lambda one: "please call it again" in one.content)
    await running.server.settled(0.2)
    assert [one.id for one in bob.sees(general)] == [told.id]
    assert ada.mention not in told.content
    assert ada.sees(ada.direct) == []


@pytest.mark.usefixtures("late")
async def test_a_late_answer_whose_receipt_got_lost_is_shown_once(running: Running) -> None:
    # discord.py tries five times by itself.
    running.server.faults.fail("POST /channels/.*/messages", times=5, status=503, done=True)
    ada, _, _ = await called(running)
    told = await running.seen(ada, ada.direct)
    await running.server.settled(1.0)
    assert [one.id for one in ada.sees(ada.direct)] == [told.id]


@pytest.mark.usefixtures("late")
async def test_the_sentence_that_names_nobody_is_said_once(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts: list[Post] = []
    begin = DiscordAdapter.begin

    async def begin_twice(adapter: DiscordAdapter, one: Post, *, repeat: bool) -> Begun:
        posts.append(one)
        await begin(adapter, one, repeat=repeat)
        running.server.advance(600)
        return await begin(adapter, one, repeat=True)

    monkeypatch.setattr(DiscordAdapter, "begin", begin_twice)
    _, bob, general = await called(running, closed=True)
    told = await running.seen(bob, general)
    await running.until(lambda: posts)
    await running.server.settled(0.3)
    assert [one.id for one in bob.sees(general)] == [told.id]


async def test_a_goal_set_in_a_channel_is_asked_about_directly(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada, bob = running.driver.user("ada", guild), running.driver.user("bob", guild)
    await running.start()
    done = ada.slash("coach goal", general, text="a job by the sea by next week")
    await running.until(lambda: done.original is not None and "sea" in text_of(done.original))
    (person,) = (await rows(running, "SELECT person_id FROM accounts"))[0]

    def now(connection: Connection) -> None:
        scope = PersonScope(connection, str(person))
        for row in inbox.reminders(connection, scope.lanes()):
            inbox.move(connection, row, "discord", datetime.now(UTC))

    await running.app.database.write(now)
    asked = await running.seen(ada, ada.direct, lambda one: "Where does it stand" in one.content)
    assert bob.sees(general) == []
    ada.click(asked, "Done")
    await running.seen(ada, ada.direct, lambda one: "off your list" in one.content)


async def test_a_late_answer_leaves_a_thread_of_others_alone(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild, _, ada, thread, opening = await begun(running)
    bob = running.driver.user("bob", guild)
    running.server.threads.add(thread, bob.id)
    monkeypatch.setattr(answers, "now", lambda: calls.now() + timedelta(minutes=16))
    bob.slash("coach goal", thread, text="to lead a kitchen")
    await running.seen(bob, bob.direct, lambda one: "to lead a kitchen" in text_of(one))
    await running.server.settled(0.2)
    assert replies(ada, thread, opening) == []
    said = ada.say(thread, GOAL)
    await running.seen(ada, thread, lambda one: one.id > said.id)
