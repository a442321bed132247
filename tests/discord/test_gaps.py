"""Connections that break, and many servers: nothing is lost, nothing is answered twice."""

from __future__ import annotations

import pytest

from tests.discord.conftest import Running, text_of
from tests.discord.test_story import GOAL, begun, by_hook
from tests.discordserver.world import Channel, Message

LINES = ("My boss said no last year", "I asked for ten percent", "They offered three")


def replies(person, where: Channel, since: Message) -> list[Message]:
    """What the coach said after a message; not Discord's own lines."""
    shown = [one for one in person.sees(where) if one.id > since.id and one.author != person.id]
    return [one for one in shown if one.body["type"] == 0]


async def test_resume_brings_the_last_events_again_and_each_is_answered_once(
    running: Running,
) -> None:
    _, _, ada, thread, opening = await begun(running)
    for line in LINES:
        said = ada.say(thread, line)
        await running.seen(ada, thread, lambda one, after=said.id: one.id > after and by_hook(one))
    before = [one.id for one in replies(ada, thread, opening)]
    assert len(before) == len(LINES)
    gateway = running.server.gateway
    gateway.repeats = 10
    resumed = gateway.resumes
    gateway.drop()
    await running.until(lambda: gateway.resumes > resumed)
    said = ada.say(thread, GOAL)
    new = await running.seen(ada, thread, lambda one: one.id > said.id and by_hook(one))
    await running.server.settled(0.5)
    assert [one.id for one in replies(ada, thread, opening)] == [*before, new.id]


async def test_the_gateway_is_away_for_a_minute_while_somebody_writes(running: Running) -> None:
    _, _, ada, thread, opening = await begun(running)
    with running.driver.gap(60):
        first = ada.say(thread, LINES[0])
        running.server.advance(20)
        last = ada.say(thread, LINES[1])
    await running.seen(ada, thread, lambda one: one.id > last.id and by_hook(one))
    await running.server.settled(0.5)
    texts = await running.transcript()
    assert texts.count(LINES[0]) == texts.count(LINES[1]) == 1
    assert texts.index(LINES[0]) < texts.index(LINES[1])
    assert 1 <= len(replies(ada, thread, opening)) <= 2
    assert first.id < last.id


async def test_a_gap_that_can_not_be_resumed_is_read_from_the_history(running: Running) -> None:
    _, _, ada, thread, opening = await begun(running)
    starts = len(running.server.gateway.starts)
    with running.driver.gap(600, resumable=False):
        ada.say(thread, LINES[0])
        last = ada.say(thread, LINES[1])
    await running.seen(ada, thread, lambda one: one.id > last.id and by_hook(one))
    await running.server.settled(0.5)
    assert len(running.server.gateway.starts) > starts
    texts = await running.transcript()
    assert [texts.count(line) for line in LINES[:2]] == [1, 1]
    assert 1 <= len(replies(ada, thread, opening)) <= 2


@pytest.mark.parametrize("how", ["reconnect", "invalid, resumable", "invalid"])
async def test_when_discord_asks_to_connect_anew_nothing_is_lost(
    running: Running, how: str
) -> None:
    _, _, ada, thread, opening = await begun(running)
    gateway = running.server.gateway
    before = gateway.resumes + len(gateway.starts)
    gateway.repeats = 10
    if how == "reconnect":
        gateway.ask_to_reconnect()
    else:
        gateway.invalidate(resumable="resumable" in how)
    said = ada.say(thread, GOAL)
    await running.until(lambda: gateway.resumes + len(gateway.starts) > before)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id and by_hook(one))
    await running.server.settled(0.5)
    assert [one.id for one in replies(ada, thread, opening)] == [reply.id]


async def test_what_can_not_be_read_after_a_gap_is_read_again(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    await running.stop()
    said = ada.say(thread, GOAL)
    running.server.faults.storm("GET /channels/.*/messages", times=6, wait=0.05)
    await running.start()
    await running.seen(ada, thread, lambda one: one.id > said.id and by_hook(one))


async def test_a_thousand_servers(running: Running) -> None:
    running.server.shards = 2
    for number in range(999):
        running.driver.guild(f"g{number}")
    guild, _, ada, thread, _ = await begun(running)
    assert len(running.server.world.guilds) == 1000
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    assert "?" in text_of(reply)
    # One call for each server would be minutes of waiting.
    assert len(running.server.rest.calls) < 60
    assert guild.id in {one.guild for one in [thread]}
