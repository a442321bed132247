"""A provider that fails, in every way that is known: the person gets one complete reply."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.modelserver.faults import Kind
from tests.outages.conftest import FIRST, MakeScene, Scene
from tests.outages.lines import LINES

AWAY = "does not answer properly just now"
BEFORE: tuple[Kind, ...] = (
    *("busy", "fail", "overloaded", "quota", "too_long", "hang_up", "page"),
    *("silent", "stall_first"),
)
MIDDLE: tuple[Kind, ...] = (
    *("stall", "drop", "cut", "length", "filtered", "error", "garbled", "half_utf8"),
)


async def test_what_fails_before_a_word_is_said(scene: Scene) -> None:
    for kind, line in zip(BEFORE[:: scene.every], LINES, strict=False):
        scene.fresh(model_first_token_seconds=1.0 if kind in {"silent", "stall_first"} else 3.0)
        scene.server.faults.next(kind, seconds=0.05)
        told = await scene.say(line)
        told.check(kind)
        assert told.asked[0].fault == kind


async def test_what_never_answers_leaves_the_playbook(scene: Scene) -> None:
    for number, (kind, line) in enumerate(zip(BEFORE[:: scene.every], LINES, strict=False)):
        scene.fresh(model_first_token_seconds=0.3, model_tries=2)
        scene.server.faults.always(kind, seconds=0.05)
        told = await scene.say(line)
        told.check(kind)
        assert not any(one.succeeded for one in told.asked)
        # It is told once as long as it lasts.
        assert (AWAY in told.seen) == (number == 0), kind
    scene.fresh()
    (await scene.say(LINES[-1])).check("well again")
    scene.server.faults.always("fail")
    told = await scene.say(LINES[-2])
    told.check("failing again")
    assert AWAY in told.seen


async def test_what_breaks_off_in_the_middle_of_the_reply(scene: Scene) -> None:
    for kind, line in zip(MIDDLE[:: scene.every], LINES, strict=False):
        scene.fresh(model_total_seconds=1.0 if kind == "stall" else 6.0)
        scene.server.faults.always(kind, after=FIRST)
        told = await scene.say(line)
        told.check(kind)
        assert FIRST in told.reply, kind
        assert not any(one.succeeded for one in told.asked)
        # Half an answer is not taken for a whole one, however quietly it ended.
        assert (await scene.rows("usage"))[-1]["outcome"] != "done", kind


async def test_what_breaks_off_in_the_notes_is_no_matter(scene: Scene) -> None:
    for kind, line in zip(MIDDLE[:: scene.every], LINES, strict=False):
        scene.fresh(model_total_seconds=1.0 if kind == "stall" else 6.0)
        scene.server.faults.always(kind, after='{"insights"')
        told = await scene.say(line)
        told.check(kind)
        assert FIRST in told.reply, kind
        assert AWAY not in told.seen, kind
        assert len(told.asked) == 1, kind


async def test_nobody_there_and_back_again(scene: Scene) -> None:
    async with scene.server.away():
        told = await scene.say(LINES[0])
        told.check("nobody there")
        assert AWAY in told.seen
    scene.fresh()
    told = await scene.say(LINES[1])
    told.check("back again")
    assert FIRST in told.reply
    assert AWAY not in told.seen


async def test_another_model_takes_over(make_scene: MakeScene) -> None:
    scene = await make_scene(fallback_models="openai:coach-2")
    scene.server.faults.always("quota", model="coach-1")
    told = await scene.say(LINES[0])
    told.check("another model")
    assert [one.prompt.model for one in told.asked if one.prompt] == ["coach-1", "coach-2"]
    assert FIRST in told.reply
    assert AWAY not in told.seen


async def test_twenty_turns_take_twenty_calls(scene: Scene) -> None:
    lines = LINES[: len(LINES) // scene.every]
    for number, line in enumerate(lines):
        if number == 3:
            scene.server.faults.next("busy", seconds=0.05)
        told = await scene.say(line)
        told.check(f"turn {number}")
        faults = [one.fault for one in told.asked]
        assert faults == (["busy", ""] if number == 3 else [""]), number
        assert sum(one.succeeded for one in told.asked) == 1, number
    usage: list[Any] = await scene.rows("usage")
    assert [one["outcome"] for one in usage] == ["done"] * len(lines)
    assert sum(one["attempts"] for one in usage) == len(lines) + 1


async def test_the_words_show_while_the_answer_is_held(scene: Scene) -> None:
    held = scene.server.faults.next("hold", after=FIRST)
    saying = asyncio.create_task(scene.say(LINES[0]))
    await held.reached.wait()
    async with asyncio.timeout(20):
        while FIRST not in "\n".join(o.text for o in await scene.harness.shown(scene.place)):
            assert not saying.done()
            await asyncio.sleep(0.02)
    held.release()
    (await saying).check("held")


async def test_a_slow_model_is_waited_for(scene: Scene) -> None:
    scene.server.faults.next("trickle", seconds=0.01)
    told = await scene.say(LINES[0])
    told.check("slow")
    assert FIRST in told.reply
