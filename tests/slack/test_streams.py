"""Replies shown while they are written: by a voice that takes its time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.engine.brief import Brief
from bot.replies import Draft
from bot.voices.offline import OfflineVoice
from tests.slack.house import FAST, House, keys, replies, words
from tests.slack.test_threads import STORY, begun
from tests.slackserver.driver import Workspace
from tests.slackserver.world import Message

LONG = (
    "You said **three years** on the same ward. That is *long*, and `nobody` can take it away.\n\n"
    "- First, what you did there.\n- Second, what it was worth to [them](https://a.example).\n\n"
    "Here is what I would look at next, one thing after the other, in your own time."
)


class SlowVoice:
    """Words as the offline voice does, but adds a text that grows word by word."""

    def __init__(self) -> None:
        self.name = "slow"
        self.free = False
        self.pause = 0.02
        self.on = False
        self.text = LONG
        self._voice = OfflineVoice()
        self.held = asyncio.Event()
        self.held.set()
        self.gate = asyncio.Event()
        self.gate.set()

    async def word(self, brief: Brief) -> AsyncIterator[Draft]:
        final = Draft()
        await self.gate.wait()
        async for draft in self._voice.word(brief):
            final = draft
        if self.on:
            for at in range(0, len(self.text), 5):
                draft = Draft()
                draft.say(self.text[:at])
                yield draft
                await asyncio.sleep(self.pause)
                if at > len(self.text) / 2:
                    await self.held.wait()
            final.parts.insert(0, self.text + "\n\n")
        yield final


@pytest.fixture
async def slow() -> SlowVoice:
    return SlowVoice()


@pytest.fixture
async def house(acme: Workspace, make_house, slow: SlowVoice, monkeypatch) -> House:
    monkeypatch.setattr("tests.slack.house.FAST", replace(FAST, stream_after_s=0.05))
    monkeypatch.setattr("bot.slack.streams._APPEND_S", 0.05)
    monkeypatch.setattr("bot.slack.streams._EDIT_S", 0.05)
    return await make_house(voice=slow)


@pytest.fixture
async def root(house: House, acme: Workspace, slow: SlowVoice) -> Message:
    made = await begun(house, acme, "UANN")
    slow.on = True
    house.server.calls.clear()
    return made


def done(house: House, acme: Workspace, root: Message):
    """The finished reply to the first message."""
    ann = acme.user("UANN")

    def found():
        shown = [m for m in replies(ann.sees(thread=root))[1:] if not m.streaming]
        return (
            shown
            and "one thing after the other" in words(shown[0])
            and ("again" in [element["action_id"] for _, element in shown[0].elements()])
            and shown[0]
        )

    return house.until(found)


def watch(house: House) -> list[str]:
    """All texts that were shown on the way."""
    calls = house.server.calls
    return [
        str(one.args.get("markdown_text") or one.args.get("text") or "")
        for one in calls
        if one.method in {"chat.startStream", "chat.appendStream"}
    ]


async def test_a_slow_reply_streams_and_ends_in_its_final_look(
    house: House, acme: Workspace, root: Message
):
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    reply = await done(house, acme, root)
    await house.rest()
    assert len(house.server.called("chat.startStream")) == 1
    assert len(house.server.called("chat.appendStream")) >= 2
    whole = ""
    for part in watch(house):
        whole += part
        assert whole.count("**") % 2 == 0
        assert whole.count("`") % 2 == 0
        assert "](" not in whole or whole.rstrip().endswith(")") or ")" in whole.split("](")[1]
    assert LONG.startswith(whole.strip()[:100])
    start = house.server.called("chat.startStream")[0].args
    assert start["username"] == "David ValueMax"
    assert len(replies(ann.sees(thread=root))) == 2
    assert len(keys(ann.sees())) == len(set(keys(ann.sees())))
    assert reply.ts == replies(ann.sees(thread=root))[-1].ts


async def test_without_streams_it_is_posted_and_edited(
    house: House, acme: Workspace, root: Message
):
    house.server.faults.refuses("chat.startStream", "feature_not_enabled", 1)
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await done(house, acme, root)
    await house.rest()
    assert not house.server.called("chat.appendStream")
    assert len(house.server.called("chat.update")) >= 2
    assert len(replies(ann.sees(thread=root))) == 2


async def test_a_stream_that_dies_is_carried_on(
    house: House, acme: Workspace, root: Message, slow: SlowVoice
):
    slow.held.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(house.server.called("chat.appendStream")) >= 1)
    assert acme.kill_streams() == 1
    slow.held.set()
    await done(house, acme, root)
    await house.rest()
    assert len(replies(ann.sees(thread=root))) == 2


async def test_a_storm_of_429_delays_but_loses_nothing(
    house: House, acme: Workspace, root: Message
):
    house.server.faults.storm("chat.appendStream", 2)
    house.server.faults.storm("chat.stopStream", 1)
    house.server.faults.storm("chat.update", 1)
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await done(house, acme, root)
    await house.rest()
    assert len(replies(ann.sees(thread=root))) == 2


async def test_the_stop_button_stops(house: House, acme: Workspace, root: Message, slow: SlowVoice):
    slow.held.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(house.server.called("chat.appendStream")) >= 1)
    ann.stop(root)
    await house.rest()
    slow.held.set()
    await house.until(lambda: "Stopped." in words(ann.last(thread=root)))
    await house.rest()
    assert "one thing after the other" not in words(ann.last(thread=root))
    assert not ann.last(thread=root).streaming
    slow.on = False
    ann.dm("again", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 3)


@pytest.mark.parametrize("word", ["stop", "Stop!", "hör bitte auf"])
async def test_the_word_stop_stops_what_is_written(
    house: House, acme: Workspace, root: Message, slow: SlowVoice, word: str
):
    slow.held.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(house.server.called("chat.appendStream")) >= 1)
    ann.dm(word, root)
    await house.rest()
    slow.held.set()
    await house.until(lambda: [m for m in replies(ann.sees(thread=root)) if "Stopped." in words(m)])
    await house.rest()
    assert len(replies(ann.sees(thread=root))) == 2


@pytest.mark.parametrize("method", ["chat.startStream", "chat.postMessage"])
async def test_a_stop_in_the_moment_a_reply_begins_is_of_that_reply_alone(
    acme: Workspace, make_house, slow: SlowVoice, method: str, monkeypatch
):
    if method == "chat.startStream":
        monkeypatch.setattr("tests.slack.house.FAST", replace(FAST, stream_after_s=0.05))
    house = await make_house(voice=slow)
    root = await begun(house, acme, "UANN")
    slow.on = method == "chat.startStream"
    slow.gate.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: house.server.called("assistant.threads.setStatus"))
    await house.rest()
    house.server.faults.slows(method, 0.5)
    count = len(house.server.called(method))
    slow.gate.set()
    await house.until(lambda: len(house.server.called(method)) > count)
    ann.stop(root)
    await house.until(
        lambda: [m for m in replies(ann.sees(thread=root))[1:] if not m.streaming and m.blocks]
    )
    await house.rest()
    # What was whole when the stop came stands there as it is.
    assert ("Stopped." in words(replies(ann.sees(thread=root))[-1])) == slow.on
    slow.on = False
    ann.dm("I would like ten per cent more.", root)
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 3)
    assert "Stopped." not in words(replies(ann.sees(thread=root))[-1])


async def test_a_line_says_that_a_coach_is_writing(
    house: House, acme: Workspace, root: Message, slow: SlowVoice
):
    house.options = FAST
    slow.held.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: house.server.called("assistant.threads.setStatus"))
    told = house.server.called("assistant.threads.setStatus")[0].args
    coach = house.app.catalogue.coach("salary_negotiator")
    assert told["loading_messages"] == list(coach.lines.loading[:10])
    assert told["username"] == coach.name
    slow.held.set()
    await done(house, acme, root)


async def test_the_line_is_sent_again_before_slack_forgets_it_and_goes_with_the_reply(
    house: House, acme: Workspace, root: Message, slow: SlowVoice
):
    house.slack.adapter.statuses._again_s = 0.05
    slow.text, slow.pause = "", 0.0
    slow.gate.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    told = "assistant.threads.setStatus"
    await house.until(lambda: len(house.server.called(told)) >= 3)
    assert "David is writing" in ann.status(root)
    slow.gate.set()
    await house.until(lambda: len(replies(ann.sees(thread=root))) == 2)
    await house.rest()
    assert ann.status(root) == ""
    count = len(house.server.called(told))
    await house.rest()
    assert len(house.server.called(told)) == count


async def test_a_long_stream_is_carried_on_before_slack_ends_it(
    house: House, acme: Workspace, root: Message, slow: SlowVoice
):
    now = 1000.0
    house.slack.adapter.streams._clock = lambda: now
    slow.held.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: house.server.called("chat.startStream"))
    now += 1
    await house.until(lambda: ann.last(thread=root).streaming and ann.last(thread=root).text)
    # Four minutes later: Slack would end it at five.
    now += 240
    slow.held.set()
    await house.until(lambda: house.server.called("chat.stopStream"))
    house.server.clock.advance(301)
    now += 60
    await done(house, acme, root)
    await house.rest()
    refused = [one for one in house.server.calls if not one.answer.get("ok")]
    assert refused == []
    assert len(replies(ann.sees(thread=root))) == 2


async def test_a_stream_left_open_by_a_crash_is_finished_by_the_next_process(
    house: House, acme: Workspace, root: Message, slow: SlowVoice, make_house
):
    slow.held.clear()
    ann = acme.user("UANN")
    ann.dm(STORY, root)
    await house.until(lambda: len(house.server.called("chat.appendStream")) >= 1)
    await crash(house)
    slow.held.set()
    after = House(house.server, house.mode, house.database)
    after.voice = slow
    await after.start()
    try:
        await done(after, acme, root)
        await after.rest()
        assert len(replies(ann.sees(thread=root))) == 2
        assert not [m for m in ann.sees() if m.streaming]
    finally:
        await after.stop()


async def crash(house: House) -> None:
    """The process is gone: nothing is finished, nothing given back but the lease's time."""
    for lane in list(house.inbox.worker._lanes):
        lane.cancel()
    await asyncio.gather(*house.inbox.worker._lanes, return_exceptions=True)
    await house.stop()
