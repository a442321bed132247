"""Threads, webhooks, permissions and direct messages of the local Discord with discord.py."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator

import discord
import pytest

from tests.discordserver.clients import Bot, connected
from tests.discordserver.driver import Driver
from tests.discordserver.permissions import P
from tests.discordserver.server import Server
from tests.discordserver.world import Channel, Guild


@pytest.fixture
async def bot(server: Server) -> AsyncIterator[Bot]:
    async with connected(server) as one:
        yield one


@pytest.fixture
def guild(driver: Driver) -> Guild:
    return driver.guild()


def text_channel(bot: Bot, channel: Channel) -> discord.TextChannel:
    found = bot.get_channel(channel.id)
    assert isinstance(found, discord.TextChannel)
    return found


async def private_thread(server: Server, bot: Bot, channel: Channel) -> discord.Thread:
    await server.until(lambda: bot.get_channel(channel.id) is not None)
    return await text_channel(bot, channel).create_thread(
        name="David: a better job", type=discord.ChannelType.private_thread, invitable=False
    )


async def test_a_private_thread_is_seen_by_those_in_it(
    server: Server, driver: Driver, guild: Guild, bot: Bot
) -> None:
    alice, carol = driver.user("alice", guild), driver.user("carol", guild)
    thread = await private_thread(server, bot, driver.general(guild))
    await thread.add_user(discord.Object(alice.id))
    place = server.world.channel(thread.id)
    await thread.send("hello Alice")
    assert alice.last(place).content == "hello Alice"
    assert carol.sees(place) == []
    alice.say(place, "hi")
    await server.until(lambda: [m.content for m in bot.heard] == ["hi"])
    assert bot.heard[0].channel == thread
    with pytest.raises(PermissionError):
        carol.say(place, "let me in")
    await thread.edit(name="David: two jobs")
    assert place.name == "David: two jobs"
    await thread.remove_user(discord.Object(alice.id))
    assert alice.sees(place) == []


async def test_an_archived_thread_wakes_up_and_a_locked_one_does_not(
    server: Server, driver: Driver, guild: Guild, bot: Bot
) -> None:
    alice = driver.user("alice", guild)
    thread = await private_thread(server, bot, driver.general(guild))
    await thread.add_user(discord.Object(alice.id))
    place = server.world.channel(thread.id)
    sent = await thread.send("first")
    server.advance(place.thread.minutes * 60 + 1 if place.thread else 0)
    # The client keeps no archived threads.
    await server.until(lambda: bot.get_channel(thread.id) is None)
    with pytest.raises(discord.HTTPException) as refused:
        await sent.edit(content="changed")
    assert refused.value.code == 50083
    alice.say(place, "I am back")
    await server.until(lambda: bot.get_channel(thread.id) is not None)
    assert not server.threads.of(place).archived
    await sent.edit(content="changed")
    driver.lock(place)
    await server.until(lambda: bot.get_channel(thread.id) is None)
    with pytest.raises(discord.HTTPException) as locked:
        await thread.send("anybody?")
    assert locked.value.code == 160005
    driver.delete_channel(place)
    with pytest.raises(discord.NotFound) as gone:
        await thread.send("anybody?")
    assert gone.value.code == 10003


async def test_a_webhook_speaks_in_a_thread_under_its_own_name(
    server: Server, driver: Driver, guild: Guild, bot: Bot
) -> None:
    general = driver.general(guild)
    thread = await private_thread(server, bot, general)
    hook = await text_channel(bot, general).create_webhook(name="Rocket coach")
    place = server.world.channel(thread.id)
    sent = await hook.send("What is it about?", username="David", thread=thread, wait=True)
    assert driver.owner.id in guild.members
    message = place.messages[sent.id]
    assert (message.name, message.content) == ("David", "What is it about?")
    await hook.edit_message(sent.id, content="What for?", thread=thread)
    assert message.content == "What for?"
    with pytest.raises(discord.NotFound):
        await hook.edit_message(sent.id, content="no thread named")
    with pytest.raises(discord.HTTPException, match="cannot contain"):
        await hook.send("hi", username="Discord helper", thread=thread)
    await hook.delete_message(sent.id, thread=thread)
    assert sent.id not in place.messages
    found = await text_channel(bot, general).webhooks()
    assert [(one.name, one.token == hook.token) for one in found] == [("Rocket coach", True)]
    for number in range(14):
        await text_channel(bot, general).create_webhook(name=f"hook {number}")
    with pytest.raises(discord.HTTPException) as full:
        await text_channel(bot, general).create_webhook(name="one more")
    assert full.value.code == 30007


async def test_what_is_not_permitted_is_refused(
    server: Server, driver: Driver, guild: Guild, bot: Bot
) -> None:
    general = driver.general(guild)
    await server.until(lambda: bot.get_channel(general.id) is not None)
    channel = text_channel(bot, general)

    async def refused() -> int:
        with pytest.raises(discord.Forbidden) as error:
            await private_thread(server, bot, general)
        return error.value.code

    driver.revoke(guild, P.MANAGE_WEBHOOKS, P.CREATE_PRIVATE_THREADS)
    await server.until(lambda: not channel.permissions_for(channel.guild.me).manage_webhooks)
    assert await refused() == 50013
    with pytest.raises(discord.Forbidden) as error:
        await channel.create_webhook(name="Rocket coach")
    assert error.value.code == 50013
    assert await channel.create_thread(name="open", type=discord.ChannelType.public_thread)
    driver.overwrite(general, guild.id, deny=P.VIEW_CHANNEL)
    await server.until(lambda: bot.get_channel(general.id) is None)
    with pytest.raises(discord.Forbidden) as unseen:
        await channel.send("hello?")
    assert unseen.value.code == 50001
    driver.overwrite(general, guild.id)
    await server.until(lambda: bot.get_channel(general.id) is not None)
    await server.until(lambda: [t.name for t in text_channel(bot, general).threads] == ["open"])


async def test_direct_messages_can_be_closed(
    server: Server, driver: Driver, guild: Guild, bot: Bot
) -> None:
    alice = driver.user("alice", guild)
    user = await bot.fetch_user(alice.id)
    await user.send("hello", file=discord.File(io.BytesIO(b"all of it"), "profile.md"))
    shown = alice.last(alice.direct).body["attachments"]
    assert [one["filename"] for one in shown] == ["profile.md"]
    alice.attach(alice.direct, "voice.ogg", b"hm")
    await server.until(lambda: len(bot.heard) == 1)
    assert await bot.heard[0].attachments[0].read() == b"hm"
    alice.close_direct()
    with pytest.raises(discord.Forbidden) as refused:
        await user.send("still there?")
    assert refused.value.code == 50007


async def test_history_is_read_from_any_place(
    server: Server, driver: Driver, guild: Guild, bot: Bot
) -> None:
    alice = driver.user("alice", guild)
    general = driver.general(guild)
    said = [alice.say(general, str(number)) for number in range(9)]
    await server.until(lambda: len(bot.heard) == 9)
    channel = text_channel(bot, general)

    async def read(**which: discord.abc.Snowflake) -> list[str]:
        return [m.content async for m in channel.history(limit=3, **which)]

    assert await read() == ["8", "7", "6"]
    assert await read(after=discord.Object(said[2].id)) == ["3", "4", "5"]
    assert await read(before=discord.Object(said[2].id)) == ["1", "0"]
    assert await read(around=discord.Object(said[4].id)) == ["5", "4", "3"]


async def test_people_and_the_bot_leave(
    server: Server, driver: Driver, guild: Guild, bot: Bot
) -> None:
    alice = driver.user("alice", guild)
    thread = await private_thread(server, bot, driver.general(guild))
    await thread.add_user(discord.Object(alice.id))
    driver.leave(alice, guild)
    assert alice.id not in server.threads.of(server.world.channel(thread.id)).members
    with pytest.raises(discord.NotFound):
        await thread.guild.fetch_member(alice.id)
    driver.remove_bot(guild)
    await server.until(lambda: not bot.guilds)
    with pytest.raises(discord.Forbidden):
        await thread.send("hello?")
    driver.add_bot(guild)
    await server.until(lambda: len(bot.guilds) == 1)
    assert "GUILD_DELETE" in bot.events
