from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.slack.house import House, database_at
from tests.slackserver.driver import Workspace
from tests.slackserver.server import Server

MakeHouse = Callable[..., Awaitable[House]]


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def server(mode: Any) -> AsyncIterator[Server]:
    made = Server(mode)
    await made.start()
    yield made
    await made.close()
    made.check()


@pytest.fixture
def acme(server: Server) -> Workspace:
    made = Workspace(server, "T1")
    made.user("UANN", "ann")
    made.user("UBEN", "ben")
    made.channel("C1", "UANN", "UBEN", name="careers")
    return made


@pytest.fixture
async def make_house(server: Server, mode: str, tmp_path: Path) -> AsyncIterator[MakeHouse]:
    houses: list[House] = []

    async def make(**settings: Any) -> House:
        made = House(server, mode, database_at(tmp_path), **settings)
        made.voice = settings.pop("voice", None)
        made.more.pop("voice", None)
        houses.append(made)
        await made.start()
        return made

    yield make
    for house in houses:
        await house.stop()


@pytest.fixture
async def house(acme: Workspace, make_house: MakeHouse) -> House:
    return await make_house()
