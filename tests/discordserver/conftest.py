"""A local Discord for each test, with nothing left of it afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.discordserver.driver import Driver
from tests.discordserver.server import Server


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server() as one:
        yield one


@pytest.fixture
def driver(server: Server) -> Driver:
    return Driver(server)
