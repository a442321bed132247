from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from personas.catalogue import Catalogue
from storage.database import Database
from tests.inbox.desk import Desk, Moody, Screen, Slow


@pytest.fixture
async def desk(database: Database, catalogue: Catalogue) -> AsyncIterator[Desk]:
    voice = Slow()
    engine = Moody(database, catalogue, voice=voice)
    engine.moods = {}
    await engine.start()
    desk = Desk(database, engine, Screen(), voice)
    yield desk
    await desk.close()
