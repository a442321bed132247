"""Group commit: pieces of writing that wait for the one writer share a transaction and its commit.

What a commit costs, above all the wait for the disk, is paid once for all of them. Each piece still
stands or falls by itself.

Source of the method: DeWitt et al. 1984, "Implementation techniques for main memory database
systems".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from storage.backend import Work
from storage.patience import to_the_end

_Result = TypeVar("_Result")
# One transaction is no longer than that: who comes next does not wait for ever.
_AT_ONCE = 32
# Seconds that what may wait is given to be committed with what comes after it.
_LINGER_S = 0.02


@dataclass(frozen=True, slots=True)
class Undone:
    """What a piece raised; nothing of it stays."""

    error: Exception


class SharedCommits:
    """Hands pieces of work to a writer, in the order in which they came, several at a time.

    Args:
        write: runs pieces in one transaction and commits; gives one result or :class:`Undone` a
            piece, or raises when nothing of any of them stays.
    """

    def __init__(self, write: Callable[[Sequence[Work[Any]]], Awaitable[Sequence[Any]]]) -> None:
        self._write = write
        self._waiting: list[tuple[Work[Any], asyncio.Future[Any]]] = []
        self._writing: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None

    async def run(self, work: Work[_Result]) -> _Result:
        """The result of ``work``, committed; raises what it raised, or what the writer did.

        Who is cancelled before the turn of ``work`` came has it left out.
        """
        return cast(_Result, await self.put(work))

    def put(self, work: Work[Any], *, soon: bool = False) -> asyncio.Future[Any]:
        """Queue ``work`` before all that is put in after it; the future has its outcome.

        Args:
            soon: it need not be written at once: what is put in next brings it along.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((work, future))
        if not soon:
            self._begin()
        elif self._writing is None and self._later is None:
            self._later = loop.call_later(_LINGER_S, self._begin)
        return future

    async def end(self) -> None:
        """Wait until all is written."""
        self._begin()
        if self._writing is not None:
            await asyncio.wait([self._writing])

    def _begin(self) -> None:
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if self._writing is None and self._waiting:
            self._writing = asyncio.create_task(self._write_on())

    async def _write_on(self) -> None:
        try:
            while self._waiting:
                now, self._waiting = self._waiting[:_AT_ONCE], self._waiting[_AT_ONCE:]
                await to_the_end(self._together([one for one in now if not one[1].done()]))
        finally:
            self._writing = None
            for _, future in self._waiting:
                future.cancel()
            self._waiting.clear()

    async def _together(self, pieces: Sequence[tuple[Work[Any], asyncio.Future[Any]]]) -> None:
        if not pieces:
            return
        try:
            results = await self._write([work for work, _ in pieces])
        except Exception as error:
            results = [Undone(error)] * len(pieces)
        for (_, future), result in zip(pieces, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Undone):
                future.set_exception(result.error)
            else:
                future.set_result(result)
