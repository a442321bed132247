"""What closes, grows, stops and is brought along: people are told, and the session is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from bot.engine.brief import Brief
from bot.replies import Draft
from bot.voices.offline import OfflineVoice
from tests.discord.conftest import Running, text_of
from tests.discord.test_gaps import replies
from tests.discord.test_story import GOAL, begun, by_hook, handle, rows, threads_of
from tests.discordserver.person import Person
from tests.discordserver.world import Channel, Message

LONG = "Let me think about that with you. " * 12


class SlowVoice:
    """Words as the offline voice does, after a text that grows until it is let go on."""

    def __init__(self) -> None:
        self.name, self.free = "slow", False
        self.go_on = asyncio.Event()
        self._voice = OfflineVoice()

    async def word(self, brief: Brief) -> AsyncIterator[Draft]:
        final = Draft()
        async for draft in self._voice.word(brief):
            final = draft
        grown = LONG
        while not self.go_on.is_set():
            draft = Draft()
            draft.say(grown)
            yield draft
            grown += "More. "
            await asyncio.sleep(0.05)
        final.parts.insert(0, LONG + "\n\n")
        yield final


def can_stop(message: Message) -> bool:
    return any(
        str(one.get("custom_id")).startswith("rc:stop:")
        for row in message.components
        for one in row["components"]
    )


async def growing(running: Running) -> tuple[Person, Channel, Message, SlowVoice]:
    """Ada's session with a reply that is being written."""
    _, _, ada, thread, _ = await begun(running)
    voice = SlowVoice()
    running.app.engine.voice = voice
    said = ada.say(thread, GOAL)
    shown = await running.seen(ada, thread, lambda one: one.id > said.id and can_stop(one))
    return ada, thread, shown, voice


async def test_a_slow_reply_grows_in_one_message_with_typing_before_it(running: Running) -> None:
    ada, thread, shown, voice = await growing(running)
    assert "Let me think" in shown.content
    assert any(channel == thread.id for channel, _ in running.server.typed)
    voice.go_on.set()
    await running.until(lambda: not can_stop(shown))
    assert "Let me think" in shown.content
    assert len(replies(ada, thread, shown)) == 0


async def test_the_stop_button_ends_a_reply(running: Running) -> None:
    ada, thread, shown, voice = await growing(running)
    ada.click(shown, handle(shown, "stop"))
    await running.server.settled(0.1)
    voice.go_on.set()
    await running.until(lambda: "Stopped" in shown.content)
    assert shown.content.count("?") == 0
    # What was stopped can be had in other words.
    ada.click(shown, handle(shown, "again"))
    await running.seen(ada, thread, lambda one: one.id > shown.id and by_hook(one))


@pytest.mark.parametrize("word", ["stop", "Stop!", "hör bitte auf"])
async def test_the_word_stop_ends_a_reply_too(running: Running, word: str) -> None:
    ada, thread, shown, voice = await growing(running)
    ada.say(thread, word)
    await running.server.settled(0.1)
    voice.go_on.set()
    await running.until(lambda: "Stopped" in shown.content)


