"""Limits, rate limits and faults of the local Discord with the real discord.py."""

from __future__ import annotations

from typing import Any

import aiohttp
import discord
import pytest
from discord import app_commands, ui

from tests.discordserver.clients import Bot, connected
from tests.discordserver.commands import Commands
from tests.discordserver.components import ComponentCheck
from tests.discordserver.driver import Driver
from tests.discordserver.errors import Json, Problems, RefusedError
from tests.discordserver.faults import Fault
from tests.discordserver.limits import check_message
from tests.discordserver.server import Server


def button(custom_id: str = "a", **more: Any) -> Json:
    return {"type": 2, "style": 1, "label": "go", "custom_id": custom_id, **more}


def rows(*buttons: Json) -> Json:
    return {"content": "x", "components": [{"type": 1, "components": list(buttons)}]}


def select(**more: Any) -> Json:
    options = [{"label": str(n), "value": str(n)} for n in range(more.pop("count", 2))]
    return {"type": 3, "custom_id": "s", "options": options, **more}


V2 = 1 << 15
TOO_MUCH: dict[str, tuple[Json, str]] = {
    "content": ({"content": "x" * 2001}, "content"),
    "embed": ({"embeds": [{"description": "x" * 4097}]}, "embeds.0.description"),
    "embeds together": ({"embeds": [{"description": "x" * 3001}] * 2}, "embeds"),
    "field": ({"embeds": [{"fields": [{"name": "", "value": "x"}]}]}, "embeds.0.fields.0.name"),
    "image": ({"embeds": [{"image": {"url": "file:a"}}]}, "embeds.0.image.url"),
    "nonce": ({"content": "x", "nonce": "n" * 26}, "nonce"),
    "label": (rows(button(label="x" * 81)), "components.0.components.0.label"),
    "custom_id": (rows(button("x" * 101)), "components.0.components.0.custom_id"),
    "twice": (rows(button(), button()), "components.0.components.1.custom_id"),
    "six buttons": (rows(*map(button, "abcdef")), "components.0.components"),
    "options": (rows(select(count=26)), "components.0.components.0.options"),
    "max_values": (rows(select(max_values=3)), "components.0.components.0.max_values"),
    "emoji": (rows(button(emoji={"id": "1", "name": "x"})), "components.0.components.0.emoji.name"),
    "no row": ({"content": "x", "components": [button()]}, "components.0.type"),
    "v2 content": ({"flags": V2, "content": "x", "components": [_ := {"type": 10, "content": "x"}]},
                   "content"),
    "v2 text": ({"flags": V2, "components": [{"type": 10, "content": "x" * 2001}] * 2},
                "components"),
    "v2 components": ({"flags": V2, "components": [{"type": 10, "content": "x"}] * 41},
                      "components"),
    "webhook": ({"content": "x", "username": "x" * 81}, "username"),
    "attachment": ({"content": "x", "attachments": [{"id": "7"}]}, "attachments.0.id"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOO_MUCH)
def test_what_is_too_much_is_refused_with_its_path(name: str) -> None:
    body, path = TOO_MUCH[name]
    with pytest.raises(RefusedError) as refused:
        check_message(body, 0, set())
    assert refused.value.code == 50035
    found = refused.value.body["errors"]
    for step in path.split("."):
        found = found[step]
    assert found["_errors"]


def test_what_just_fits_is_taken() -> None:
    check_message({"content": "x" * 2000, "nonce": "n" * 25}, 0, set())
    check_message({"embeds": [{"description": "x" * 3000}] * 2}, 0, set())
    check_message(rows(*map(button, "abcde")), 0, set())
    check_message(rows(select(count=25, max_values=25)), 0, set())
    check_message({"flags": V2, "components": [{"type": 10, "content": "x" * 100}] * 40}, 0, set())
    with pytest.raises(RefusedError) as empty:
        check_message({"content": "  "}, 0, set())
    assert empty.value.code == 50006


@pytest.mark.parametrize(
    ("modal", "path"),
    [
        ({"title": "x" * 46}, "title"),
        ({"custom_id": "x" * 101}, "custom_id"),
        ({"components": []}, "components"),
        ({"components": [{"type": 18, "label": "x" * 46, "component": select()}]}, "components"),
        ({"components": [{"type": 18, "label": "x", "component": button()}]}, "components"),
    ],
)
def test_modals_have_limits(modal: Json, path: str) -> None:
    field = {"type": 4, "custom_id": "f", "style": 1}
    label = {"type": 18, "label": "Goal", "component": field}
    good = {"title": "Goal", "custom_id": "g", "components": [label]}
    problems = Problems()
    ComponentCheck(problems, set()).modal(good)
    problems.check()
    ComponentCheck(problems, set()).modal(good | modal)
    with pytest.raises(RefusedError) as refused:
        problems.check()
    assert path in refused.value.body["errors"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "Coach"},
        {"name": "x" * 33},
        {"description": ""},
        {"description": "x" * 101},
        {"options": [{"name": "a", "description": "a", "type": 3}] * 2},
        {"options": [{"name": f"o{n}", "description": "a", "type": 1} for n in range(26)]},
        {
            "options": [
                {"name": "a", "description": "a", "type": 3},
                {"name": "b", "description": "b", "type": 3, "required": True},
            ]
        },
        {"contexts": [3]},
    ],
)
async def test_commands_have_limits(wrong: Json) -> None:
    commands: Commands = Server().commands
    good = {"name": "coach", "description": "Coaching"}
    kept = commands.overwrite(0, [good])
    assert commands.overwrite(0, [good])[0]["id"] == kept[0]["id"]
    with pytest.raises(RefusedError) as refused:
        commands.overwrite(0, [good | wrong])
    assert refused.value.code == 50035


