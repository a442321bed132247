"""One harness a platform; the suite runs once for each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest

from bot.inbound import Inbound
from bot.inbox.contract import Adapter
from tests.contract.chatroom import ChatroomHarness
from tests.contract.discord import DiscordHarness
from tests.contract.harness import Able, Harness
from tests.contract.slack import SlackHarness

# A further platform stands here and in no other place.
HARNESSES: dict[str, Callable[[], Harness]] = {
    "chatroom": ChatroomHarness,
    "discord": DiscordHarness,
    "slack": SlackHarness,
}


@dataclass(slots=True)
class Ears:
    """Takes events as the inbox does: each key once, the repeats counted."""

    events: dict[str, Inbound] = field(default_factory=dict[str, Inbound])
    heard: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def accept(self, key: str, event: Inbound) -> bool:
        new = key not in self.events
        self.events.setdefault(key, event)
        self.heard += 1
        self._more.set()
        return new

    async def wait(self, number: int) -> list[Inbound]:
        """The events once ``number`` came in, repeats included; in order, each once."""
        async with asyncio.timeout(20):
            while self.heard < number:
                self._more.clear()
                await self._more.wait()
        return list(self.events.values())


@dataclass(slots=True)
class Stage:
    """A platform under test, its adapter, and what came in."""

    harness: Harness
    adapter: Adapter
    ears: Ears

    def needs(self, *able: Able) -> None:
        """Skip where the platform can't do it."""
        missing = sorted(set(able) - self.harness.able)
        if missing:
            pytest.skip(f"{self.adapter.platform}: no {', '.join(missing)}")


@pytest.fixture(params=sorted(HARNESSES))
def make_harness(request: pytest.FixtureRequest) -> Callable[[], Harness]:
    return HARNESSES[request.param]


@pytest.fixture
async def stage(make_harness: Callable[[], Harness]) -> AsyncIterator[Stage]:
    harness, ears = make_harness(), Ears()
    adapter = await harness.start(ears.accept)
    yield Stage(harness, adapter, ears)
    await harness.stop()
