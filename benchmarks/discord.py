"""Discord's own figures: how soon people see a sign when many of them come at once."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from benchmarks.report import Row, quantile
from bot.app import App
from bot.discord.running import DiscordPlatform
from bot.engine.engine import Engine
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.serving.rehearsal import rehearse
from bot.settings import Settings
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database
from tests.discordserver.core import DEFAULT_TOKEN
from tests.postgres import ROOT

_BURST = 200
# What Discord gives a bot of a few thousand servers, and one of very many.
_SMALL, _LARGE = 50, 5000


@asynccontextmanager
async def _server() -> AsyncGenerator[str]:
    """The local Discord as a process of its own; its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.discordserver"), cwd=ROOT, stdin=DEVNULL, stdout=PIPE
    )
    assert process.stdout is not None
    try:
        yield (await process.stdout.readline()).decode().strip()
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def _bot(address: str) -> AsyncGenerator[None]:
    """The bot as it is served, connected."""
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        catalogue = Catalogue()
        database = Database(f"{folder}/bench.db")
        await database.open()
        engine = Engine(database, catalogue, voice=OfflineVoice())
        await engine.start()
        await rehearse(engine)
        settings = Settings(
            discord_token=DEFAULT_TOKEN,
            discord_api_url=f"{address}/api/v10",
            discord_gateway_url=f"{address.replace('http', 'ws', 1)}/gateway",
            _env_file=None,  # pyright: ignore[reportCallIssue]
        )
        platform = DiscordPlatform(App(catalogue, database, engine), settings, DEFAULT_TOKEN)
        inbox = Inbox(database, engine, [platform.adapter], Options(tenant_turns_a_minute=0))
        inbox.start()
        running = asyncio.create_task(platform.run(inbox))
        try:
            while not platform.connected:
                await asyncio.sleep(0.05)
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await inbox.stop()
            await platform.close()
            await database.close()


async def _first_signs(repeats: int) -> list[Row]:
    rows: list[Row] = []
    for what, limit, says in (
        ("command", _SMALL, f"within {_SMALL} calls a second"),
        ("message", _LARGE, "as a large bot"),
    ):
        seconds: list[float] = []
        async with _server() as address, aiohttp.ClientSession() as session:

            async def order(act: str, address: str = address, **args: Any) -> Any:
                told = {"act": act, "args": args}
                async with session.post(f"{address}/control", json=told) as answer:
                    assert answer.status == 200, await answer.text()
                    return await answer.json()

            async with _bot(address):
                # Connections and statements are made at the first calls.
                await order("burst", what=what, people=20)
                await order("limits", a_second=limit)
                for _ in range(repeats):
                    seconds += await order("burst", what=what, people=_BURST)
                    await asyncio.sleep(2)
        name = f"Discord: {what} to first sign in a burst of {_BURST}, {says}, p99"
        rows.append(Row(name, quantile(seconds, 0.99) * 1000, "ms", None, 300))
    return rows


def measure(quick: bool) -> Iterator[Row]:
    """All rows of Discord."""
    yield from asyncio.run(_first_signs(2 if quick else 5))
