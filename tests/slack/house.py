"""The whole app against the local Slack: database, engine, inbox, adapter, in one process."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import app
from bot.inbox.options import Options
from bot.inbox.service import Inbox
from bot.serving.running import Running
from bot.settings import Settings
from bot.slack import create
from bot.slack.app import Slack
from bot.web.server import HttpServer, make_web
from tests.slackserver.driver import Workspace
from tests.slackserver.server import APP_TOKEN, SIGNING_SECRET, Server
from tests.slackserver.world import Message

KEY = "RUHy6JJHWhIOp4cN1XSMs3oUcZ3rsnKeHJEqdZ1BYMs="
FAST = Options(lease_s=5.0, poll_s=0.2, busy_after_s=0.3, stream_after_s=10.0, drain_s=5.0)


class _Probe:
    async def ready(self) -> dict[str, object]:
        return {"ready": True}

    async def metrics(self) -> bytes:
        return b""


class House:
    """The app; may be stopped and started again on the same database."""

    def __init__(self, server: Server, mode: str, database: str, **settings: Any) -> None:
        self.server = server
        self.mode = mode
        self.database = database
        self.more = settings
        self.options = FAST
        self.voice: Any = None
        self._tasks: list[asyncio.Task[Any]] = []

    def settings(self) -> Settings:
        given: dict[str, Any] = {
            "database_url": self.database,
            "slack_api_url": self.server.api_url,
            "slack_bot_token": "xoxb-T1-1",
        }
        if self.mode == "socket":
            given["slack_app_token"] = APP_TOKEN
        else:
            given["slack_signing_secret"] = SIGNING_SECRET
        return Settings(_env_file=None, **{**given, **self.more})

    async def start(self) -> None:
        settings = self.settings()
        self.app = await app.start(settings)
        if self.voice is not None:
            self.app.engine.voice = self.voice
        made = create(self.app, settings)
        assert isinstance(made, Slack)
        self.slack = made
        self.inbox = Inbox(self.app.database, self.app.engine, [self.slack.adapter], self.options)
        self.inbox.start()
        self.running = Running("Slack", self.slack, first_s=0.1)
        place = socket.create_server(("127.0.0.1", 0))
        self.web = HttpServer(make_web(_Probe(), [self.running]), place)
        self.web.start()
        host, port = place.getsockname()
        self.address = f"http://{host}:{port}"
        if self.mode == "http":
            self.server.posts.url = f"{self.address}/slack/events"
        self._tasks = [asyncio.create_task(self.running.keep(self.inbox))]
        async with asyncio.timeout(20):
            while not self.running.connected and self.running.refused is None:
                await asyncio.sleep(0.02)

    async def stop(self) -> None:
        if not self._tasks:
            return
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await self.web.close()
        await self.inbox.stop()
        await self.slack.close()
        await self.app.close()

    async def until(self, found: Callable[[], Any], timeout: float = 30.0) -> Any:
        try:
            return await self.server.until(found, timeout)
        except TimeoutError as error:
            raise AssertionError("it did not come to that") from error

    async def rest(self) -> None:
        await self.server.settled()


def words(message: Message) -> str:
    """All that a person reads of a message."""
    return json.dumps([message.text, message.blocks], ensure_ascii=False)


def by_app(messages: list[Message]) -> list[Message]:
    return [one for one in messages if one.body.get("bot_id")]


def replies(messages: list[Message]) -> list[Message]:
    """Those that answer: the others are roots, pointers and hints."""
    return [
        one for one in by_app(messages) if (one.metadata or {}).get("event_type") == "rocket_reply"
    ]


def keys(messages: list[Message]) -> list[tuple[str, int]]:
    found = [(one.metadata or {})["event_payload"] for one in replies(messages)]
    return [(one["key"], one["part"]) for one in found]


def database_at(folder: Path) -> str:
    return str(folder / "rocket.db")


__all__ = ["KEY", "House", "Workspace", "by_app", "database_at", "keys", "replies", "words"]
