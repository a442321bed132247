"""Ctrl-C while a turn is under way: the turn is finished first, so that nothing written is lost."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from typing import Any, TypeVar

Result = TypeVar("Result")


class Patience:
    """Runs turns one after the other on one event loop.

    A turn is never broken off: whether it is stored could not be told then. ``pressed`` counts how
    often Ctrl-C came since the last :meth:`forget`.

    Args:
        runner: the event loop.
        tell: tells the person, once a press, that the turn is being finished.
        between: called by a press between turns.
    """

    def __init__(
        self,
        runner: asyncio.Runner,
        tell: Callable[[], None] | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        self._runner = runner
        self._tell = tell
        self._between = between
        self._working = False
        self.pressed = 0

    def run(self, turn: Coroutine[Any, Any, Result]) -> Result:
        """The result of ``turn``."""
        with self.holding():
            self._working = True
            if self.pressed:
                # Pressed after the line was sent and before its turn began: told all the same.
                self._tell_soon()
            try:
                return self._runner.run(turn)
            finally:
                self._working = False

    @contextmanager
    def holding(self) -> Generator[None]:
        """Within, Ctrl-C is counted and does nothing else."""
        before = signal.signal(signal.SIGINT, self._press)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def forget(self) -> None:
        """Count anew: the person is asked for the next line."""
        self.pressed = 0

    def end_if_pressed(self) -> None:
        """Raise the KeyboardInterrupt that was held back."""
        if self.pressed:
            raise KeyboardInterrupt

    def _press(self, _signal: int, _frame: object) -> None:
        self.pressed += 1
        if self._working:
            self._tell_soon()
        elif self._between is not None:
            self._between()

    def _tell_soon(self) -> None:
        if self._tell is not None:
            # A signal may come in the middle of a print; the loop tells it in between.
            self._runner.get_loop().call_soon_threadsafe(self._tell)
