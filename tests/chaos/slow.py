"""A voice that takes its time, so that replies show while they are written."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from bot.engine.brief import Brief
from bot.replies import Draft
from bot.voices.offline import OfflineVoice

_WORDS, _PAUSE_S = 3, 0.06


class SlowVoice:
    """Says what the offline voice says, a few words at a time."""

    def __init__(self) -> None:
        self.name, self.free = "slow", False
        self._voice = OfflineVoice()

    async def word(self, brief: Brief) -> AsyncIterator[Draft]:
        whole = Draft()
        async for draft in self._voice.word(brief):
            whole = draft
        words = whole.text.split(" ")
        for many in range(_WORDS, len(words), _WORDS):
            grown = Draft()
            grown.say(" ".join(words[:many]))
            yield grown
            await asyncio.sleep(_PAUSE_S)
        yield whole