async def test_typing_is_kept_up_while_a_reply_takes_its_time(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    assert running.platform is not None
    voice = SlowVoice()
    running.app.engine.voice = voice
    running.platform.desk.adapter.live._typing_s = 0.1
    assert running.inbox is not None
    ada.say(thread, GOAL)

    def often() -> bool:
        return sum(channel == thread.id for channel, _ in running.server.typed) >= 3

    await running.until(often)
    voice.go_on.set()


async def test_an_archived_thread_wakes_up(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    running.driver.archive(thread)
    assert thread.thread is not None
    said = ada.say(thread, GOAL)
    await running.seen(ada, thread, lambda one: one.id > said.id and by_hook(one))
    assert not thread.thread.archived
    running.driver.archive(thread)
    done = ada.slash("coach continue", ada.direct)
    await running.until(lambda: "is open" in text_of(done.original) if done.original else False)
    assert str(thread.id) in text_of(done.original)
    assert not thread.thread.archived


async def test_a_locked_thread_is_told_once_and_goes_on_elsewhere(running: Running) -> None:
    guild, general, ada, thread, _ = await begun(running)
    running.driver.lock(thread)
    told = await running.seen(ada, ada.direct)
    assert "/coach continue" in told.content
    running.driver.lock(thread)
    await running.server.settled()
    assert len(replies(ada, ada.direct, told)) == 0
    ada.slash("coach continue", general)
    await running.until(lambda: len(threads_of(guild, general)) == 2)
    assert await rows(running, "SELECT status FROM persona_sessions") != []


async def test_a_closed_thread_and_closed_direct_messages_leave_the_session_alone(
    running: Running,
) -> None:
    guild, general, ada, thread, _ = await begun(running)
    ada.close_direct()
    running.driver.delete_channel(thread)
    await running.server.settled(0.3)
    assert await rows(running, "SELECT status FROM persona_sessions") == [("open",)]
    ada.slash("coach continue", general)
    await running.until(lambda: threads_of(guild, general))


async def test_who_is_thrown_out_of_a_server_is_told_by_whom_that_is(running: Running) -> None:
    guild, _, ada, _, _ = await begun(running)
    other = running.driver.guild("other")
    running.driver.join(ada.user, other)
    running.driver.remove_bot(guild)
    told = await running.seen(ada, ada.direct)
    assert "removed" in told.content
    assert "/coach" in told.content


async def test_somebody_who_left_is_no_error_and_finds_the_session_again(running: Running) -> None:
    guild, _, ada, thread, _ = await begun(running)
    running.driver.leave(ada, guild)
    await running.server.settled()
    assert ada.sees(thread) == []
    assert await rows(running, "SELECT status FROM persona_sessions") == [("open",)]


async def test_an_app_of_ones_own_is_used_in_its_direct_messages(running: Running) -> None:
    ada = running.driver.user("ada", installed=True)
    await running.start()
    done = ada.slash("coach start", ada.direct, coach="life_coach")
    await running.until(lambda: done.original is not None and "is open" in done.text)
    opening = await running.seen(ada, ada.direct, lambda one: "Maya" in one.content.split("\n")[0])
    said = ada.dm("I want more time for my children")
    reply = await running.seen(ada, ada.direct, lambda one: one.id > said.id)
    assert reply.id > opening.id


async def test_coach_me_on_this_recommends_from_somebodys_words(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada, bob = running.driver.user("ada", guild), running.driver.user("bob", guild)
    await running.start()
    said = bob.say(general, "I have a pay talk next week and I am afraid of it")
    done = ada.context_menu("Coach me on this", said)
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert "David" in text_of(done.original)
    assert bob.sees(general)[-1].id == said.id


async def test_what_can_not_be_read_gets_a_sentence(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    for more, words in (
        ({"sticker_items": [{"id": "1", "name": "wave", "format_type": 1}]}, "stickers"),
        ({"poll": {"question": {"text": "Should I?"}, "answers": []}}, "polls"),
    ):
        ada.say(thread, "", **more)
        await running.seen(ada, thread, lambda one, words=words: words in one.content)
    ada.attach(thread, "note.ogg", b"x")
    await running.seen(ada, thread, lambda one: "voice notes" in one.content)


async def test_export_is_for_its_owner_alone_and_forgetting_is_asked_first(
    running: Running,
) -> None:
    _, general, ada, thread, _ = await begun(running)
    said = ada.say(thread, GOAL)
    await running.seen(ada, thread, lambda one: one.id > said.id)
    done = ada.slash("coach export", general)

    def exported() -> bool:
        shown = done.original
        return shown is not None and bool(text_of(shown) or shown.body["attachments"])

    await running.until(exported)
    assert done.original is not None
    assert done.original.only == ada.id
    files = running.server.core.files.values()
    assert "my rent went up" in text_of(done.original) + "".join(
        file.data.decode("utf-8", "ignore") for file in files
    )
    asked = ada.slash("coach forget", general)
    await running.until(lambda: asked.original is not None and asked.original.components)
    assert asked.original is not None
    assert await rows(running, "SELECT id FROM messages")
    ada.click(asked.original, ada.buttons(asked.original)[0])
    for _ in range(300):
        if not await rows(running, "SELECT id FROM messages"):
            break
        await running.server.settled(0.02)
    assert not await rows(running, "SELECT id FROM messages")
