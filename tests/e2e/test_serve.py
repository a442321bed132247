"""``rocket serve`` as a process: health, metrics, logs, its end; copies and the inbox beside it."""

from __future__ import annotations

import asyncio
import json
import math
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.chatroom.people import People
from tests.chatroom.server import Server
from tests.e2e.program import GIVE_UP, Rocket
from tests.postgres import Cluster, free_port

ODD = "quokkazimmer"
POISON = "zwetschgenkraut"


@pytest.fixture
def rocket(tmp_path: Path) -> Rocket:
    made = Rocket(tmp_path)
    made.env |= {"HTTP_PORT": str(free_port()), "ROCKET_LOG": "debug"}
    return made


@pytest.fixture
async def room() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.close()


class Serving:
    """A process that serves."""

    def __init__(self, rocket: Rocket, command: list[str]) -> None:
        self.address = f"http://127.0.0.1:{rocket.env['HTTP_PORT']}"
        self.process = rocket.start(command)
        self.told: list[str] = []
        # Read all the time: a pipe that is full would stop it.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        self.told.extend(self.process.stderr)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it logged, once it has ended."""
        self._reader.join(GIVE_UP)
        return [json.loads(line) for line in self.told]

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(self.address + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def wait_ready(self) -> dict[str, Any]:
        end = time.monotonic() + GIVE_UP
        while time.monotonic() < end and self.process.poll() is None:
            try:
                code, body = self.get("/readyz")
            except OSError:
                time.sleep(0.05)
                continue
            if code == 200:
                return json.loads(body)
            time.sleep(0.05)
        raise AssertionError(self.told)

    def metrics(self) -> dict[str, float]:
        """Name and labels, and value."""
        code, page = self.get("/metrics")
        assert code == 200
        return {
            " ".join([one.name, *one.labels.values()]): one.value
            for family in text_string_to_metric_families(page)
            for one in family.samples
        }

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(GIVE_UP)


@contextmanager
def serving(rocket: Rocket, command: list[str] | None = None) -> Iterator[Serving]:
    made = Serving(rocket, command or rocket.command("serve", "--db", str(rocket.db)))
    try:
        yield made
    finally:
        made.process.kill()
        made.process.communicate()


def with_room(rocket: Rocket, *words: str) -> list[str]:
    return [sys.executable, "-m", "tests.serving", *words, "--db", str(rocket.db)]


def test_with_no_platform_it_says_how_to_add_one_and_serves_health(rocket: Rocket) -> None:
    with serving(rocket) as served:
        ready = served.wait_ready()
        assert ready == {
            "ready": True,
            "database": True,
            "worker": True,
            "platforms": {},
            "draining": False,
        }
        assert served.get("/healthz") == (200, '{"alive":true}')
        assert served.get("/openapi.json")[0] == served.get("/")[0] == 404
        found = served.metrics()
        assert found["rocket_inbox_waiting"] == found["rocket_inbox_oldest_seconds"] == 0
        assert found["rocket_happenings_total dead"] == 0
        assert found["rocket_stage_seconds_count send"] == 0
        assert found["process_resident_memory_bytes"] > 0
        assert served.stop() == 0
    events = [line["event"] for line in served.lines if "event" in line]
    assert "no_platform" in events
    assert events[-2:] == ["draining", "ended"]


def test_ctrl_c_is_as_good_and_a_port_that_is_taken_is_named(rocket: Rocket) -> None:
    with serving(rocket) as served:
        served.wait_ready()
        other = rocket.run(rocket.command("serve", "--db", str(rocket.db)))
        assert other.code == 2
        assert f"port {rocket.env['HTTP_PORT']}" in other.err
        assert served.stop(signal.SIGINT) == 0


async def test_a_talk_leaves_no_word_in_logs_metrics_and_the_operators_list(
    rocket: Rocket, room: Server
) -> None:
    rocket.env |= {"CHATROOM": room.address, "POISON": POISON}
    with serving(rocket, with_room(rocket, "serve")) as served:
        ready = await asyncio.to_thread(served.wait_ready)
        assert ready["platforms"] == {"chatroom": True}
        async with People(room.address) as people:
            await people.join("ada", "c1")
            await people.join("bo", "c2")
            await people.say("ada", "c1", "life_coach")
            await _until(lambda: _shown(people, "ada", "c1", 1))
            await people.say("ada", "c1", f"I want to lead the {ODD} team, they call me {ODD}.")
            await _until(lambda: _shown(people, "ada", "c1", 2))
            await people.say("bo", "c2", f"My {POISON} is {ODD}")
            await _until(lambda: _counted(served, "rocket_happenings_total retry", 1))
        listed = await asyncio.to_thread(
            rocket.run, rocket.command("inbox", "list", "--json", "--db", str(rocket.db))
        )
        (item,) = listed.only
        assert (item["kind"], item["state"], item["error"]) == ("message", "waiting", "ValueError")
        assert item["attempts"] >= 1
        found = await asyncio.to_thread(served.metrics)
        assert found["rocket_happenings_total accepted"] == 3
        assert found["rocket_happenings_total turn"] == 2
        for stage in ("accept", "wait", "turn", "send"):
            assert found[f"rocket_stage_seconds_count {stage}"] >= 2
        assert found["rocket_inbox_waiting"] == 1
        assert found["rocket_platform_connected chatroom"] == 1
        page = (await asyncio.to_thread(served.get, "/metrics"))[1]
        assert await asyncio.to_thread(served.stop) == 0
    lines = served.lines
    assert any("ValueError" in json.dumps(line) for line in lines)
    everything = "".join(served.told) + page + listed.out + listed.err
    for word in (ODD, POISON):
        assert word not in everything
    assert all({"at", "level", "logger"} <= line.keys() for line in lines)


async def _until(holds: Any) -> None:
    async with asyncio.timeout(GIVE_UP):
        while not await holds():
            await asyncio.sleep(0.05)


async def _shown(people: People, person: str, channel: str, number: int) -> bool:
    seen = await people.seen(person, channel)
    return sum(bool(line.get("bot", line.get("person") != person)) for line in seen) >= number


async def _counted(served: Serving, name: str, number: int) -> bool:
    return (await asyncio.to_thread(served.metrics))[name] >= number


async def test_the_inbox_commands_and_copies_beside_a_process_that_serves(
    rocket: Rocket, room: Server
) -> None:
    rocket.env |= {"CHATROOM": room.address, "POISON": POISON}

    async def run(*words: str) -> Any:
        command = rocket.command(*words, "--json", "--db", str(rocket.db))
        return await asyncio.to_thread(rocket.run, command)

    with serving(rocket, with_room(rocket, "serve")) as served:
        await asyncio.to_thread(served.wait_ready)
        async with People(room.address) as people:
            await people.join("bo", "c2")
            await people.say("bo", "c2", f"My {POISON}")
            await _until(lambda: _counted(served, "rocket_happenings_total retry", 1))
            ((item),) = (await run("inbox", "list")).only
            assert (await run("inbox", "retry", item["id"])).only == {"retried": 1}
            await _until(lambda: _counted(served, "rocket_happenings_total retry", 2))
            assert (await run("inbox", "drop", item["id"])).only == {"dropped": 1}
            assert (await run("inbox", "list")).only == []
            gone = await run("inbox", "drop", item["id"])
            assert gone.code == 2
            assert item["id"] in gone.only["error"]
            assert (await run("inbox", "retry", "all")).only == {"retried": 0}
            assert (await run("inbox", "drop", "all")).only == {"dropped": 0}
            await people.say("bo", "c2", "life_coach")
            await _until(lambda: _shown(people, "bo", "c2", 1))
        copy = rocket.home / "copy.db"
        made = (await run("backup", str(copy))).only
        assert made == {"file": str(copy), "bytes": copy.stat().st_size}
        busy = await run("restore", str(copy), "--yes")
        assert busy.code == 2
        assert "in use" in busy.only["error"]
        assert await asyncio.to_thread(served.stop) == 0
    refused = await run("restore", str(copy))
    assert refused.code == 2
    assert "--yes" in refused.only["error"]
    put_back = (await run("restore", str(copy), "--yes")).only
    assert put_back["file"] == str(rocket.db)
    assert Path(put_back["kept"]).exists()
    with serving(rocket, with_room(rocket, "serve")) as served:
        await asyncio.to_thread(served.wait_ready)
        assert await asyncio.to_thread(served.stop) == 0


def test_postgres_is_copied_by_its_own_programs(rocket: Rocket) -> None:
    rocket.env["DATABASE_URL"] = "postgresql://me:secret@db.example/rocket?sslmode=require"
    for words, program in ((("backup", "x"), "pg_dump"), (("restore", "x"), "pg_restore")):
        spoken = rocket.run(rocket.command(*words))
        assert spoken.code == 2
        assert spoken.out.startswith(program)
        assert "postgresql://me@db.example/rocket?sslmode=require" in spoken.out
        assert "secret" not in spoken.out + spoken.err
        told = rocket.run(rocket.command(*words, "--json")).only
        assert told["command"] == spoken.out.strip()
        assert told["error"].startswith("Nothing was")


def test_nothing_of_the_server_is_loaded_by_a_talk(rocket: Rocket) -> None:
    heavy = ("fastapi", "uvicorn", "prometheus_client", "opentelemetry", "bot.serving", "bot.web")
    program = (
        "import sys; from bot.cli import main; sys.argv = ['rocket', *sys.argv[1:]]\n"
        "try: main()\n"
        f"finally: print([one for one in {heavy!r} if one in sys.modules], file=sys.stderr)"
    )
    ended = rocket.run([sys.executable, "-c", program, "chat", "--db", str(rocket.db)])
    assert (ended.code, ended.err.splitlines()[-1]) == (0, "[]")


def test_a_signal_that_comes_at_once_ends_it_in_order(rocket: Rocket) -> None:
    for wait in (0.6, 1.2):
        process = rocket.start(rocket.command("serve", "--db", str(rocket.db)))
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGTERM)
        assert process.wait(GIVE_UP) in {0, -signal.SIGTERM}
        process.communicate()


async def test_it_is_ready_again_when_the_server_of_the_database_is_back(
    rocket: Rocket, room: Server, cluster: Cluster
) -> None:
    own = Cluster.make()
    rocket.env |= {"CHATROOM": room.address, "DATABASE_URL": own.address()}
    own.start()
    try:
        with serving(rocket, [sys.executable, "-m", "tests.serving", "serve"]) as served:
            await asyncio.to_thread(served.wait_ready)
            own.stop("immediate")
            code, body = await asyncio.to_thread(served.get, "/readyz")
            told = json.loads(body)
            assert (code, told["ready"], told["database"]) == (503, False, False)
            assert told["platforms"] == {"chatroom": True}
            assert (await asyncio.to_thread(served.get, "/healthz"))[0] == 200
            assert math.isnan((await asyncio.to_thread(served.metrics))["rocket_inbox_waiting"])
            own.start()
            await asyncio.to_thread(served.wait_ready)
            async with People(room.address) as people:
                await people.join("ada", "c1")
                await people.say("ada", "c1", "life_coach")
                await _until(lambda: _shown(people, "ada", "c1", 1))
            assert await asyncio.to_thread(served.stop) == 0
    finally:
        own.remove()
