"""Keeps one platform running: called again, later and later, when it fails."""

from __future__ import annotations

import asyncio
import logging
import random
from typing import TYPE_CHECKING

from bot.inbox.service import Inbox
from bot.platform import Platform
from bot.settings import SettingsError

if TYPE_CHECKING:
    from fastapi import APIRouter

_log = logging.getLogger(__name__)
_FIRST_S, _LONGEST_S = 1.0, 60.0


class Running:
    """A platform while it is being run.

    Args:
        first_s: seconds before it is called again after it failed; doubled each time, up to a
            minute, until it has run for a minute.

    Attributes:
        running: whether it takes events; off while it waits to be called again, and at the end.
        refused: the platform's word on wrong credentials; then it is not called again.
    """

    def __init__(self, name: str, platform: Platform, *, first_s: float = _FIRST_S) -> None:
        self.name = name
        self.platform = platform
        self.running = False
        self.refused: SettingsError | None = None
        self._first_s = first_s

    @property
    def connected(self) -> bool:
        """Whether events can reach us now."""
        return self.running and self.platform.connected

    @property
    def router(self) -> APIRouter | None:
        """Its routes for events that come by HTTP."""
        return self.platform.router

    async def keep(self, inbox: Inbox) -> None:
        """Run it until cancelled, or until its credentials are refused."""
        loop, delay = asyncio.get_running_loop(), self._first_s
        while True:
            began = loop.time()
            if await self._once(inbox):
                return
            if loop.time() - began > _LONGEST_S:
                delay = self._first_s
            # Workers must not all come back at the same moment.
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))
            delay = min(delay * 2, _LONGEST_S)

    async def _once(self, inbox: Inbox) -> bool:
        """Run it once; returns whether that was for good."""
        self.running = True
        try:
            await self.platform.run(inbox)
        except SettingsError as error:
            self.refused = error
            _log.error("%s", error, extra={"event": "platform_refused", "platform": self.name})
        except Exception:
            _log.exception(
                "%s failed and is begun anew",
                self.name,
                extra={"event": "platform_failed", "platform": self.name},
            )
        finally:
            self.running = False
        return self.refused is not None
