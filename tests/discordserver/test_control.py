"""The local Discord as a process of its own, with orders by HTTP."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import discord
import pytest
import yarl
from discord import app_commands

from tests.discordserver.clients import Bot
from tests.discordserver.core import DEFAULT_TOKEN
from tests.postgres import ROOT


@pytest.fixture
async def address() -> AsyncIterator[str]:
    words = [sys.executable, "-m", "tests.discordserver"]
    process = await asyncio.create_subprocess_exec(*words, cwd=ROOT, stdin=DEVNULL, stdout=PIPE)
    assert process.stdout is not None
    yield (await process.stdout.readline()).decode().strip()
    process.terminate()
    assert await process.wait() == 0


class Orders:
    def __init__(self, address: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = f"{address}/control", session

    async def __call__(self, act: str, user: str = "ada", where: str = "dm", **args: Any) -> Any:
        order = {"act": act, "user": user, "where": where, "args": args}
        async with self._session.post(self._url, json=order) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()


async def test_another_process_talks_clicks_and_reads_the_log(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.http.Route, "BASE", f"{address}/api/v10")
    gateway = yarl.URL(address.replace("http:", "ws:") + "/gateway")
    monkeypatch.setattr(discord.gateway.DiscordWebSocket, "DEFAULT_GATEWAY", gateway)
    bot = Bot()

    @bot.tree.command(name="coach", description="Coaching")
    async def coach(interaction: discord.Interaction, name: str) -> None:
        await interaction.response.send_message(f"with {name}", ephemeral=True)

    @coach.autocomplete("name")
    async def names(_: discord.Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=typed + "vid", value="david")]

    running = asyncio.create_task(bot.start(DEFAULT_TOKEN))
    async with aiohttp.ClientSession() as session, asyncio.timeout(30.0):
        orders = Orders(address, session)
        while not bot.is_ready():
            await asyncio.sleep(0.01)
        await bot.tree.sync()
        said = await orders("say", text="hello")
        while not bot.heard:
            await asyncio.sleep(0.01)
        assert str(bot.heard[0].id) == said["message"]
        await orders("misbehave", drop_s=0.2)
        await orders("say", text="once more")
        while sum(one.content == "once more" for one in bot.heard) < 2:
            await asyncio.sleep(0.01)
        await orders("misbehave")
        while not (await orders("state"))["connected"]:
            await asyncio.sleep(0.01)
        place = {"command": "coach", "where": "general"}
        typed = {"focus": "name", "typed": "da"}
        assert await orders("autocomplete", **place, **typed) == [
            {"name": "david", "value": "david"}
        ]
        begun = await orders("slash", **place, name="david")
        while not (shown := await orders("sees", where="general")):
            await asyncio.sleep(0.01)
        assert shown[0]["interaction_metadata"]["id"] == begun["interaction"]
        assert await orders("sees", user="bob", where="general") == []
        log = await orders("log", start=2, wait=5.0)
        assert [(one["what"], one["message"]["content"]) for one in log] == [
            ("posted", "with david")
        ]
        state = await orders("state")
        assert (state["unanswered"], state["unknown"], state["broken"]) == (0, [], [])
    await bot.close()
    await asyncio.gather(running, return_exceptions=True)
