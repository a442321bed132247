"""One unit of work an event: one transaction for all it changes, begun by the first change.

Reading, deciding and wording come before that, so no network call stands inside a transaction. Who
hands events in may add a ledger, whose entries (a fence, "done", the reply to send) are part of
that same transaction.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from contextvars import ContextVar
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from bot.engine.turned import Turned
from bot.replies import Draft
from storage.database import Database, Transaction

_Result = TypeVar("_Result")
Work = Callable[[Connection], _Result]
# Hears what there is of a reply so far (nothing while words are on their way) and the key of the
# coach who is writing it; returns whether any of the reply may have been read.
Listener = Callable[[Draft, str], Awaitable[bool]]


class Ledger(Protocol):
    """What else belongs into the transaction of a turn."""

    @property
    def key(self) -> str:
        """Names the reply, the same in every try of its turn."""
        ...

    def begin(self, connection: Connection) -> None:
        """The first statement of the transaction; raises when the turn may not write."""
        ...

    def finish(self, connection: Connection, turned: Turned) -> None:
        """The last statements, with the outcome known."""
        ...


class Unit:
    """The changes of one event.

    Args:
        ledger: entries at the head and the end of the transaction; None for none.
        listener: told of the drafts of a reply while it is being worded; None for nobody.
        unwanted: whether the person has said that they want no more of the reply.

    Attributes:
        seen: whether words of the reply may have been read before it was settled.
    """

    def __init__(
        self,
        database: Database,
        ledger: Ledger | None = None,
        listener: Listener | None = None,
        unwanted: Callable[[], bool] | None = None,
    ) -> None:
        self.listener = listener
        self.seen = False
        self.unwanted = unwanted or (lambda: False)
        self._database = database
        self._ledger = ledger
        self._stack = AsyncExitStack()
        self._transaction: Transaction | None = None
        self._along: list[Work[object]] = []
        self._last: list[Callable[[Connection, Turned], Turned]] = []
        self._afters: list[Callable[[], Awaitable[None]]] = []
        self._written = False

    @property
    def key(self) -> str:
        """Names the reply, the same in every try; empty for what is not tried again."""
        return self._ledger.key if self._ledger is not None else ""

    @property
    def writing(self) -> bool:
        """Whether the transaction is open: nothing may be waited for but the database."""
        return self._transaction is not None

    def along(self, work: Work[object]) -> None:
        """Have ``work`` written with whatever this event writes, before it."""
        self._along.append(work)

    def at_the_end(self, last: Callable[[Connection, Turned], Turned]) -> None:
        """Have the outcome seen to, and more written, before all is committed."""
        self._last.append(last)

    def after(self, action: Callable[[], Awaitable[None]]) -> None:
        """Have something done once all is written."""
        self._afters.append(action)

    async def read(self, work: Work[_Result]) -> _Result:
        """Read; what this unit wrote before is seen."""
        if self._transaction is not None:
            return await self._transaction.run(work)
        return await self._database.read(work)

    async def glance(self, work: Work[_Result]) -> _Result:
        """As :meth:`read`, for a few rows: see ``storage.database.Database.glance``."""
        if self._transaction is not None:
            return await self._transaction.run(work)
        return await self._database.glance(work)

    async def change(self, work: Work[_Result]) -> _Result:
        """Write within the transaction of this unit."""
        if self._written:
            raise RuntimeError("this event is concluded: nothing more may be written")
        transaction, begun = self._transaction, self._transaction is not None
        if transaction is None:
            transaction = await self._stack.enter_async_context(self._database.transaction())
            self._transaction = transaction

        def whole(connection: Connection) -> _Result:
            if not begun:
                self._begin(connection)
            return work(connection)

        return await transaction.run(whole)

    async def conclude(self, work: Work[_Result], outcome: Callable[[_Result], Turned]) -> Turned:
        """Write the last change and commit, in one go. ``outcome`` makes the turn's result."""

        def whole(connection: Connection) -> Turned:
            if self._transaction is None:
                self._begin(connection)
            return self._finish(connection, outcome(work(connection)))

        if self._transaction is None:
            turned = await self._database.write(whole)
        else:
            turned = await self._transaction.run(whole)
            await self._stack.aclose()
            self._transaction = None
        self._written = True
        await self._done()
        return turned

    async def close(self, turned: Turned) -> Turned:
        """Commit what is not yet committed; returns the outcome as it is to be shown."""
        if self._written:
            return turned
        silent = self._transaction is None and self._ledger is None
        if silent and not self._last and not self._along:
            await self._done()
            return turned
        return await self.conclude(lambda _: None, lambda _: turned)

    async def abandon(self, error: BaseException) -> None:
        """Undo everything that is not committed."""
        if self._transaction is not None:
            self._transaction = None
            await self._stack.__aexit__(type(error), error, error.__traceback__)

    def _begin(self, connection: Connection) -> None:
        if self._ledger is not None:
            self._ledger.begin(connection)
        for work in self._along:
            work(connection)

    def _finish(self, connection: Connection, turned: Turned) -> Turned:
        for last in self._last:
            turned = last(connection, turned)
        if self._ledger is not None:
            self._ledger.finish(connection, turned)
        return turned

    async def _done(self) -> None:
        for action in self._afters:
            await action()


current: ContextVar[Unit] = ContextVar("current unit of work")
