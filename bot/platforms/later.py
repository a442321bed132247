"""Small things of a platform that nobody waits for: a hint that goes away, a sign of life."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

_WAIT_S = 0.5


class Later:
    """Does them beside everything else; what fails is logged.

    Args:
        log: where to.
        refused: what the platform says of an error that is no fault of ours; None for all others.
    """

    def __init__(
        self,
        log: logging.Logger,
        refused: Callable[[Exception], str | None] = lambda error: None,
    ) -> None:
        self._log = log
        self._refused = refused
        self._tasks: set[asyncio.Task[object]] = set()

    def do(self, work: Awaitable[object]) -> None:
        """Have something done."""
        task: asyncio.Task[object] = asyncio.ensure_future(self._quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait a moment for what is under way."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_WAIT_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _quietly(self, work: Awaitable[object]) -> None:
        try:
            await work
        except Exception as error:
            refused = self._refused(error)
            if refused is not None:
                self._log.info("something small was refused: %s", refused)
            else:
                self._log.warning(
                    "something small failed: %s", type(error).__name__, exc_info=error
                )
