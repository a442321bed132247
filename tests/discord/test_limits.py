"""Rate limits with long windows, requests that fail, bursts: what Discord takes is sent, once."""

from __future__ import annotations

import asyncio

import pytest

from bot.platforms import wording
from tests.discord.conftest import Running, text_of
from tests.discord.test_gaps import replies
from tests.discord.test_story import GOAL, begun, by_hook, threads_of
from tests.discordserver.faults import Fault
from tests.discordserver.permissions import P

THREADS = "POST /channels/{channel}/threads"
HOOK = "POST /webhooks/.*"
HOOK_ROUTE = "POST /webhooks/{webhook}/{token}"


async def test_a_window_that_lasts_long_refuses_only_what_is_too_much(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    running.server.rates.limits[THREADS] = (3, 300.0)
    await running.start()
    for number in range(3):
        person = running.driver.user(f"p{number}", guild)
        done = person.slash("coach start", general, coach="life_coach")
        await running.until(lambda one=done: one.original is not None and text_of(one.original))
        assert "is open" in text_of(done.original)
    assert len(threads_of(guild, general)) == 3
    late = running.driver.user("late", guild)
    done = late.slash("coach start", general, coach="life_coach")
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert text_of(done.original) == wording.TRY_AGAIN
    assert running.server.rates.hit.get(THREADS, 0) <= 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502, "done": True},
        {"status": 429, "wait": 0.1},
        {"status": 0, "cut": True},
    ],
    ids=["not taken", "taken", "storm", "cut"],
)
async def test_what_goes_wrong_with_a_request_shows_no_reply_twice(
    running: Running, fault: dict[str, float]
) -> None:
    _, _, ada, thread, _ = await begun(running)
    running.server.faults.add(Fault(HOOK, times=2, **fault))
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id and by_hook(one))
    await running.server.settled(1.5)
    assert [one.id for one in replies(ada, thread, said)] == [reply.id]
    assert "earn more" in reply.content


async def test_components_that_are_refused_go_as_words(running: Running) -> None:
    running.driver.guild = lambda: type(running.driver).guild(running.driver, allowed=P(0))
    _, _, ada, thread, _ = await begun(running)
    running.server.faults.add(Fault("POST /channels/.*/messages", status=400, code=50035))
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    assert "earn more" in reply.content
    assert ada.buttons(reply) == ["Coaches"]
    posted = [
        one.body
        for one in running.server.rest.calls
        if one.route == "POST /channels/{channel}/messages" and one.body.get("components")
    ]
    assert len(posted) == 3
    assert all(one["enforce_nonce"] and len(one["nonce"]) <= 25 for one in posted)
    assert posted[1]["nonce"] == posted[2]["nonce"]
    again = ada.say(thread, "My boss said no last year")
    await running.seen(ada, thread, lambda one: one.id > again.id and len(ada.buttons(one)) > 1)


async def test_nothing_that_is_written_pings(running: Running) -> None:
    guild, _, ada, thread, _ = await begun(running)
    bob = running.driver.user("bob", guild)
    said = ada.say(thread, f"I told @everyone and {bob.mention} that I want more pay at once")
    reply = await running.seen(ada, thread, lambda one: one.id > said.id and by_hook(one))
    assert reply.body["mentions"] == []
    assert not reply.body["mention_everyone"]
    assert bob.mention not in reply.content
    posted = [one for one in running.server.rest.calls if one.body and "content" in one.body]
    assert posted
    assert all(one.body["allowed_mentions"] == {"parse": []} for one in posted)


async def test_our_own_words_and_those_of_other_apps_are_not_answered(running: Running) -> None:
    guild, _, ada, thread, opening = await begun(running)
    poll = running.driver.user("poll", guild)
    poll.user.bot = True
    running.server.threads.add(thread, poll.id)
    poll.say(thread, GOAL)
    poll.dm(GOAL)
    await running.server.settled(0.5)
    assert [one.author for one in replies(ada, thread, opening)] == [poll.id]
    assert [one.author for one in poll.sees(poll.direct)] == [poll.id]
    assert await running.transcript() == []


async def test_previews_of_links_change_nothing(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, "Look at https://example.com for what I want")
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    running.server.messages.preview(said)
    await running.server.settled(0.4)
    assert [one.id for one in replies(ada, thread, said)] == [reply.id]


async def test_a_burst_is_answered_and_paced(running: Running) -> None:
    _, _, ada, thread, opening = await begun(running)
    for number in range(8):
        ada.say(thread, f"{number}. And there is this other thing about my pay on the ward")
        await asyncio.sleep(0.02)

    def all_of_it() -> bool:
        shown = replies(ada, thread, opening)
        return len(shown) == 8

    await running.until(all_of_it, 40)
    await running.server.settled(0.3)
    assert len(replies(ada, thread, opening)) == 8
    assert HOOK_ROUTE not in running.server.rates.hit
