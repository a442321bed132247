from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.engine.engine import Engine
from bot.settings import Settings
from bot.voices.making import model_voice
from personas.catalogue import Catalogue
from storage.database import Database
from tests.conftest import Talk, ticking
from tests.modelserver.server import KEY, Server

Speaks = Callable[..., Talk]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    made = Server()
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def talker(server: Server, database: Database, catalogue: Catalogue) -> Callable[..., Any]:
    """Makes a person who talks to an engine whose voice is a model of the local provider."""

    async def make(**more: Any) -> Talk:
        given: dict[str, Any] = {
            "model": "openai:coach-1",
            "openai_api_key": KEY,
            "openai_base_url": server.openai_url,
            **more,
        }
        settings = Settings(_env_file=None, **given)  # pyright: ignore[reportCallIssue]
        engine = Engine(
            database,
            catalogue,
            voice=model_voice(settings, database),
            clock=ticking(datetime.now(UTC)),
        )
        await engine.start()
        return Talk(engine)

    return make
