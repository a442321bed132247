"""One person on the local Slack and the local Discord, in one program: the whole story."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import discord
import pytest

from bot import app
from bot.discord.running import DiscordPlatform
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.settings import Settings
from bot.slack import create
from bot.slack.app import Slack
from tests.discord.conftest import text_of
from tests.discordserver.driver import Driver
from tests.discordserver.server import Server as DiscordServer
from tests.slack.house import by_app, replies, words
from tests.slackserver.driver import Workspace
from tests.slackserver.server import APP_TOKEN
from tests.slackserver.server import Server as SlackServer

PASSED_OVER = "I was passed over twice for the ward sister post and I want a raise of 300 a month."
CHILDREN = "I want more time for my children and less for the ward."
OPTIONS = Options(merge=False, poll_s=0.2, busy_after_s=0.05)


@dataclass(slots=True)
class Both:
    """The program with both platforms, and the worlds it is in."""

    app: app.App
    slack: SlackServer
    acme: Workspace
    discord: DiscordServer
    driver: Driver
    parts: list[Any]
    tasks: list[asyncio.Task[Any]]

    async def until(self, found: Any, seconds: float = 30.0) -> Any:
        async with asyncio.timeout(seconds):
            while True:
                for task in self.tasks:
                    assert not task.done(), task.exception()
                try:
                    if there := found():
                        return there
                except LookupError:
                    pass
                await asyncio.sleep(0.02)


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    base, gateway = discord.http.Route.BASE, discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY
    slack_server = SlackServer("socket")
    await slack_server.start()
    async with DiscordServer() as discord_server:
        acme = Workspace(slack_server, "T1")
        settings = Settings(
            database_url=str(tmp_path / "rocket.db"),
            slack_api_url=slack_server.api_url,
            slack_bot_token="xoxb-T1-1",
            slack_app_token=APP_TOKEN,
            discord_token=discord_server.token,
            discord_api_url=discord_server.api,
            discord_gateway_url=discord_server.gateway.url,
            _env_file=None,
        )
        program = await app.start(settings)
        on_slack = create(program, settings)
        assert isinstance(on_slack, Slack)
        on_discord = DiscordPlatform(program, settings, discord_server.token)
        inbox = Inbox(
            program.database, program.engine, [on_slack.adapter, on_discord.adapter], OPTIONS
        )
        inbox.start()
        tasks = [asyncio.create_task(one.run(inbox)) for one in (on_slack, on_discord)]
        driver = Driver(discord_server)
        yield Both(program, slack_server, acme, discord_server, driver, [on_slack], tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await inbox.stop()
        await on_discord.close()
        await on_slack.close()
        await program.close()
        discord_server.check()
    await slack_server.close()
    slack_server.check()
    discord.http.Route.BASE = base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway


def said_to(person: Any, part: str, where: Any = None) -> Any:
    """The newest message to somebody on Slack that says this."""
    return next((m for m in reversed(by_app(person.sees())) if part in words(m)), None)


async def test_coached_on_slack_linked_and_seen_on_discord(both: Both) -> None:
    ann = both.acme.user("UANN", "ann")
    guild = both.driver.guild()
    general = both.driver.general(guild)
    ada, bob = both.driver.user("ada", guild), both.driver.user("bob", guild)
    await both.until(lambda: list(both.discord.commands.all(0)))
    # Coached by David on Slack, by Maya on Discord.
    ann.dm("David")
    root = await both.until(lambda: said_to(ann, "Session with") or said_to(ann, "David"))
    ann.dm(PASSED_OVER, root)
    await both.until(lambda: len(replies(ann.sees(thread=root))) > 1)
    ada.slash("coach start", general, coach="life_coach")
    thread = await both.until(lambda: both.driver.find_thread(general))
    await both.until(lambda: ada.sees(thread))
    ada.say(thread, CHILDREN)
    await both.until(lambda: len([m for m in ada.sees(thread) if m.author != ada.id]) > 2)
    # A code on Slack, entered on Discord: a preview without a word of the other side.
    ann.slash("/coach", "link")
    offered = await both.until(lambda: said_to(ann, "Your code is"))
    found = re.search(r"[2-9A-Z]{4}-[2-9A-Z]{4}", words(offered))
    assert found is not None
    code = found[0]
    ada.slash("coach link", general, what=code)

    def on_discord(part: str, where: Any = general) -> Any:
        return next((m for m in reversed(ada.sees(where)) if part in text_of(m)), None)

    shown = await both.until(lambda: on_discord("Are both of these you?"))
    assert "1 session with David ValueMax" in text_of(shown)
    assert "1 session with Dr. Maya Wellness" in text_of(shown)
    assert "passed over" not in text_of(shown)
    assert bob.sees(general) == []
    ada.click(shown, "Yes, both are me")
    # Slack is asked, and sees nothing of Discord's words.
    asked = await both.until(lambda: said_to(ann, "entered your code. Is that you?"))
    assert "children" not in words(asked)
    assert len(await people(both)) == 2
    ann.click(asked, "Yes, both are me")
    await both.until(lambda: said_to(ann, "one person now"))
    direct = ada.direct
    done = await both.until(lambda: on_discord("one person now", direct))
    assert len(await people(both)) == 1
    assert not any("one person" in text_of(m) for m in bob.sees(general))
    # Discord's summary is about both.
    ada.slash("coach summary", general)
    summary = await both.until(lambda: on_discord("David", general))
    assert "Maya" in text_of(summary)
    # Each session goes on where it was.
    count = len(replies(ann.sees(thread=root)))
    ann.dm("My boss said that there is no money for it this year.", root)
    await both.until(lambda: len(replies(ann.sees(thread=root))) > count)
    # And they are two again.
    ada.click(done, "Undo")
    await both.until(lambda: on_discord("two people again", direct))
    await both.until(lambda: said_to(ann, "are two again"))
    assert len(await people(both)) == 2
    ada.slash("coach sessions", general)
    listed = await both.until(lambda: on_discord("Your sessions"))
    assert "David" not in text_of(listed)


async def people(both: Both) -> list[Any]:
    query = "SELECT id FROM people"
    return await both.app.database.read(lambda c: list(c.exec_driver_sql(query).scalars()))
