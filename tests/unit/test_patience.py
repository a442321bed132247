"""Ctrl-C while a line is being taken."""

from __future__ import annotations

import asyncio
import os
import signal

from bot.terminal.patience import Patience


async def _turn() -> str:
    await asyncio.sleep(0)
    return "stored"


def _press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def test_a_press_between_the_line_and_its_turn_is_told_and_counted() -> None:
    told: list[int] = []
    with asyncio.Runner() as runner:
        patience = Patience(runner, lambda: told.append(1))
        with patience.holding():
            _press()
            assert not told
            assert patience.run(_turn()) == "stored"
    assert told == [1]
    assert patience.pressed == 1


def test_a_press_during_a_turn_is_told_at_once_and_the_turn_ends() -> None:
    told: list[int] = []

    async def turn() -> list[int]:
        _press()
        await asyncio.sleep(0)
        return list(told)

    with asyncio.Runner() as runner:
        patience = Patience(runner, lambda: told.append(1))
        assert patience.run(turn()) == [1]
        assert patience.pressed == 1


def test_presses_of_the_last_line_do_not_count_for_the_next() -> None:
    told: list[int] = []
    with asyncio.Runner() as runner:
        patience = Patience(runner, lambda: told.append(1))
        with patience.holding():
            _press()
            patience.run(_turn())
            patience.forget()
            patience.run(_turn())
    assert (told, patience.pressed) == ([1], 0)
