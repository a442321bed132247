"""What is for one person's eyes stays so, however late it comes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

from bot.discord import answers, calls
from bot.discord.places import time_of
from bot.discord.post import DiscordAdapter
from bot.inbox import policy
from bot.inbox.contract import Begun, Post
from bot.platforms import wording
from storage import inbox
from storage.queries import PersonScope, table
from tests.discord.conftest import Running, text_of
from tests.discord.test_gaps import replies
from tests.discord.test_story import GOAL, begun, rows
from tests.discordserver.interactions import Interaction
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


def dies_showing(patch: pytest.MonkeyPatch) -> asyncio.Event:
    """From here on a worker never comes back from showing a first message; tells when it has."""
    shown, begin = asyncio.Event(), DiscordAdapter.begin

    async def begin_and_die(adapter: DiscordAdapter, one: Post, *, repeat: bool) -> Begun:
        await begin(adapter, one, repeat=repeat)
        shown.set()
        await asyncio.Event().wait()
        raise AssertionError

    patch.setattr(DiscordAdapter, "begin", begin_and_die)
    return shown


async def died(
    running: Running, monkeypatch: pytest.MonkeyPatch, minutes: int, closed: bool = False
) -> tuple[Person, Person, Channel, Interaction]:
    """Ada's worker dies with her answer shown, before that is noted; another one takes over."""
    running.lease_s = 1.0
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada, bob = running.driver.user("ada", guild), running.driver.user("bob", guild)
    with monkeypatch.context() as patch:
        shown = dies_showing(patch)
        await running.start()
        done = ada.slash("coach sessions", general)
        async with asyncio.timeout(20):
            await shown.wait()
        await running.crash()
    assert "No sessions yet" in text_of(done.original)
    ada.close_direct(closed)
    running.server.advance(60 * minutes)
    # All that happened was so long ago.
    ago, kept = timedelta(minutes=minutes), table("outbox")

    def age(connection: Connection) -> None:
        made = connection.scalars(select(kept.c.created_at)).one()
        connection.execute(update(kept).values(created_at=made - ago))

    await running.app.database.write(age)
    for module in (calls, answers):
        monkeypatch.setattr(module, "time_of", lambda id_: time_of(id_) - ago)
    await running.start()
    return ada, bob, general, done


async def states(running: Running) -> list[object]:
    return [state for (state,) in await rows(running, "SELECT state FROM outbox ORDER BY id")]


async def test_an_answer_that_was_shown_before_a_crash_is_offered_not_shown_again(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, bob, general, _ = await died(running, monkeypatch, 20)
    offer = await running.seen(ada, ada.direct)
    assert offer.content == policy.UNSURE
    await running.server.settled(0.3)
    assert len(ada.sees(ada.direct)) == 1
    assert await states(running) == ["unsure", "sent"]
    ada.click(offer, policy.SHOW_AGAIN)
    again = await running.seen(ada, ada.direct, lambda one: one.id > offer.id)
    assert "No sessions yet" in text_of(again)
    assert bob.sees(general) == []


async def test_a_crash_while_the_way_is_open_repeats_nothing(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _, _, done = await died(running, monkeypatch, 12)
    await settled(running, ["sent"])
    assert ada.sees(ada.direct) == []
    assert "No sessions yet" in text_of(done.original)


async def test_in_the_last_minute_of_the_way_it_is_looked_whether_the_answer_stands_there(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, _, _, done = await died(running, monkeypatch, 14)
    await settled(running, ["sent"])
    assert ada.sees(ada.direct) == []
    assert "No sessions yet" in text_of(done.original)


async def settled(running: Running, wanted: list[object]) -> None:
    async with asyncio.timeout(20):
        while await states(running) != wanted:
            await asyncio.sleep(0.02)
    await running.server.settled(0.3)
    assert await states(running) == wanted


async def test_an_answer_made_after_its_way_was_closed_comes_once_whatever_dies(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first try went to direct messages, where the history tells that it is there."""
    for module in (calls, answers):
        monkeypatch.setattr(module, "time_of", lambda id_: time_of(id_) - timedelta(minutes=16))
    running.lease_s = 1.0
    with monkeypatch.context() as patch:
        shown = dies_showing(patch)
        ada, _, _ = await called(running)
        async with asyncio.timeout(20):
            await shown.wait()
        await running.crash()
    (told,) = ada.sees(ada.direct)
    running.server.advance(960)
    await running.start()
    await settled(running, ["sent"])
    assert ada.sees(ada.direct) == [told]


async def test_what_no_way_was_open_for_comes_with_the_next_interaction(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada, bob = running.driver.user("ada", guild), running.driver.user("bob", guild)
    ada.close_direct()
    await running.start()
    with monkeypatch.context() as patch:
        patch.setattr(answers, "now", lambda: calls.now() + timedelta(minutes=16))
        ada.slash("coach goal", general, text="a job by the sea by next week")
        await settled(running, ["failed"])
    assert bob.sees(general) == []
    bobs = bob.slash("coach start", general)
    await running.until(lambda: bobs.original is not None)
    menu = ada.slash("coach start", general)
    told = await running.seen(ada, general, lambda one: "a job by the sea" in text_of(one))
    assert told.only == ada.id
    assert told.content == wording.KEPT_FOR_YOU
    assert menu.original is not None
    assert menu.original.id < told.id
    await settled(running, ["repeated"])
    again = ada.slash("coach sessions", general)
    await running.until(lambda: again.original is not None and text_of(again.original))
    await running.server.settled(0.3)
    sent = [one for one in ada.sees(general) if "a job by the sea" in text_of(one)]
    assert [one.id for one in sent] == [told.id]
    assert [one.only for one in bob.sees(general)] == [bob.id]
    assert await rows(running, "SELECT body FROM outbox WHERE body IS NOT NULL") == []


@pytest.mark.parametrize("way", ["coach sessions", "coach start", "In other words"])
async def test_it_comes_below_whatever_is_answered(
    running: Running, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    _, general, ada, thread, opening = await begun(running)
    ada.close_direct()
    with monkeypatch.context() as patch:
        patch.setattr(answers, "now", lambda: calls.now() + timedelta(minutes=16))
        ada.slash("coach reminders", general, what="off")
        await settled(running, ["sent", "failed"])
    # One that fails leaves it where it is.
    running.server.faults.fail("POST /webhooks/.*", status=500)
    ada.slash("coach help", thread)
    await settled(running, ["sent", "failed"])
    if way == "In other words":
        ada.click(opening, way)
    else:
        ada.slash(way, thread, **({"coach": "salary_negotiator"} if "start" in way else {}))
    told = await running.seen(ada, thread, lambda one: one.content == wording.KEPT_FOR_YOU)
    assert told.only == ada.id
    assert "remind" in text_of(told)
