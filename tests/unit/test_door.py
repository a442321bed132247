"""Events that are being taken go before turns, for a moment."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

from bot.inbox.door import Door


async def test_nobody_at_the_door_is_waited_for():
    await asyncio.wait_for(Door(patience_s=60).free(), 30)


def test_a_handful_is_no_crowd():
    door = Door()
    with ExitStack() as inside:
        seen = [door.crowded]
        for _ in range(6):
            inside.enter_context(door.passing())
            seen.append(door.crowded)
    assert seen == [False] * 5 + [True] * 2
    assert not door.crowded


async def test_a_turn_waits_until_the_last_has_come_in():
    door, order = Door(patience_s=60), list[str]()
    go = [asyncio.Event(), asyncio.Event()]

    async def come_in(number: int) -> None:
        with door.passing():
            await go[number].wait()
            order.append(f"in {number}")

    async def turn() -> None:
        await door.free()
        order.append("turn")

    coming = [asyncio.create_task(come_in(number)) for number in (0, 1)]
    await asyncio.sleep(0)
    turning = asyncio.create_task(turn())
    go[0].set()
    await coming[0]
    for _ in range(20):
        await asyncio.sleep(0)
    assert order == ["in 0"]
    go[1].set()
    await asyncio.wait_for(turning, 30)
    assert order == ["in 0", "in 1", "turn"]


async def test_turns_that_wait_begin_one_by_one_and_let_others_in_between():
    door, order = Door(patience_s=60), list[str]()
    late = asyncio.Event()

    async def turn(number: int) -> None:
        await door.free()
        order.append(f"turn {number}")
        if number == 0:
            # Its work took a while: somebody came meanwhile.
            coming.append(asyncio.create_task(come_in()))

    async def come_in() -> None:
        with door.passing():
            await late.wait()
            order.append("in")

    coming: list[asyncio.Task[None]] = []
    turns = [asyncio.create_task(turn(number)) for number in range(3)]
    for _ in range(60):
        await asyncio.sleep(0)
    assert order == ["turn 0"]
    late.set()
    await asyncio.wait_for(asyncio.gather(*turns, *coming), 30)
    assert order == ["turn 0", "in", "turn 1", "turn 2"]


async def test_a_door_that_never_empties_holds_nobody_for_ever():
    door = Door(patience_s=0.01)
    with door.passing():
        await asyncio.wait_for(door.free(), 30)


async def test_what_fails_at_the_door_is_gone_from_it():
    door = Door(patience_s=60)
    try:
        with door.passing(), door.passing():
            raise RuntimeError
    except RuntimeError:
        pass
    await asyncio.wait_for(door.free(), 30)
