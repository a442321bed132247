"""Waiting for an end that must come, whatever happens to the one who waits."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")


async def to_the_end(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Await ``work`` until it has ended, also when the caller is cancelled meanwhile.

    A cancellation is raised after the end of the work, not instead of it: a transaction that is
    being committed or undone is never left half done.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except BaseException:  # raised again by result() below
            break
    if cancelled is not None:
        if not task.cancelled():
            task.exception()  # seen: else the loop complains about it
        raise cancelled
    return task.result()
