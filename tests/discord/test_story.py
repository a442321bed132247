"""People on Discord: what they do and what they see, through the real discord.py and sockets."""

from __future__ import annotations

import pytest
from sqlalchemy import text as sql

from tests.discord.conftest import Running, text_of
from tests.discordserver.permissions import P
from tests.discordserver.world import Channel, Guild, Message

GOAL = "I want to earn more because my rent went up a lot this year"


def threads_of(guild: Guild, channel: Channel) -> list[Channel]:
    return [one for one in guild.channels.values() if one.parent == channel.id]


def by_hook(message: Message) -> bool:
    return bool(message.body.get("webhook_id"))


def handle(message: Message, what: str) -> str:
    """The id of a button of a message, by what it does."""
    for row in message.components:
        for one in row["components"]:
            if str(one.get("custom_id")).startswith(f"rc:{what}:"):
                return str(one["custom_id"])
    raise LookupError(what)


async def begun(running: Running, coach: str = "salary_negotiator"):
    """A guild in which Ada has begun a session; her, the thread, the opening."""
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild)
    await running.start()
    ada.slash("coach start", general, coach=coach)
    await running.until(lambda: threads_of(guild, general))
    (thread,) = threads_of(guild, general)
    opening = await running.seen(ada, thread, lambda one: one.components)
    return guild, general, ada, thread, opening


async def rows(running: Running, query: str) -> list[tuple[object, ...]]:
    return await running.app.database.read(lambda one: [tuple(r) for r in one.execute(sql(query))])


async def test_a_session_is_a_private_thread_with_the_coachs_own_face(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada, bob = running.driver.user("ada", guild), running.driver.user("bob", guild)
    await running.start()
    ada.slash("coach start", general)
    menu = await running.seen(ada, general, lambda one: "David" in text_of(one))
    assert bob.sees(general) == []
    (picker,) = (one for row in menu.components for one in row["components"] if one["type"] == 3)
    assert [one["value"] for one in picker["options"]] == [
        one.key for one in running.app.catalogue.coaches
    ]
    assert len(picker["options"]) == 7
    ada.choose(menu, "Pick a coach", "salary_negotiator")
    await running.until(lambda: threads_of(guild, general))
    thread = running.driver.find_thread(general, "David")
    root = await running.seen(ada, thread, lambda one: "can read this thread" in one.content)
    assert root.content.startswith(f"-# Only {ada.mention}")
    opening = await running.seen(ada, thread, by_hook)
    assert opening.body["author"]["username"] == "David ValueMax"
    sent = [one for one in running.server.rest.calls if "avatar_url" in str(one.body)]
    (emoji,) = running.server.core.emojis
    picture = f"https://cdn.discordapp.com/emojis/{emoji}.png"
    assert [one.body["avatar_url"] for one in sent] == [picture]
    assert bob.sees(thread) == []
    ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > opening.id)
    assert "?" in reply.content
    assert reply.body["author"]["username"] == "David ValueMax"
    told = await running.seen(ada, general, lambda one: "is open" in text_of(one))
    assert str(thread.id) in text_of(told)


async def test_without_manage_webhooks_the_coach_is_named_in_a_line(running: Running) -> None:
    running.driver.guild = lambda: type(running.driver).guild(running.driver, allowed=P(0))
    _, _, _, _, opening = await begun(running)
    assert not by_hook(opening)
    assert opening.content.startswith("-# ")
    assert "David ValueMax" in opening.content


