"""What a kind of database offers to :class:`storage.database.Database`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from storage.address import Dialect
from storage.errors import StorageError

_Result = TypeVar("_Result")
Work = Callable[[Connection], _Result]


class Run(Protocol):
    """Runs a piece of work inside a transaction that is open."""

    async def __call__(self, work: Work[_Result], /) -> _Result:
        """Run ``work``; raises what it raises, and StorageError when the database fails."""
        ...


class Backend(Protocol):
    """One database of one kind. All methods raise StorageError where the database fails."""

    @property
    def dialect(self) -> Dialect:
        """The kind."""
        ...

    @property
    def shown(self) -> str:
        """The file or address, as people may see it: without a password."""
        ...

    async def open(self) -> None:
        """Connect and bring the schema up to date."""
        ...

    async def close(self) -> None:
        """Give the connections back; may be called twice."""
        ...

    async def read(self, work: Work[_Result]) -> _Result:
        """Run ``work`` where it can't write."""
        ...

    async def glance(self, work: Work[_Result]) -> _Result:
        """Run a ``work`` of a few rows where it can't write, with as little ado as there can be."""
        ...

    async def write(self, work: Work[_Result], *, long: bool = False) -> _Result:
        """Run ``work`` in a transaction of its own; a ``long`` one must hold nobody up."""
        ...

    async def ahead(self, work: Work[object], failed: Callable[[StorageError], object]) -> None:
        """Have ``work`` written before anything that is written after this has returned."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Run]:
        """One write transaction for several pieces of work."""
        ...

    async def wipe_log(self) -> None:
        """Remove deleted words from logs of the database as far as it keeps any."""
        ...
