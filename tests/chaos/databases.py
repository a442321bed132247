"""The database of a run: a file, or a Postgres server of its own that may crash."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests.postgres import Cluster

Kind = Literal["sqlite", "postgresql"]


class Store:
    """A database: its address, and the server that can be restarted, where there is one."""

    def __init__(self, address: str, cluster: Cluster | None) -> None:
        self.address = address
        self._cluster = cluster

    async def crash(self, away_s: float) -> None:
        """The server crashes and comes back after a while."""
        assert self._cluster is not None, "SQLite has no server"
        await asyncio.to_thread(self._cluster.stop, "immediate")
        await asyncio.sleep(away_s)
        await asyncio.to_thread(self._cluster.start)


@contextmanager
def fresh(kind: Kind, cluster: Cluster | None) -> Iterator[Store]:
    """An empty database."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="rocket-chaos-") as folder:
            yield Store(str(Path(folder) / "rocket.db"), None)
        return
    assert cluster is not None
    with cluster.database() as address:
        yield Store(address, cluster)


@contextmanager
def server() -> Iterator[Cluster]:
    """A Postgres server whose commits outlive a crash of it."""
    cluster = Cluster.make()
    with (cluster.data / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.write("synchronous_commit = on\n")
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.remove()
