"""How long Slack waits for the app: ``rocket serve`` as another program, the local Slack here."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

from benchmarks.report import Row, quantile
from tests.postgres import Cluster, NoPostgresError
from tests.slackserver.driver import Workspace
from tests.slackserver.outgoing import Outgoing
from tests.slackserver.server import APP_TOKEN, SIGNING_SECRET, Server

Mode = Literal["socket", "http"]
WAYS: dict[Mode, str] = {"socket": "Socket Mode", "http": "HTTP"}
_READY_S, _REST_S = 60.0, 300.0
# A person's lines, one a burst.
LINE = "I pack parcels at night and want out of it by the summer, number {n}."


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as place:
        return place.getsockname()[1]


@asynccontextmanager
async def _serving(server: Server, database: str) -> AsyncGenerator[None]:
    """The program as an operator runs it, once it takes events."""
    port = _free_port()
    given = {
        "DATABASE_URL": database,
        "SLACK_API_URL": server.api_url,
        "SLACK_BOT_TOKEN": "xoxb-T1-1",
        "HTTP_PORT": str(port),
        "LOG_LEVEL": "WARNING",
    }
    if server.carrier is server.sockets:
        given["SLACK_APP_TOKEN"] = APP_TOKEN
    else:
        given["SLACK_SIGNING_SECRET"] = SIGNING_SECRET
        server.posts.url = f"http://127.0.0.1:{port}/slack/events"
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        # Away from here, so that no .env says otherwise.
        program = await asyncio.create_subprocess_exec(
            *(str(Path(sys.executable).with_name("rocket")), "serve"),
            cwd=folder,
            env={**os.environ, **given},
            stdout=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            if program.returncode is None:
                program.terminate()
            await program.wait()


async def _answered(server: Server, team: Workspace, people: list[str], number: int) -> None:
    """Everybody writes once at the same moment; returns when the last reply is there."""
    said = [team.user(one).dm(LINE.format(n=number)) for one in people]
    waiting = list(zip(people, said, strict=True))

    def all_there() -> bool:
        waiting[:] = [
            (one, message)
            for one, message in waiting
            if len(team.user(one).sees(thread=message)) < 2
        ]
        return not waiting

    await server.until(all_there, _REST_S)
    await server.settled(timeout=_REST_S)


def _acks(sent: list[Outgoing]) -> list[float]:
    """Seconds to each acknowledgement of what a person wrote; one that did not come is endless."""
    mine = [one for one in sent if one.event.get("type") == "message" and "bot_id" not in one.event]
    return [one.took if one.taken and not one.attempts else float("inf") for one in mine]


async def ack(mode: Mode, database: str, kind: str, burst: int, repeats: int) -> list[Row]:
    """Acknowledgements while everybody writes at once, first as new people, then known."""
    new: list[float] = []
    known: list[float] = []
    for repeat in range(repeats):
        # Anew each time: the turns a minute of a workspace are limited.
        server = Server(mode, speed=1.0)
        await server.start()
        # Nothing is sent again: a late acknowledgement shall show as late.
        server.carrier.ack_s, server.carrier.retries_s = 60.0, ()
        team = Workspace(server, "T1")
        people = [f"U{mode}{repeat}X{number}" for number in range(burst)]
        try:
            async with _serving(server, database):
                await _ready(server, team)
                for times, seconds in ((0, new), (1, known)):
                    server.sent.clear()
                    await _answered(server, team, people, times)
                    seconds += _acks(server.sent)
        finally:
            await server.close()
    what = f"Slack, {WAYS[mode]}, {kind}: ack in a burst of {burst}, p99"
    return [
        Row(what, quantile(known, 0.99) * 1000, "ms", None, 250, 50),
        Row(f"{what}, all new", quantile(new, 0.99) * 1000, "ms", None, 250, 50),
    ]


async def _ready(server: Server, team: Workspace) -> None:
    """Wait until the program takes events."""
    warm = team.user("UWARM")
    server.sent.clear()
    async with asyncio.timeout(_READY_S):
        while True:
            said = warm.dm("Good morning")
            (sent,) = team.events_of(said)
            await sent.done.wait()
            if sent.taken:
                break
            await asyncio.sleep(0.2)
    await server.until(lambda: len(warm.sees(thread=said)) > 1, _READY_S)


async def _all(database: str, kind: str, quick: bool) -> list[Row]:
    rows: list[Row] = []
    for mode in WAYS:
        rows += await ack(mode, database, kind, 200, 1 if quick else 3)
    return rows


def measure(quick: bool) -> Iterator[Row]:
    """All rows, on SQLite and, where a server is installed, on Postgres (which skips fsync)."""
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        yield from asyncio.run(_all(str(Path(folder) / "bench.db"), "SQLite", quick))
    try:
        cluster = Cluster.make()
    except NoPostgresError as error:
        print(f"Postgres is not measured: {error}", file=sys.stderr)
        return
    try:
        cluster.start()
        with cluster.database() as url:
            yield from asyncio.run(_all(url, "Postgres", quick))
    finally:
        cluster.remove()
