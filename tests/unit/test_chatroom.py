"""The chatroom refuses what a platform refuses, and brings events until they are taken."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.chatroom.people import People
from tests.chatroom.room import MAX_TEXT
from tests.chatroom.server import Server
from tests.postgres import ROOT

TOKEN = {"Authorization": "Bearer xoxb"}


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.start()
    yield server
    await server.close()


@pytest.fixture
async def people(server: Server) -> AsyncIterator[People]:
    async with People(server.address) as people:
        await people.join("ada", "c1")
        yield people


async def call(server: Server, method: str, **given: Any) -> tuple[int, dict[str, Any]]:
    async with (
        aiohttp.ClientSession(headers=TOKEN) as http,
        http.post(f"{server.address}/bot/{method}", json=given) as answer,
    ):
        return answer.status, await answer.json()


async def test_it_refuses_what_a_platform_refuses(server: Server, people: People) -> None:
    theirs = await people.say("ada", "c1", "Hello")

    async def code(method: str, **given: Any) -> tuple[int, str]:
        status, body = await call(server, method, **given)
        return status, body["error"]

    post = {"channel": "c1", "text": "Hi"}
    assert await code("wave", **post) == (404, "unknown_method")
    assert await code("post", channel="c2", text="Hi") == (404, "unknown_channel")
    assert await code("post", channel="c1", text="x" * (MAX_TEXT + 1)) == (400, "text_too_long")
    assert await code("post", channel="c1", text=" ") == (400, "empty_text")
    assert await code("edit", message=theirs, **post) == (403, "not_yours")
    assert await code("edit", message="m99", **post) == (404, "unknown_message")
    assert await code("post", **post, only="bob") == (404, "unknown_person")
    choices = [{"id": "x", "label": "y" * 81}]
    assert await code("post", **post, choices=choices) == (400, "bad_choices")
    await people.close_channel("c1")
    assert await code("post", **post) == (403, "not_in_channel")
    async with aiohttp.ClientSession() as http:
        answer = await http.post(f"{server.address}/bot/post", json=post)
        assert answer.status == 401
    seen = await people.seen("ada", "c1")
    assert [line["text"] for line in seen] == ["Hello"]


async def test_faults_befall_a_call_each(server: Server, people: People) -> None:
    await people.faults(next=["busy", "fail", "cut"], retry_after=1.5)
    done = [await call(server, "post", channel="c1", text=f"{n}", key=f"k{n}") for n in range(4)]
    assert [status for status, _ in done] == [429, 500, 500, 200]
    # The one that was cut came through; there is no answer that says so, but the history does.
    assert [line["text"] for line in await people.seen("ada", "c1")] == ["2", "3"]
    _, found = await call(server, "history", channel="c1", key="k2")
    assert [line["text"] for line in found] == ["2"]  # pyright: ignore[reportArgumentType]


async def test_an_event_comes_until_it_is_taken(server: Server, people: People) -> None:
    await people.faults(ack_s=0.05, drop=1.0, repeat=1, again_s=0.0)
    async with aiohttp.ClientSession(headers=TOKEN) as http:
        address = f"{server.address}/bot/events"
        async with http.ws_connect(address) as socket:
            await people.say("ada", "c1", "One")
            await people.say("ada", "c1", "Two")
            first = await socket.receive_json()
            again = await socket.receive_json()
            assert first["event"] == again["event"]
            assert first["event"]["text"] == "One"
            assert again["try"] > first["try"] > 1, "the first try was to get lost"
        # The socket is gone before it was acknowledged: it comes over another.
        await people.faults(drop=0.0)
        texts: list[str] = []
        async with http.ws_connect(address) as socket:
            while (await people.state())["waiting"]:
                envelope = await socket.receive_json(timeout=5)
                texts.append(envelope["event"]["text"])
                await socket.send_json({"ack": envelope["envelope"]})
                await asyncio.sleep(0.01)
    assert texts.count("One") >= 2
    assert texts.count("Two") >= 2
    assert texts.index("One") < texts.index("Two")


async def test_the_log_can_be_waited_for(server: Server, people: People) -> None:
    waiting = asyncio.create_task(people.log(0, wait=10))
    await asyncio.sleep(0)
    await people.say("ada", "c1", "One")
    assert [entry["text"] for entry in await waiting] == ["One"]
    assert await people.log(1) == []


def test_it_runs_as_a_process_of_its_own() -> None:
    words = [sys.executable, "-m", "tests.chatroom"]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        os.kill(process.pid, signal.SIGTERM)
        assert process.wait(10) == 0