async def test_discord_py_shows_the_path_of_what_is_wrong(server: Server, driver: Driver) -> None:
    guild = driver.guild()
    async with connected(server) as bot:
        channel = bot.get_channel(driver.general(guild).id)
        assert isinstance(channel, discord.TextChannel)
        view = ui.View()
        view.add_item(ui.Button(label="x" * 81, custom_id="a"))
        with pytest.raises(discord.HTTPException, match=r"components\.0\.components\.0\.label"):
            await channel.send("hi", view=view)
        with pytest.raises(discord.HTTPException, match="2000 or fewer"):
            await channel.send("x" * 2001)
        layout = ui.LayoutView()
        layout.add_item(ui.Container(ui.TextDisplay("# Summary"), ui.Separator()))
        sent = await channel.send(view=layout)
        with pytest.raises(discord.HTTPException, match="IS_COMPONENTS_V2"):
            await sent.edit(content="plain again")


async def test_calls_beyond_the_limit_wait_and_arrive(server: Server, driver: Driver) -> None:
    server.rates.limits["POST /channels/{channel}/messages"] = (3, 0.2)
    guild = driver.guild()
    general = driver.general(guild)
    async with connected(server) as bot:
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        for number in range(7):
            await channel.send(str(number))
        assert [m.content for m in general.messages.values()] == [str(n) for n in range(7)]
        # The headers tell, so the client waits by itself.
        assert server.rates.hit == {}


async def test_a_third_name_in_ten_minutes_is_refused(server: Server, driver: Driver) -> None:
    general = driver.general(driver.guild())
    async with connected(server) as bot:
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        thread = await channel.create_thread(name="a", type=discord.ChannelType.public_thread)
        await thread.edit(name="b")
        await thread.edit(name="c")
        bot.http.max_ratelimit_timeout = 30.0
        with pytest.raises(discord.RateLimited) as refused:
            await thread.edit(name="d")
        assert refused.value.retry_after == pytest.approx(600.0)
        await thread.edit(archived=True)
        server.advance(601.0)
        await thread.edit(archived=False, name="d")
        assert server.world.channel(thread.id).name == "d"


@pytest.mark.parametrize("everywhere", [False, True])
async def test_a_storm_of_429_is_sat_out(server: Server, driver: Driver, everywhere: bool) -> None:
    general = driver.general(driver.guild())
    async with connected(server) as bot:
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        server.faults.storm("POST /channels/.*/messages", times=3, everywhere=everywhere)
        await channel.send("at last")
        assert server.rates.hit == {"POST /channels/{channel}/messages": 3}
        assert [m.content for m in general.messages.values()] == ["at last"]


async def test_an_error_of_the_server_is_tried_again(server: Server, driver: Driver) -> None:
    general = driver.general(driver.guild())
    async with connected(server) as bot:
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        server.faults.fail("POST /channels/.*/messages")
        await channel.send("second try")
        assert len(general.messages) == 1
        server.faults.fail("GET /channels/.*", status=503)
        with pytest.raises(discord.DiscordServerError):
            await bot.fetch_channel(general.id)


async def test_a_route_that_is_not_there_fails_the_test(server: Server) -> None:
    async with connected(server) as bot:
        with pytest.raises(discord.NotFound):
            await bot.http.request(discord.http.Route("GET", "/nothing/here"))
        with pytest.raises(AssertionError, match="/nothing/here"):
            server.check()
        server.rest.unknown.clear()


async def test_commands_are_synced_and_emojis_kept(server: Server) -> None:
    bot = Bot()

    @bot.tree.command(name="coach", description="Coaching")
    @app_commands.describe(name="Which one")
    async def coach(_: discord.Interaction, name: str) -> None:
        raise NotImplementedError(name)

    async with connected(server, bot):
        synced = await bot.tree.sync()
        assert [one.name for one in synced] == ["coach"]
        assert [one.name for one in await bot.tree.fetch_commands()] == ["coach"]
        emoji = await bot.create_application_emoji(name="david", image=b"\x89PNG\r\n\x1a\n....")
        assert [one.id for one in await bot.fetch_application_emojis()] == [emoji.id]
        info = await bot.application_info()
        assert info.flags.gateway_message_content_limited


async def test_a_cut_connection_leaves_what_was_done(server: Server, driver: Driver) -> None:
    general = driver.general(driver.guild())
    async with connected(server) as bot:
        channel = bot.get_channel(general.id)
        assert isinstance(channel, discord.TextChannel)
        server.faults.add(Fault("POST /channels/.*/messages", status=0, cut=True))
        with pytest.raises(aiohttp.ClientConnectionError):
            await channel.send("did it come?", nonce="key")
        await channel.send("did it come?", nonce="key")
        assert [m.content for m in general.messages.values()] == ["did it come?"]


async def test_what_goes_wrong_by_chance_goes_wrong_as_often(server: Server) -> None:
    server.faults.misbehave(0.25, seed=3)
    found = [server.faults.take("GET /users/@me") for _ in range(400)]
    assert 70 <= sum(one is not None for one in found) <= 130
    server.faults.misbehave(0.0)
    assert server.faults.take("GET /users/@me") is None
