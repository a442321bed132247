"""The link that invites the bot, and the doctor."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from bot.discord.doctor import examine
from bot.discord.permissions import PERMISSIONS, invite, missing, number
from bot.discord.syncing import sync
from bot.platforms.findings import shown
from bot.settings import Settings, SettingsError
from tests.discord.conftest import Running
from tests.discordserver.driver import Driver
from tests.discordserver.permissions import P
from tests.discordserver.server import Server


def test_the_link_asks_for_exactly_the_permissions():
    assert f"permissions={number()}" in invite("42")
    assert "client_id=42" in invite("42")
    assert missing(number()) == []
    assert missing(1 << 3) == []
    assert [one.name for one in missing(number() & ~(1 << 29))] == ["Manage Webhooks"]
    for one in PERMISSIONS:
        name = one.name.upper().replace(" IN ", "_IN_").replace(" ", "_")
        assert one.value == int(P[{"VIEW_CHANNELS": "VIEW_CHANNEL"}.get(name, name)])


def settings_for(server: Server, token: str | None = None) -> Settings:
    return Settings(
        discord_token=token or server.token,
        discord_api_url=server.api,
        discord_gateway_url=server.gateway.url,
    )


async def test_the_doctor_names_what_is_missing_and_what_to_click(
    server: Server, driver: Driver
) -> None:
    server.core.privileged = 0
    guild = driver.guild("work")
    driver.revoke(guild, P.CREATE_PRIVATE_THREADS, P.SEND_MESSAGES_IN_THREADS)
    found = {one.about: one for one in await examine(settings_for(server))}
    assert found["token"].state == "good"
    assert found["message content"].state == "less"
    assert "Message Content Intent" in found["message content"].todo
    assert found["commands"].state == "less"
    assert found["server work"].state == "bad"
    assert "Send Messages in Threads" in found["server work"].says
    assert "permissions=" in found["server work"].todo
    text = shown(found.values())
    assert "✗ server work" in text


async def test_the_doctor_finds_nothing_where_all_is_well(running: Running) -> None:
    running.driver.guild("work", allowed=P(number()))
    await running.start()
    found = await examine(running.settings)
    assert {one.state for one in found if one.about != "installing"} == {"good"}


async def test_a_wrong_token_is_told_in_a_sentence(server: Server) -> None:
    with pytest.raises(SettingsError, match="Reset Token"):
        await examine(settings_for(server, "wrong"))


async def test_commands_are_told_when_they_changed_and_not_at_every_start(
    running: Running,
) -> None:
    await running.start()
    assert running.platform is not None
    rest = running.platform.desk.rest
    assert not await sync(rest)
    await rest.call("PUT", "/applications/{app}/commands", [], app=str((await rest.app())["id"]))
    assert await sync(rest)
    assert not await sync(rest)


async def test_the_program_prints_both(server: Server, driver: Driver, tmp_path) -> None:
    driver.guild("work")
    env = {
        "DISCORD_TOKEN": server.token,
        "DISCORD_API_URL": server.api,
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "DATABASE_URL": str(tmp_path / "r.db"),
    }

    async def rocket(*words: str) -> tuple[int, str]:
        made = await asyncio.create_subprocess_exec(
            str(Path(sys.executable).parent / "rocket"),
            *words,
            env=env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, _ = await made.communicate()
        return made.returncode or 0, out.decode()

    code, out = await rocket("discord", "invite")
    assert code == 0
    assert out.strip() == invite(str(server.world.bot.id))
    code, out = await rocket("doctor", "discord", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])["about"] == "token"
