from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.modelserver.server import Server


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.start()
    yield made
    await made.close()
