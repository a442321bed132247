"""Two workers on one Postgres behind one address: a stop comes to the one, or to the other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.slack.places import Place
from storage.database import Database
from tests.postgres import TEMPLATE, Cluster
from tests.slack.house import FAST, House, replies, words
from tests.slack.test_streams import SlowVoice
from tests.slack.test_threads import STORY, begun
from tests.slackserver.driver import Workspace
from tests.slackserver.server import Server
from tests.slackserver.world import Message

pytestmark = pytest.mark.parametrize("mode", ["http"], indirect=True)


@pytest.fixture
async def slow() -> SlowVoice:
    return SlowVoice()


@pytest.fixture
async def pair(
    acme: Workspace, server: Server, cluster: Cluster, slow: SlowVoice, monkeypatch
) -> AsyncIterator[tuple[House, House]]:
    monkeypatch.setattr("bot.slack.streams._APPEND_S", 0.05)
    with cluster.database(TEMPLATE) as url:
        houses = House(server, "http", url), House(server, "http", url)
        for house in houses:
            house.voice = slow
            house.options = replace(FAST, stream_after_s=0.05, busy_after_s=0.05)
            await house.start()
        yield houses
        for house in houses:
            await house.stop()


def _hand_to(server: Server, house: House) -> None:
    """From now on Slack's events come to this one."""
    server.posts.url = f"{house.address}/slack/events"


async def _apart(pair: tuple[House, House], root: Message) -> House:
    """Who writes in a thread, as soon as it shows; what comes now comes to the other."""

    def writing() -> list[House]:
        return [
            one
            for one in pair
            if any(live.ts for live in one.slack.adapter.streams._live.values())
            or any(place.endswith(root.ts) for place in one.slack.adapter.statuses._up)
        ]

    (writer,) = await pair[0].until(writing)
    _hand_to(writer.server, pair[1] if writer is pair[0] else pair[0])
    return writer


@pytest.mark.parametrize("how", ["button", "word"])
async def test_a_reply_is_stopped_by_way_of_another_worker(
    pair: tuple[House, House], acme: Workspace, slow: SlowVoice, how: str
):
    root = await begun(pair[0], acme, "UANN")
    slow.on = True
    slow.held.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await pair[0].until(lambda: pair[0].server.called("chat.appendStream"))
    writer = await _apart(pair, root)
    if how == "word":
        ann.dm("stop", root)
    else:
        ann.stop(root)
    (live,) = writer.slack.adapter.streams._live.values()
    await writer.until(lambda: live.stopped)
    slow.held.set()
    await writer.until(lambda: "Stopped." in words(replies(ann.sees(thread=root))[-1]))
    await writer.rest()
    assert "one thing after the other" not in words(replies(ann.sees(thread=root))[-1])
    # The word was no turn: nothing answers it.
    assert len(replies(ann.sees(thread=root))) == 2
    slow.on = False
    ann.dm("again", root)
    await writer.until(lambda: len(replies(ann.sees(thread=root))) == 3)


@pytest.mark.parametrize("how", ["button", "word"])
async def test_a_reply_that_does_not_show_yet_is_stopped_too(
    pair: tuple[House, House], acme: Workspace, slow: SlowVoice, how: str
):
    root = await begun(pair[0], acme, "UANN")
    slow.on = True
    slow.gate.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    writer = await _apart(pair, root)
    if how == "word":
        ann.dm("stop", root)
    else:
        ann.stop(root)
    await writer.until(lambda: writer.slack.adapter._stopped)
    slow.gate.set()
    await writer.until(lambda: "Stopped." in words(replies(ann.sees(thread=root))[-1]))
    await writer.rest()
    assert len(replies(ann.sees(thread=root))) == 2


async def test_a_reply_that_was_not_announced_yet_is_stopped_too(
    pair: tuple[House, House], acme: Workspace, slow: SlowVoice, monkeypatch: pytest.MonkeyPatch
):
    root = await begun(pair[0], acme, "UANN")
    for house in pair:
        monkeypatch.setattr(house.slack.adapter, "busy", _says_nothing)
    slow.on = True
    slow.gate.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)

    def working() -> list[House]:
        return [one for one in pair if any(lane.at for lane in one.inbox.worker._lanes.values())]

    async with asyncio.timeout(20):
        while not working():
            await asyncio.sleep(0.02)
    (writer,) = working()
    other = pair[1] if writer is pair[0] else pair[0]
    _hand_to(writer.server, other)
    (lane,) = writer.inbox.worker._lanes.values()
    await asyncio.sleep(2 * other.options.busy_after_s)
    ann.dm("stop", root)
    async with asyncio.timeout(20):
        while not writer.slack.adapter.unwanted("", lane.at):
            await asyncio.sleep(0.02)
    slow.gate.set()
    await writer.until(lambda: "Stopped." in words(replies(ann.sees(thread=root))[-1]))
    await writer.rest()
    assert len(replies(ann.sees(thread=root))) == 2
    slow.on = False
    ann.dm(STORY, root)
    await writer.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    assert "Stopped." not in words(replies(ann.sees(thread=root))[-1])


async def _says_nothing(*_: object) -> None:
    """The line that says that a coach is writing has not come yet."""


async def test_what_waits_behind_another_thread_is_not_what_could_be_stopped(
    pair: tuple[House, House], acme: Workspace, slow: SlowVoice
):
    root = await begun(pair[0], acme, "UANN")
    ann = acme.user("UANN")
    second = await begun(pair[0], acme, "UANN", "maya")
    slow.gate.clear()
    ann.dm(STORY, root)
    writer = await _apart(pair, root)
    other = pair[1] if writer is pair[0] else pair[0]
    ann.dm("I sleep badly", second)
    await other.rest()
    await asyncio.sleep(2 * other.options.busy_after_s)
    assert await other.slack.desk.is_writing(Place("T1", ann.im, root.ts))
    assert not await other.slack.desk.is_writing(Place("T1", ann.im, second.ts))
    slow.gate.set()


async def test_where_nothing_is_written_the_word_is_a_line_like_any_other(
    pair: tuple[House, House], acme: Workspace, slow: SlowVoice
):
    root = await begun(pair[0], acme, "UANN")
    ann = acme.user("UANN")
    said = ann.dm("stop", root)
    await pair[0].until(lambda: len(replies(ann.sees(thread=root))) == 2)
    database: Database = pair[0].app.database
    kept = await database.read(
        lambda one: one.exec_driver_sql("SELECT event_key FROM inbox ORDER BY id").scalars().all()
    )
    assert kept[-1].endswith(said.ts)
