"""Ctrl-C while a turn is under way: the turn is finished first, so that nothing written is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class Patience:
    """Runs turns one after the other on one event loop.

    ``pressed`` tells whether Ctrl-C came during the last one. A second Ctrl-C stops the turn; what
    it had begun to write is rolled back.
    """

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self.pressed = False

    def run(self, turn: Coroutine[Any, Any, Result]) -> Result:
        """The result of ``turn``. Raises KeyboardInterrupt when it was stopped."""
        loop = self._runner.get_loop()
        task = loop.create_task(turn)
        self.pressed = False

        def hold(_signal: int, _frame: object) -> None:
            if self.pressed:
                loop.call_soon_threadsafe(task.cancel)
            self.pressed = True

        before = signal.signal(signal.SIGINT, hold)
        try:
            return self._runner.run(_result_of(task))
        except asyncio.CancelledError:
            raise KeyboardInterrupt from None
        finally:
            signal.signal(signal.SIGINT, before)

    def end_if_pressed(self) -> None:
        """Raise the KeyboardInterrupt that was held back."""
        if self.pressed:
            raise KeyboardInterrupt


async def _result_of(task: asyncio.Task[Result]) -> Result:
    return await task
