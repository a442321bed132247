"""Servers of the local Slack, and the app's side of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from tests.slackserver.driver import Workspace
from tests.slackserver.server import Server
from tests.slackserver.small_app import client_of


@pytest.fixture(autouse=True)
def _unrecorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is wrong on purpose here is nothing that the bot sends."""
    monkeypatch.delenv("ROCKET_PAYLOADS", raising=False)


@pytest.fixture(params=["socket", "http"])
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    made = Server(request.param)
    await made.start()
    yield made
    await made.close()


@pytest.fixture
async def api() -> AsyncIterator[Server]:
    """A server that only its Web API is asked of."""
    made = Server()
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def home(api: Server) -> Workspace:
    """A workspace with one person, who has a direct message channel with the app, and a channel."""
    made = Workspace(api)
    made.channel("C1", "U1", "U2")
    assert made.user("U1").im == "D1"
    return made


@pytest.fixture
def client(api: Server, home: Workspace) -> AsyncWebClient:
    return client_of(api, home.token)
