"""A platform's real adapter in a worker that lives through faults."""

from __future__ import annotations

import asyncio
import logging
from typing import Protocol

from bot.inbox.contract import Adapter
from bot.inbox.service import Inbox


class _Platform(Protocol):
    @property
    def adapter(self) -> Adapter: ...

    async def run(self, inbox: Inbox) -> None: ...


class Enduring:
    """Runs it, and begins it anew when it fails, as ``rocket serve`` does."""

    def __init__(self, platform: _Platform) -> None:
        self._platform = platform
        self.adapter = platform.adapter

    async def run(self, inbox: Inbox) -> None:
        while True:
            try:
                await self._platform.run(inbox)
            except Exception as error:
                logging.warning("a platform is begun anew: %s", type(error).__name__)
                await asyncio.sleep(0.3)
