"""Somebody whose days go by, and who is reminded."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.engine.turned import Turned
from personas.catalogue import Catalogue
from storage.database import Database
from tests.days import Days, days_of

MORNING = datetime(2026, 11, 27, 14, 30, 1, tzinfo=UTC)


@pytest.fixture
async def days(database: Database, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch) -> Days:
    made = days_of(database, catalogue, monkeypatch)
    await made.engine.start()
    return made


@pytest.fixture
async def planned(days: Days) -> Days:
    """Somebody in New York who has promised a step."""
    days.zone = "America/New_York"
    await days.plan()
    return days


@pytest.fixture
async def asked(planned: Days) -> Turned:
    """The reminder of that step."""
    [reminder] = await planned.at(MORNING)
    return reminder
