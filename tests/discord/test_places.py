"""Where people are: what the operator allows, closed places, time that passes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from bot.platforms import wording
from storage import inbox
from storage.queries import PersonScope
from tests.discord.conftest import Running, text_of
from tests.discord.test_gaps import replies
from tests.discord.test_story import GOAL, begun, by_hook, rows, threads_of
from tests.discordserver.permissions import P
from tests.discordserver.person import Person
from tests.discordserver.world import Channel, Guild, Message


def allow(running: Running, **more: tuple[str, ...]) -> None:
    """The operator opens it for some channels or people only."""
    running.settings = running.settings.model_copy(update=more)
    if running.platform is not None:
        running.platform.desk.settings = running.settings


async def said_in(running: Running, ada: Person, thread: Channel, text: str) -> Message:
    """Ada says something in her thread; the coach's answer."""
    said = ada.say(thread, text)
    return await running.seen(ada, thread, lambda one: one.id > said.id and one.components)


async def test_sessions_start_in_threads_of_allowed_channels_only(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    coaching = running.driver.channel(guild, "coaching")
    allow(running, discord_channels=(str(coaching.id),))
    ada = running.driver.user("ada", guild)
    await running.start()
    ada.slash("coach start", general, coach="life_coach")
    opening = await running.seen(ada, ada.direct, lambda one: "Maya" in one.content.split("\n")[0])
    assert threads_of(guild, general) == []
    done = ada.slash("coach start", coaching, coach="salary_negotiator")
    await running.until(lambda: done.original is not None and "is open" in text_of(done.original))
    (thread,) = threads_of(guild, coaching)
    await running.seen(ada, thread, by_hook)
    # A new coach goes where sessions may be.
    allow(running, discord_channels=(str(general.id),))
    ada.say(thread, "switch to Elena")
    await running.seen(ada, ada.direct, lambda one: one.id > opening.id and "Elena" in one.content)
    assert len(threads_of(guild, coaching)) == 1


async def test_a_button_from_before_opens_no_thread_where_none_is_allowed_now(
    running: Running,
) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild)
    running.driver.revoke(guild, P.CREATE_PRIVATE_THREADS)
    await running.start()
    ada.slash("coach start", general, coach="life_coach")
    asked = await running.seen(ada, general, lambda one: "Create Private Threads" in text_of(one))
    allow(running, discord_channels=("1",))
    told = ada.click(asked, "In a public thread")
    await running.until(lambda: told.text == wording.NOT_HERE)
    assert threads_of(guild, general) == []
    ada.click(asked, "In direct messages")
    await running.seen(ada, ada.direct, lambda one: "Maya" in one.content.split("\n")[0])


async def test_only_some_people_are_let_in(running: Running) -> None:
    guild, general, ada, thread, opening = await begun(running)
    bob = running.driver.user("bob", guild)
    allow(running, discord_people=(str(ada.id),))
    told = bob.slash("coach start", general, coach="life_coach")
    await running.until(lambda: told.text == wording.NOT_FOR_YOU)
    assert told.original is not None
    assert told.original.only == bob.id
    assert running.platform is not None
    running.platform.messages._hint_s = 0.2
    bot = running.server.world.bot.id
    for _ in range(2):
        bob.say(general, f"<@{bot}> can you help me")
    hint = await running.seen(bob, general, lambda one: one.id != told.original.id)
    assert hint.content == wording.NOT_FOR_YOU
    await running.until(lambda: hint.id not in general.messages)
    bob.dm(GOAL)
    await running.seen(bob, bob.direct, lambda one: one.content == wording.NOT_FOR_YOU)
    bob.say(general, "so what")
    await said_in(running, ada, thread, GOAL)
    # Who is shut out later is told once in the thread of theirs, and the words are not taken.
    allow(running, discord_people=(str(bob.id),))
    for _ in range(2):
        ada.say(thread, "Are you there?")
    out = await running.seen(ada, thread, lambda one: one.content == wording.NOT_FOR_YOU)
    await running.server.settled(0.3)
    assert [one for one in ada.sees(thread) if one.content == out.content] == [out]
    assert len(replies(bob, bob.direct, opening)) == 1
    assert await running.transcript() == [GOAL]


async def test_the_human_of_the_operator_is_named_when_it_matters(running: Running) -> None:
    running.app.engine.human = "Rosa in room 4"
    _, _, ada, thread, _ = await begun(running)
    reply = await said_in(running, ada, thread, "I want to kill myself")
    assert "Rosa in room 4" in text_of(reply)


async def test_a_list_of_sessions_leads_to_them(running: Running) -> None:
    guild, general, ada, thread, _ = await begun(running)
    done = ada.slash("coach sessions", general)
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert done.original is not None
    address = f"https://discord.com/channels/{guild.id}/{thread.id}"
    assert f"[open]({address})" in text_of(done.original)


async def weeks_later(running: Running) -> tuple[Guild, Channel, Person, Channel]:
    """Ada has talked to David; three weeks go by, and Discord archives the thread."""
    guild, general, ada, thread, _ = await begun(running)
    for line in (GOAL, "My family depends on it", "I asked last year and my boss said no"):
        await said_in(running, ada, thread, line)
    clock = running.app.engine.clock
    running.app.engine.clock = lambda: clock() + timedelta(days=21)
    running.driver.archive(thread)
    return guild, general, ada, thread