async def test_without_private_threads_a_public_one_is_asked_for(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada, bob = running.driver.user("ada", guild), running.driver.user("bob", guild)
    running.driver.revoke(guild, P.CREATE_PRIVATE_THREADS)
    await running.start()
    ada.slash("coach start", general, coach="life_coach")
    asked = await running.seen(ada, general, lambda one: "Create Private Threads" in text_of(one))
    assert threads_of(guild, general) == []
    ada.click(asked, "In a public thread")
    await running.until(lambda: threads_of(guild, general))
    (thread,) = threads_of(guild, general)
    root = await running.seen(bob, thread, lambda one: "can read this thread" in one.content)
    assert "Everybody in this channel" in root.content
    await running.seen(ada, thread, lambda one: one.components)
    # What is about her alone does not stand where others read along.
    ada.say(thread, "profile")
    await running.seen(ada, ada.direct)
    pointer = await running.seen(bob, thread, lambda one: "only you can read it" in one.content)
    assert pointer.id > root.id


async def test_direct_messages_are_one_conversation_with_a_header(running: Running) -> None:
    ada = running.driver.user("ada", running.driver.guild())
    await running.start()
    ada.dm(GOAL)
    offer = await running.seen(ada, ada.direct, lambda one: "Who would you like" in one.content)
    ada.click(offer, running_label(offer))
    opening = await running.seen(ada, ada.direct, lambda one: one.content.startswith("-# "))
    ada.dm("switch to Maya")
    maya = await running.seen(ada, ada.direct, lambda one: "Maya" in one.content.split("\n")[0])
    # An answer to the first coach's message goes to that coach.
    first = opening.content.split("\n")[0]
    ada.dm("I asked my boss for ten percent more and got five", reply_to=opening)
    back = await running.seen(ada, ada.direct, lambda one: one.id > maya.id)
    assert back.content.split("\n")[0] == first


def running_label(message: Message) -> str:
    return message.components[0]["components"][0]["label"]


async def test_others_are_told_once_and_not_answered(running: Running) -> None:
    guild, _, ada, thread, opening = await begun(running)
    assert running.platform is not None
    assert running.platform.messages._hint_s == 20.0
    running.platform.messages._hint_s = 0.2
    bob = running.driver.user("bob", guild)
    running.server.threads.add(thread, bob.id)
    for number in range(3):
        bob.say(thread, f"I think so too {number}")
    hint = await running.seen(bob, thread, lambda one: "coaching session" in one.content)
    assert ada.mention in hint.content
    assert hint.body["mentions"] == []
    await running.until(lambda: hint.id not in thread.messages)
    await running.server.settled()
    assert [one for one in bob.sees(thread) if one.id > opening.id and one.author != bob.id] == []


async def test_edits_and_deletions_reach_the_transcript(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, GOAL)
    await running.seen(ada, thread, lambda one: one.id > said.id)
    ada.edit(said, "I want to be paid what my colleagues are paid")

    async def texts() -> list[object]:
        found = await rows(running, "SELECT text FROM messages WHERE role = 'user'")
        return [one[0] for one in found]

    for _ in range(200):
        if any("colleagues" in str(one) for one in await texts()):
            break
        await running.server.settled(0.02)
    assert not any("rent" in str(one) for one in await texts())
    assert "colleagues" in await made_of_it(running)
    assert "rent" not in await made_of_it(running)
    ada.delete(said)
    for _ in range(200):
        if not await texts():
            break
        await running.server.settled(0.02)
    assert await texts() == []
    assert "colleagues" not in await made_of_it(running)


async def made_of_it(running: Running) -> str:
    """What is kept of what came of somebody's words."""
    found = await rows(running, "SELECT slots FROM persona_sessions")
    return str([*found, *await rows(running, "SELECT * FROM persona_insights")])


async def test_a_mention_offers_the_coaches_and_a_channel_is_left_alone(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild)
    await running.start()
    ada.say(general, "nobody asked the bot")
    bot = running.server.world.bot.id
    ada.say(general, f"<@{bot}> can you help me")
    offer = await running.seen(ada, general, lambda one: one.components)
    ada.click(offer, "Pick a coach")
    menu = await running.seen(ada, general, lambda one: one.only == ada.id)
    assert "Maya" in text_of(menu)
    assert len([one for one in ada.sees(general) if one.author == bot and not one.only]) == 1


async def test_what_a_command_finds_is_for_the_caller_alone(running: Running) -> None:
    guild, general, ada, _, _ = await begun(running)
    bob = running.driver.user("bob", guild)
    asked = ada.slash("coach sessions", general)
    await running.until(lambda: asked.original is not None and text_of(asked.original))
    assert "David" in text_of(asked.original)
    assert all(one.id != asked.original.id for one in bob.sees(general))
    profile = ada.slash("coach profile", general)
    await running.until(lambda: profile.original is not None and text_of(profile.original))
    assert profile.original is not None
    assert profile.original.only == ada.id
    assert profile.original.embeds
    assert "career profile" in text_of(profile.original).casefold()
    assert bob.sees(general) == []
    found = await ada.autocomplete("coach start", "coach", "sal")
    assert [one["value"] for one in found] == ["salary_negotiator"]
    ((session,),) = await rows(running, "SELECT id FROM persona_sessions")
    found = await ada.autocomplete("coach continue", "session", "dav")
    assert [one["value"] for one in found] == [session]
    assert found[0]["name"].startswith("David ValueMax, introduction")
    assert await bob.autocomplete("coach continue", "session", "") == []


async def test_buttons_work_after_a_restart(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    await running.stop()
    await running.start()
    ada.click(reply, handle(reply, "again"))
    other = await running.seen(ada, thread, lambda one: one.id > reply.id)
    assert other.content
    thanks = ada.click(other, handle(other, "up"))
    await running.until(lambda: "Thank you" in thanks.text)


async def test_what_was_written_while_nobody_listened_is_answered_once(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    await running.stop()
    said = ada.say(thread, GOAL)
    await running.start()
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    await running.server.settled(0.3)
    assert [one.id for one in ada.sees(thread) if one.id > said.id] == [reply.id]


@pytest.mark.parametrize("route", ["POST /webhooks/.*", "POST /channels/.*/messages"])
async def test_a_reply_whose_answer_got_lost_is_shown_once(running: Running, route: str) -> None:
    if "webhooks" not in route:
        running.driver.guild = lambda: type(running.driver).guild(running.driver, allowed=P(0))
    _, _, ada, thread, _ = await begun(running)
    running.server.faults.fail(route, times=1, status=503, done=True)
    said = ada.say(thread, GOAL)
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    again = ada.say(thread, "My boss said no last year")
    await running.seen(ada, thread, lambda one: one.id > again.id)
    assert running.server.faults.take(route) is None
    shown = [one.id for one in ada.sees(thread) if said.id < one.id < again.id]
    assert shown == [reply.id]


async def test_switching_opens_a_new_thread_and_points_to_it(running: Running) -> None:
    guild, general, ada, thread, _ = await begun(running)
    ada.say(thread, "switch to Maya")
    await running.until(lambda: len(threads_of(guild, general)) == 2)
    new = running.driver.find_thread(general, "Maya")
    root = await running.seen(ada, new, lambda one: "Handed over by" in one.content)
    assert "David" in root.content
    pointer = await running.seen(ada, thread, lambda one: "goes on here" in one.content)
    assert str(new.id) in pointer.content
    opening = await running.seen(ada, new, by_hook)
    assert "Maya" in opening.body["author"]["username"]
    # One webhook of a channel serves all its coaches.
    assert len(running.server.world.webhooks) == 1


async def test_a_closed_thread_goes_on_in_direct_messages(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    running.driver.delete_channel(thread)
    told = await running.seen(ada, ada.direct)
    assert "/coach continue" in told.content


async def test_a_question_gets_a_coach_recommended_for_the_asker(running: Running) -> None:
    guild = running.driver.guild()
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild)
    await running.start()
    ada.slash("coach start", general)
    menu = await running.seen(ada, general)
    opened = ada.click(menu, "Recommend one for me")
    await running.until(lambda: opened.modal is not None)
    done = ada.submit(opened, text="I have a pay talk next week and I am afraid of it")
    await running.until(lambda: done.original is not None and text_of(done.original))
    assert "David" in text_of(done.original)
    ada.click(done.original, running_label(done.original))
    await running.until(lambda: threads_of(guild, general))
    (thread,) = threads_of(guild, general)
    opening = await running.seen(ada, thread, by_hook)
    assert "?" in opening.content


async def test_the_threads_name_carries_the_goal_once_it_is_known(running: Running) -> None:
    _, _, ada, thread, _ = await begun(running)
    assert "rent" not in thread.name
    for text in (GOAL, "It matters to me because my family depends on it", "I feel ready"):
        said = ada.say(thread, text)
        await running.seen(ada, thread, lambda one, after=said.id: one.id > after)
    await running.until(lambda: "earn more" in thread.name)
    assert "David" in thread.name
    assert len(thread.name) <= 100


async def test_without_message_content_it_says_how_to_be_read(running: Running) -> None:
    running.server.core.privileged = 0
    _, _, ada, thread, _ = await begun(running)
    assert running.platform is not None
    assert not running.platform.gateway.content
    ada.say(thread, GOAL)
    hint = await running.seen(ada, thread, lambda one: "Message Content" in one.content)
    ada.say(thread, GOAL + " again")
    bot = running.server.world.bot.id
    said = ada.say(thread, f"<@{bot}> {GOAL}")
    reply = await running.seen(ada, thread, lambda one: one.id > said.id)
    assert "?" in reply.content
    # Nor does it keep back what answers a message of the app's own.
    answered = ada.say(thread, "My boss said no last year", reply_to=reply)
    told = await running.seen(ada, thread, lambda one: one.id > answered.id)
    assert told.content.startswith("-# ")
    assert "My boss said no last year" in await running.transcript()
    hints = [one for one in ada.sees(thread) if "Message Content" in one.content]
    assert [one.id for one in hints] == [hint.id]


async def test_what_was_said_in_a_server_is_deleted_after_the_grace_time(running: Running) -> None:
    running.settings = running.settings.model_copy(update={"discord_grace_days": 0})
    guild, _, ada, thread, _ = await begun(running)
    said = ada.say(thread, GOAL)
    await running.seen(ada, thread, lambda one: one.id > said.id)
    assert await rows(running, "SELECT id FROM persona_sessions")
    running.driver.remove_bot(guild)
    for _ in range(300):
        if not await rows(running, "SELECT id FROM persona_sessions"):
            break
        await running.server.settled(0.02)
    assert not await rows(running, "SELECT id FROM persona_sessions")
    assert not await rows(running, "SELECT id FROM messages")


async def test_a_server_that_comes_back_in_time_keeps_everything(running: Running) -> None:
    guild, _, _, _, _ = await begun(running)
    running.driver.remove_bot(guild)

    async def due() -> list[tuple[object, ...]]:
        query = "SELECT id FROM inbox WHERE kind = 'tenant_gone' AND settled_at IS NULL"
        return await rows(running, query)

    for _ in range(300):
        if await due():
            break
        await running.server.settled(0.02)
    assert len(await due()) == 1
    running.driver.add_bot(guild)
    for _ in range(300):
        if not await due():
            break
        await running.server.settled(0.02)
    assert not await due()


async def test_an_app_that_somebody_brought_along_coaches_in_direct_messages(
    running: Running,
) -> None:
    guild = running.driver.guild(bot=False)
    general = running.driver.general(guild)
    ada = running.driver.user("ada", guild, installed=True)
    await running.start()
    done = ada.slash("coach start", general, coach="life_coach")
    await running.until(lambda: done.original is not None and "is open" in done.text)
    opening = await running.seen(ada, ada.direct, lambda one: one.content.startswith("-# "))
    assert opening
