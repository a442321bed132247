"""The local Discord's gateway and messages, as the real discord.py meets them."""

from __future__ import annotations

import discord
import pytest

from tests.discordserver.clients import ALL, Bot, connected
from tests.discordserver.driver import Driver
from tests.discordserver.server import Server
from tests.discordserver.sessions import Intent


async def test_a_message_is_heard_and_answered(server: Server, driver: Driver) -> None:
    guild = driver.guild()
    alice = driver.user("alice", guild)
    general = driver.general(guild)
    async with connected(server) as bot:
        said = alice.say(general, "hello **bot**")
        await server.until(lambda: len(bot.heard) == 1)
        assert bot.heard[0].id == said.id
        assert bot.heard[0].content == "hello **bot**"
        assert bot.heard[0].guild is not None
        assert bot.heard[0].guild.name == "guild"
        sent = await bot.heard[0].reply("hi", nonce="a1", mention_author=False)
        assert alice.last(general).content == "hi"
        assert alice.last(general).id == sent.id
        assert alice.last(general).body["referenced_message"]["id"] == str(said.id)
        assert alice.last(general).body["mentions"] == []
        await sent.edit(content="hi there")
        assert alice.last(general).content == "hi there"
        await sent.delete()
        assert alice.last(general).id == said.id


async def test_1000_guilds_come_at_the_start(server: Server, driver: Driver) -> None:
    for number in range(1000):
        driver.guild(f"guild {number}")
    async with connected(server) as bot:
        await server.until(lambda: sum(not g.unavailable for g in bot.guilds) == 1000)
        assert sorted(g.name for g in bot.guilds)[0] == "guild 0"


async def test_without_the_intent_content_is_only_in_mentions_and_dms(
    server: Server, driver: Driver
) -> None:
    server.core.privileged = 0
    guild = driver.guild()
    alice = driver.user("alice", guild)
    general = driver.general(guild)
    intents = discord.Intents(guilds=True, messages=True)
    async with connected(server, Bot(intents)) as bot:
        assert bot.user is not None
        hidden = alice.say(general, "for the others")
        alice.say(general, f"{bot.user.mention} for you")
        alice.dm("between us")
        await server.until(lambda: len(bot.heard) == 3)
        texts = [message.content for message in bot.heard]
        assert texts == ["", f"{bot.user.mention} for you", "between us"]
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        assert (await channel.fetch_message(hidden.id)).content == ""


async def test_a_wrong_token_is_refused(server: Server) -> None:
    bot = Bot()
    with server.pointed_at():
        with pytest.raises(discord.LoginFailure):
            await bot.start("wrong")
        await bot.close()


async def test_an_intent_that_was_not_given_closes_with_4014(server: Server) -> None:
    server.core.privileged = int(Intent.MEMBERS)
    bot = Bot(ALL)
    with server.pointed_at():
        with pytest.raises(discord.PrivilegedIntentsRequired):
            await bot.start(server.token)
        await bot.close()


async def test_resume_brings_what_was_missed_and_repeats_on_demand(
    server: Server, driver: Driver
) -> None:
    guild = driver.guild()
    alice = driver.user("alice", guild)
    general = driver.general(guild)
    async with connected(server) as bot:
        for number in range(12):
            alice.say(general, f"early {number}")
        await server.until(lambda: len(bot.heard) == 12)
        with driver.gap(60.0):
            alice.say(general, "late")
            await server.settled()
            assert len(bot.heard) == 12
            server.gateway.repeats = 10
        await server.until(lambda: len(bot.heard) == 23)
        await server.settled()
        again = [message.content for message in bot.heard[12:]]
        assert again == [*(f"early {number}" for number in range(2, 12)), "late"]
        assert server.gateway.resumes == 1
        assert len(server.gateway.starts) == 1


async def test_after_ten_minutes_nothing_is_replayed(server: Server, driver: Driver) -> None:
    guild = driver.guild()
    alice = driver.user("alice", guild)
    async with connected(server) as bot:
        with driver.gap(600.0):
            missed = alice.say(driver.general(guild), "anybody?")
        await server.until(lambda: len(server.gateway.starts) == 2 and server.gateway.connected)
        await server.until(bot.is_ready)
        await server.settled()
        assert bot.heard == []
        channel = bot.get_channel(driver.general(guild).id)
        assert isinstance(channel, discord.TextChannel)
        assert [message.id async for message in channel.history()] == [missed.id]


async def test_reconnect_and_invalid_session(server: Server, driver: Driver) -> None:
    guild = driver.guild()
    alice = driver.user("alice", guild)
    async with connected(server) as bot:
        server.gateway.ask_to_reconnect()
        await server.until(lambda: server.gateway.resumes == 1)
        server.gateway.invalidate()
        await server.until(lambda: len(server.gateway.starts) == 2 and server.gateway.connected)
        alice.say(driver.general(guild), "still there?")
        await server.until(lambda: len(bot.heard) == 1)
        server.gateway.forget()
        await server.until(lambda: len(server.gateway.starts) == 3 and server.gateway.connected)


async def test_missing_acks_make_the_client_come_back(server: Server) -> None:
    server.gateway.interval_ms = 50
    server.gateway.mute = True
    bot = Bot()
    bot._connection.heartbeat_timeout = 0.3
    async with connected(server, bot):
        await server.until(lambda: server.gateway.resumes >= 1)
        assert server.gateway.beats > 1
        assert len(server.gateway.starts) == 1


async def test_shards_hear_of_their_own_guilds(server: Server, driver: Driver) -> None:
    guilds = [driver.guild(f"guild {number}") for number in range(6)]
    alice = driver.user("alice", *guilds)
    bot = Bot()
    bot.shard_id, bot.shard_count = 1, 2
    bot._connection.shard_id, bot._connection.shard_count = 1, 2
    async with connected(server, bot):
        for guild in guilds:
            alice.say(driver.general(guild), guild.name)
        alice.dm("for shard 0")
        await server.settled()
        wanted = {guild.name for guild in guilds if (guild.id >> 22) % 2 == 1}
        assert 0 < len(wanted) < 6
        assert {message.content for message in bot.heard} == wanted


async def test_a_nonce_posts_once_and_lasts_for_minutes(server: Server, driver: Driver) -> None:
    guild = driver.guild()
    alice = driver.user("alice", guild)
    general = driver.general(guild)
    async with connected(server) as bot:
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        server.faults.fail("POST /channels/.*/messages", status=500, done=True)
        await channel.send("once", nonce="key-1")
        await channel.send("once", nonce="key-1")
        assert [message.content for message in alice.sees(general)] == ["once"]
        with driver.gap(600.0):
            await channel.send("once", nonce="key-1")
        # Whoever sends again a second later has lived through one second, whatever the clock did.
        await channel.send("once", nonce="key-1")
        assert len(alice.sees(general)) == 1
        server.advance(200.0)
        await channel.send("once", nonce="key-1")
        assert len(alice.sees(general)) == 2
