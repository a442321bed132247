"""Somebody stops a reply while the model writes: the call ends, and what stood there stays."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.voices.speaking import Speaking
from tests.e2e.program import GIVE_UP, Rocket
from tests.modelserver.faults import Kind
from tests.modelserver.server import KEY, Server
from tests.modelserver.speech import Prompt, Said
from tests.modelserver.talking import decided_question, with_notes
from tests.outages.conftest import FIRST, SECOND, MakeScene, Scene
from tests.outages.lines import LINES

HELP = "Thank you for telling me."


@pytest.fixture
async def scene(make_scene: MakeScene) -> Scene:
    made = await make_scene()
    if made.place.sender.platform not in {"slack", "discord"}:
        pytest.skip("nothing can be stopped here")
    return made


@pytest.fixture
def all_words(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set once all words of a reply have been read, and only notes are to come."""
    there, hear = asyncio.Event(), Speaking.hear

    def noting(speaking: Speaking, piece: str) -> bool:
        more = hear(speaking, piece)
        if speaking.reply_is_whole:
            there.set()
        return more

    monkeypatch.setattr(Speaking, "hear", noting)
    return there


async def seen(scene: Scene) -> str:
    return "\n".join(one.text for one in await scene.harness.shown(scene.place))


async def until_seen(scene: Scene, words: str) -> None:
    async with asyncio.timeout(20):
        while words not in await seen(scene):
            await asyncio.sleep(0.02)


async def test_the_word_stop_ends_the_call(scene: Scene) -> None:
    held = scene.server.faults.next("hold", after=FIRST)
    await scene.harness.say(scene.place, LINES[0])
    await held.reached.wait()
    await until_seen(scene, FIRST)
    await scene.harness.say(scene.place, "stop")
    # The provider sees its client leave although it would have gone on.
    await scene.server.until(lambda: scene.server.log.asked[-1].outcome == "left")
    held.release()
    await scene.settled()
    await until_seen(scene, "Stopped")
    assert SECOND not in await seen(scene)
    assert [one["outcome"] for one in await scene.rows("usage")] == ["stopped"]
    said = (await scene.rows("messages"))[-1]
    assert said["role"] == "coach"
    assert FIRST in said["text"]
    assert SECOND not in said["text"]
    # It was this reply alone that was stopped.
    scene.fresh()
    told = await scene.say(LINES[1])
    told.check("afterwards")
    assert FIRST in told.reply


def sees_danger(prompt: Prompt) -> Said:
    """A model that says its sentences and notes danger behind them."""
    text = f"{FIRST} {decided_question(prompt)}".strip()
    return Said(with_notes(prompt, text, {"risk": "explicit"}))


async def test_help_shows_on_a_reply_that_was_stopped(
    scene: Scene, all_words: asyncio.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.voices.model._NOTES_WITHIN_S", 20.0)
    scene.server.speaker = sees_danger
    held = scene.server.faults.next("hold", after="<<<notes")
    await scene.harness.say(scene.place, LINES[0])
    await held.reached.wait()
    await all_words.wait()
    await until_seen(scene, FIRST)
    await scene.harness.say(scene.place, "stop")
    # The words were all there; only what was noted behind them is still to come.
    await asyncio.sleep(0.5)
    held.release()
    await scene.settled()
    # What was read stays; then comes help, whatever was stopped.
    await until_seen(scene, HELP)
    told = await seen(scene)
    assert told.index(FIRST) < told.index(HELP) < told.index("Are you safe")
    assert "Stopped" not in told
    (person,) = await scene.rows("people")
    assert person["paused"].startswith("explicit:")
    assert "Are you safe" in (await scene.rows("messages"))[-1]["text"]


async def test_notes_that_stall_behind_a_stopped_reply_are_not_waited_for(
    scene: Scene, all_words: asyncio.Event
) -> None:
    scene.server.speaker = sees_danger
    held = scene.server.faults.next("hold", after="<<<notes")
    await scene.harness.say(scene.place, LINES[0])
    await held.reached.wait()
    await all_words.wait()
    await until_seen(scene, FIRST)
    await scene.harness.say(scene.place, "stop")
    await scene.server.until(lambda: scene.server.log.asked[-1].outcome == "left")
    held.release()
    await scene.settled()
    await until_seen(scene, "Stopped")
    assert HELP not in await seen(scene)


@pytest.fixture
async def sitting(server: Server, tmp_path: Path) -> AsyncIterator[Any]:
    """The program with its lines of JSON, and the local provider."""
    rocket = Rocket(
        tmp_path,
        {"MODEL": "openai:coach-1", "OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": server.openai_url},
    )
    process = rocket.start(rocket.mine("chat", "--json", "--coach", "executive_coach"))
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


@pytest.mark.parametrize("fault", ["hold", "silent"])
async def test_ctrl_c_in_the_terminal_ends_the_call(
    server: Server, sitting: Any, fault: Kind
) -> None:
    held = server.faults.next(fault, after=FIRST)
    sitting.stdin.write(LINES[0] + "\n")
    sitting.stdin.flush()
    await asyncio.wait_for(held.reached.wait(), GIVE_UP)
    sitting.send_signal(signal.SIGINT)
    await server.until(lambda: server.log.asked[-1].outcome == "left", GIVE_UP)
    out, _ = await asyncio.to_thread(sitting.communicate, timeout=GIVE_UP)
    reply = json.loads(out.splitlines()[-1])
    assert reply["text"]
    assert SECOND not in reply["text"]
    assert (reply["error"], reply["notice"]) == (None, None)
    # Where no word had come the playbook's reply is there in its place, at once.
    assert FIRST in reply["text"] or reply["question"] in reply["text"]
    assert len(server.log.asked) == 1