async def test_weeks_later_two_lines_say_where_it_was_left(running: Running) -> None:
    guild, general, ada, thread = await weeks_later(running)
    last = ada.last(thread)
    ada.slash("coach start", general)
    menu = await running.seen(ada, general, lambda one: "Who would you like" in text_of(one))
    (entry,) = [one for one in choices(menu) if one.startswith("Go on: ")]
    assert "David ValueMax" in entry
    ada.choose(menu, "Pick a coach", entry)
    recap = await running.seen(ada, thread, lambda one: one.id > last.id and by_hook(one))
    assert "earn more" in text_of(recap)
    assert threads_of(guild, general) == [thread]
    reply = await said_in(running, ada, thread, "I asked him, and he wants to think about it")
    assert "?" in reply.content


async def test_a_word_in_an_old_thread_takes_the_session_up_there(running: Running) -> None:
    guild, general, ada, thread = await weeks_later(running)
    ended = len(await running.transcript())
    reply = await said_in(running, ada, thread, "He said yes to five percent on Friday")
    assert by_hook(reply)
    assert thread.thread is not None
    assert not thread.thread.archived
    assert len(await running.transcript()) == ended + 1
    assert threads_of(guild, general) == [thread]
    assert len(await rows(running, "SELECT id FROM persona_sessions")) == 1


async def test_a_session_that_was_ended_is_taken_up_by_a_word_in_its_thread(
    running: Running,
) -> None:
    _, _, ada, thread, _ = await begun(running)
    await said_in(running, ada, thread, GOAL)
    await said_in(running, ada, thread, "end")
    reply = await said_in(running, ada, thread, "One more thing: he called me today")
    assert by_hook(reply)
    assert "One more thing: he called me today" in await running.transcript()


def choices(message: Message) -> list[str]:
    """The labels of all that can be picked from menus."""
    return [
        option["label"]
        for row in message.components
        for one in row["components"]
        for option in one.get("options") or []
    ]


async def test_where_neither_a_thread_nor_messages_are_open_it_says_what_opens_them(
    running: Running,
) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild)
    ada.close_direct()
    running.driver.revoke(guild, P.CREATE_PRIVATE_THREADS, P.CREATE_PUBLIC_THREADS)
    await running.start()
    ada.slash("coach start", general, coach="life_coach")
    asked = await running.seen(ada, general, lambda one: "Create Private Threads" in text_of(one))
    for way, words in (
        ("In a public thread", "the permission “Create Public Threads”"),
        ("In direct messages", "Allow direct messages"),
    ):
        told = ada.click(asked, way)
        await running.until(
            lambda one=told, words=words: one.original and words in text_of(one.original)
        )
    assert await rows(running, "SELECT id FROM persona_sessions") == []


async def test_a_thread_that_could_not_be_written_in_is_not_opened(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild)
    running.driver.revoke(guild, P.SEND_MESSAGES_IN_THREADS, P.CREATE_PRIVATE_THREADS)
    await running.start()
    done = ada.slash("coach start", general, coach="life_coach")
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert done.original is not None
    assert "“Send Messages in Threads” and “Create Private Threads”" in text_of(done.original)
    assert threads_of(guild, general) == []
    ada.click(done.original, "In direct messages")
    await running.seen(ada, ada.direct, lambda one: "Maya" in one.content.split("\n")[0])


async def test_a_reply_to_a_place_that_closed_meanwhile_comes_directly(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    ada.say(thread, GOAL)
    running.driver.delete_channel(thread)
    told = await running.seen(ada, ada.direct, lambda one: "where we talked" in one.content)
    assert "You want to earn more" in told.content
    assert await rows(running, "SELECT status FROM persona_sessions") == [("open",)]


async def test_a_step_is_asked_about_once_in_its_thread_and_answered_by_a_button(
    running: Running,
) -> None:
    _, _, ada, thread, _ = await begun(running)
    await said_in(running, ada, thread, "/coach goal Run the stall alone by Saturday")
    (person,) = (await rows(running, "SELECT person_id FROM accounts"))[0]

    def comes(connection: Connection) -> list[datetime]:
        scope = PersonScope(connection, str(person))
        waiting = inbox.reminders(connection, scope.lanes())
        for row in waiting:
            inbox.move(connection, row, "discord", datetime.now(UTC))
        return [row["due_at"] for row in waiting]

    clock = running.app.engine.clock
    running.app.engine.clock = lambda: clock() + timedelta(days=7)
    assert len(await running.app.database.write(comes)) == 1
    asked = await running.seen(ada, thread, lambda one: "Done" in ada.buttons(one))
    assert "Run the stall alone" in text_of(asked)
    assert "stop reminding me" in text_of(asked)
    ada.click(asked, "Done")
    done = await running.seen(ada, thread, lambda one: one.id > asked.id)
    assert await running.app.database.write(comes) == []
    await running.server.settled(0.4)
    assert [one.id for one in replies(ada, thread, asked)] == [done.id]
