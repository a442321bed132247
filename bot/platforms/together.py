"""Questions to the database that wait at the same moment are answered by one reading."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

_Question = TypeVar("_Question")
_Answer = TypeVar("_Answer")
_AT_ONCE = 256


class Together(Generic[_Question, _Answer]):
    """Asks for all that came in while the question before was under way.

    Args:
        answer: answers many, in their order; what it raises is raised by each.
    """

    def __init__(
        self, answer: Callable[[Sequence[_Question]], Awaitable[Sequence[_Answer]]]
    ) -> None:
        self._answer = answer
        self._waiting: list[tuple[_Question, asyncio.Future[_Answer]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, question: _Question) -> _Answer:
        """The answer to one."""
        future: asyncio.Future[_Answer] = asyncio.get_running_loop().create_future()
        self._waiting.append((question, future))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask())
        return await future

    async def _ask(self) -> None:
        try:
            while self._waiting:
                asked = self._waiting[:_AT_ONCE]
                del self._waiting[:_AT_ONCE]
                await self._ask_for(asked)
        finally:
            self._asking = None

    async def _ask_for(self, asked: list[tuple[_Question, asyncio.Future[_Answer]]]) -> None:
        try:
            answers = await self._answer([question for question, _ in asked])
        except Exception as error:
            for _, future in asked:
                if not future.done():
                    future.set_exception(error)
            return
        for (_, future), answer in zip(asked, answers, strict=True):
            if not future.done():
                future.set_result(answer)
