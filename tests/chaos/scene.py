"""A platform under faults: what a run needs of it. A further platform stands in ``SCENES``."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Protocol, runtime_checkable

from bot.app import App
from bot.inbox.contract import Adapter
from bot.inbox.service import Inbox
from tests.chaos.discord import DiscordScene
from tests.chaos.discord import attach as attach_discord
from tests.chaos.entries import Entry
from tests.chaos.slack import SlackScene
from tests.chaos.slack import attach as attach_slack
from tests.chatroom.adapter import PLATFORM, Chatroom, key_of
from tests.chatroom.people import People
from tests.postgres import ROOT

_START_S = 20.0


class Scene(Protocol):
    """A platform, running as a process of its own."""

    async def start(self) -> str:
        """Start it; returns the address for workers."""
        ...

    async def stop(self) -> None:
        """End it."""
        ...

    async def join(self, person: str) -> None:
        """A person comes to a place of their own."""
        ...

    async def say(self, person: str, text: str) -> str:
        """The person writes there; returns the message's id."""
        ...

    async def log(self, start: int, wait: float) -> list[Entry]:
        """What happened from the entry ``start`` on; waits up to ``wait`` seconds for something."""
        ...

    async def misbehave(self, *, rate: float, repeat: int) -> None:
        """Bring every event ``repeat`` times more, and let a share of all calls go wrong."""
        ...

    async def brought(self) -> bool:
        """Whether every event was taken."""
        ...

    def event_key(self, person: str, message: str) -> str:
        """The key under which the inbox knows a message."""
        ...

    def person_of(self, conversation: str) -> str:
        """Who talks in a conversation."""
        ...


@runtime_checkable
class Stormy(Protocol):
    """A platform that can also turn nearly all away for a while, and cut what is being shown."""

    async def storm(self, seconds: float) -> None:
        """Let most calls be too many, and end replies that are growing, for a while."""
        ...

    async def look_over(self) -> None:
        """Note in the log what stands there that no reply accounts for."""
        ...


class Attached(Protocol):
    """A platform as a worker has it."""

    @property
    def adapter(self) -> Adapter:
        """Shows replies."""
        ...

    async def run(self, inbox: Inbox) -> None:
        """Hand events to ``inbox.accept`` until cancelled."""
        ...


class ChatroomScene:
    """The chatroom. Each person has a channel of the same name."""

    tenants = 3

    def __init__(self) -> None:
        self._process: Process | None = None
        self._address = ""
        self._tenant: dict[str, str] = {}

    async def start(self) -> str:
        words = [sys.executable, "-m", "tests.chatroom"]
        self._process = await asyncio.create_subprocess_exec(
            *words, cwd=ROOT, stdin=DEVNULL, stdout=PIPE
        )
        assert self._process.stdout is not None
        first = await asyncio.wait_for(self._process.stdout.readline(), _START_S)
        self._address = first.decode().strip()
        self._people = await People(self._address).__aenter__()
        return self._address

    async def stop(self) -> None:
        await self._people.__aexit__()
        if self._process is not None:
            self._process.terminate()
            await self._process.wait()

    async def join(self, person: str) -> None:
        self._tenant[person] = f"t{len(self._tenant) % self.tenants}"
        await self._people.join(person, person, self._tenant[person])

    async def say(self, person: str, text: str) -> str:
        return await self._people.say(person, person, text)

    async def log(self, start: int, wait: float) -> list[Entry]:
        return [_entry(one) for one in await self._people.log(start, wait)]

    async def misbehave(self, *, rate: float, repeat: int) -> None:
        each = rate / 4
        await self._people.faults(
            repeat=repeat, again_s=2.0, ack_s=2.0, drop=each, busy=each, fail=each, cut=each
        )

    async def brought(self) -> bool:
        return (await self._people.state())["waiting"] == 0

    def event_key(self, person: str, message: str) -> str:
        place = {"tenant": self._tenant[person], "channel": person, "message": message}
        return key_of({"type": "message", **place})

    def person_of(self, conversation: str) -> str:
        return conversation.split(":")[2]


def _entry(one: dict[str, Any]) -> Entry:
    if one["what"] == "typing":
        return Entry("typing", one["channel"], "", "", "", 0, "")
    key, channel = one["key"] or "", one["channel"]
    return Entry(one["what"], channel, one["id"], one["text"], key, one["part"], one["answers"])


class _AttachedChatroom:
    def __init__(self, adapter: Chatroom) -> None:
        self.adapter = adapter

    async def run(self, inbox: Inbox) -> None:
        await self.adapter.listen(inbox.accept)


@asynccontextmanager
async def _attach_chatroom(address: str, _: App) -> AsyncIterator[Attached]:
    async with Chatroom(address) as adapter:
        yield _AttachedChatroom(adapter)


SCENES: dict[str, Callable[[], Scene]] = {
    PLATFORM: ChatroomScene,
    "discord": DiscordScene,
    "slack": SlackScene,
}
ATTACH: dict[str, Callable[[str, App], AbstractAsyncContextManager[Attached]]] = {
    PLATFORM: _attach_chatroom,
    "discord": attach_discord,
    "slack": attach_slack,
}
