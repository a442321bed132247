"""Group commit: short pieces of writing that wait at the same time share one transaction.

SQLite has one writer, and its backend does this for all that is written (storage/commits.py). On
Postgres transactions run side by side: there only short pieces share one, to save round trips.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection

from storage.database import Database
from storage.inbox import FencedError

_Result = TypeVar("_Result")
_AT_ONCE = 256


@dataclass(slots=True)
class _Piece:
    key: str
    work: Callable[[Connection], Any]
    future: asyncio.Future[Any]


class GroupCommit:
    """Commits together what arrives while the commit before is under way."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Piece] = []
        self._flusher: asyncio.Task[None] | None = None

    async def run(self, key: str, work: Callable[[Connection], _Result]) -> _Result:
        """Run ``work`` in a transaction, perhaps with others'.

        Args:
            key: pieces are run in the order of their keys, so that two processes never lock two
                rows in opposite order.
            work: may raise FencedError, but only before it has written anything.

        Raises:
            FencedError: as ``work`` raised it.
            StorageError: the database failed.
        """
        if self._database.dialect == "sqlite":
            return await self._database.write(work)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Piece(key, work, future))
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush())
        return cast(_Result, await future)

    async def _flush(self) -> None:
        try:
            while self._waiting:
                pieces = sorted(self._waiting[:_AT_ONCE], key=lambda piece: piece.key)
                del self._waiting[:_AT_ONCE]
                try:
                    await self._together(pieces)
                except Exception as error:
                    if len(pieces) == 1:
                        _fail(pieces[0], error)
                        continue
                    # One spoilt it for all: each by itself.
                    for piece in pieces:
                        await self._alone(piece)
        finally:
            self._flusher = None

    async def _together(self, pieces: list[_Piece]) -> None:
        def whole(connection: Connection) -> list[Any]:
            return [_result(piece, connection) for piece in pieces]

        for piece, result in zip(pieces, await self._database.write(whole), strict=True):
            if isinstance(result, FencedError):
                _fail(piece, result)
            elif not piece.future.done():
                piece.future.set_result(result)

    async def _alone(self, piece: _Piece) -> None:
        try:
            await self._together([piece])
        except Exception as error:
            _fail(piece, error)


def _result(piece: _Piece, connection: Connection) -> Any:
    try:
        return piece.work(connection)
    except FencedError as error:
        return error


def _fail(piece: _Piece, error: Exception) -> None:
    if not piece.future.done():
        piece.future.set_exception(error)
