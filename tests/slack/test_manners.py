"""Faults, floods and gaps: nothing is lost, nothing is shown twice."""

from __future__ import annotations

import asyncio
import json

from tests.slack.house import House, by_app, keys, replies, words
from tests.slack.test_streams import crash
from tests.slack.test_threads import STORY, begun, in_channel
from tests.slackserver.driver import Workspace


async def answered(house: House, acme: Workspace, root, count: int, user: str = "UANN"):
    person = acme.user(user)
    await house.until(lambda: len(replies(person.sees(thread=root))) == count)
    await house.rest()
    assert len(replies(person.sees(thread=root))) == count
    shown = keys(person.sees())
    assert len(shown) == len(set(shown))


async def test_a_lost_answer_is_no_second_message(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    house.server.faults.fails("chat.postMessage", 1, done=True)
    acme.user("UANN").dm(STORY, root)
    await house.until(lambda: house.server.called("conversations.replies"))
    await answered(house, acme, root, 2)


async def test_a_connection_that_ends_is_no_second_message(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    house.server.faults.hangs("chat.postMessage", 1)
    acme.user("UANN").dm(STORY, root)
    await house.until(lambda: house.server.called("conversations.replies"))
    await answered(house, acme, root, 2)


async def test_a_message_that_was_not_taken_is_sent_again(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    house.server.faults.fails("chat.postMessage", 2)
    acme.user("UANN").dm(STORY, root)
    await answered(house, acme, root, 2)


async def test_a_storm_of_429(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    house.server.faults.storm("chat.postMessage", 3, retry_after=1)
    acme.user("UANN").dm(STORY, root)
    await answered(house, acme, root, 2)


async def test_blocks_that_are_refused_go_as_words(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    house.server.faults.refuses("chat.postMessage", "invalid_blocks", 1)
    acme.user("UANN").dm(STORY, root)
    await answered(house, acme, root, 2)
    assert "_I_" not in words(replies(acme.user("UANN").sees(thread=root))[-1])


async def test_a_crash_after_posting_shows_it_once(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    house.server.faults.slows("chat.postMessage", 2.0, 1)
    acme.user("UANN").dm(STORY, root)
    await house.until(lambda: len(replies(acme.user("UANN").sees(thread=root))) == 2)
    await crash(house)
    after = House(house.server, house.mode, house.database)
    await after.start()
    try:
        acme.user("UANN").dm("It is about two hundred a month", root)
        await answered(after, acme, root, 3)
    finally:
        await after.stop()


async def test_what_was_missed_is_caught_up(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    shared = await in_channel(house, acme, "UBEN")
    ann, ben = acme.user("UANN"), acme.user("UBEN")
    ann.dm(STORY, root)
    await answered(house, acme, root, 2)
    await house.stop()
    house.server.posts.url = ""
    quiet = house.server.events
    house.server.events = frozenset()
    ann.dm("It is about two hundred a month", root)
    ben.say("C1", "I want it too", shared)
    ann.say("C1", "not mine", shared)
    house.server.events = quiet
    after = House(house.server, house.mode, house.database)
    await after.start()
    try:
        await answered(after, acme, root, 3)
        await after.until(lambda: len(replies(ben.sees("C1", shared))) == 2)
    finally:
        await after.stop()


async def test_our_own_words_and_other_bots_are_not_answered(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm("I am a poll", root).body["bot_id"] = "B0OTHER"
    await house.rest()
    sent = [one.event for one in house.server.sent if one.event.get("bot_id")]
    assert sent, "Slack tells apps of their own messages"
    assert len(replies(ann.sees(thread=root))) <= 2
    for one in house.server.sent:
        assert one.taken or one.kind == "events_api"


async def test_nothing_that_is_written_pings(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    ann.dm("I told <!channel> and <@UBEN> that I want more pay on my ward at once", root)
    await answered(house, acme, root, 2)
    shown = json.dumps([one.args for one in house.server.called("chat.postMessage")])
    assert "<!channel" not in shown
    assert "<@UBEN" not in shown


async def test_a_burst_is_answered_and_paced(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    house.server.limits.on = True
    house.server.clock.speed = 1.0
    ann = acme.user("UANN")
    for number in range(5):
        ann.dm(f"{number}. And there is this other thing about my pay on the ward", root)
        await asyncio.sleep(0.05)
    await house.until(lambda: len(replies(ann.sees(thread=root))) >= 2)
    await house.rest()
    assert not [one for one in house.server.called("chat.postMessage") if not one.answer.get("ok")]
    shown = keys(ann.sees())
    assert len(shown) == len(set(shown))


async def test_somebody_who_left_costs_nothing(house: House, acme: Workspace):
    root = await begun(house, acme, "UANN")
    ann = acme.user("UANN")
    house.server.faults.slows("chat.postMessage", 0.2, 1)
    ann.dm(STORY, root)
    acme.deactivate("UANN")
    await house.rest()
    ben_root = await begun(house, acme, "UBEN")
    acme.user("UBEN").dm(STORY, ben_root)
    await answered(house, acme, ben_root, 2, "UBEN")


async def test_a_bot_that_was_removed_says_so_elsewhere(house: House, acme: Workspace):
    root = await in_channel(house, acme)
    ann = acme.user("UANN")
    house.server.faults.slows("users.info", 0.1, 1)
    ann.say("C1", STORY, root)
    acme.remove_bot("C1")
    await house.rest()
    there = [m for m in by_app(ann.sees()) if "can't write where we talked" in words(m)]
    assert there or len(replies(ann.sees("C1", root))) == 2
