"""Replies while they are written: typing kept up, and edits about once a second each."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.discord import limits
from bot.discord.render import Part
from bot.discord.rest import Rest

_log = logging.getLogger(__name__)
_LONGEST_S = 300.0
# Typing shows for ten seconds, or until a message comes.
_SIGN_S = 5.0
_MANY_SIGNS, _SIGN_WAIT_S = 8, 0.5
_KEPT = 5000
Edit = Callable[[Part], Awaitable[None]]


@dataclass(slots=True)
class Growing:
    """A reply that is shown while it is written.

    Attributes:
        shown: what stands there.
        wanted: what should stand there next.
        at: when it was last edited.
        stopped: the person wants no more of it.
    """

    conversation: str
    edit: Edit
    shown: Part
    at: float
    wanted: Part | None = None
    stopped: bool = False
    task: asyncio.Task[None] | None = None


class Live:
    """Keeps what is being written up to date, each on a clock of its own.

    Args:
        every_s: seconds between two edits of one message.
        typing_s: seconds after which typing is shown again.
    """

    def __init__(
        self, rest: Rest, *, every_s: float = limits.EDIT_S, typing_s: float = limits.TYPING_S
    ) -> None:
        self._rest = rest
        self._every_s = every_s
        self._typing_s = typing_s
        self._growing: dict[str, Growing] = {}
        self._typing: dict[str, asyncio.Task[None]] = {}
        # When typing was shown for a message that just came.
        self._signed: OrderedDict[str, float] = OrderedDict()
        self._signing: set[asyncio.Task[None]] = set()

    def get(self, key: str) -> Growing | None:
        """A reply that is being written."""
        return self._growing.get(key)

    def begin(self, key: str, conversation: str, shown: Part, edit: Edit) -> None:
        """A reply begins to show."""
        now = asyncio.get_running_loop().time()
        self._growing[key] = Growing(conversation, edit, shown, now)

    async def add(self, key: str, part: Part) -> None:
        """There is more of it: shown at once, or as soon as the last edit has rested."""
        one = self._growing.get(key)
        if one is None or one.stopped or part == one.shown:
            return
        one.wanted = part
        if one.task is not None and not one.task.done():
            return
        rest = one.at + self._every_s - asyncio.get_running_loop().time()
        if rest <= 0:
            await self._edit(one)
        else:
            one.task = asyncio.create_task(self._after(rest, one))

    async def _after(self, seconds: float, one: Growing) -> None:
        await asyncio.sleep(seconds)
        await self._edit(one)

    @staticmethod
    async def _edit(one: Growing) -> None:
        part, one.wanted = one.wanted, None
        if part is None or one.stopped:
            return
        try:
            await one.edit(part)
        except Exception as error:  # the final look is tried again and again; this is not
            _log.info("a growing reply could not be edited: %s", type(error).__name__)
            return
        one.shown, one.at = part, asyncio.get_running_loop().time()

    async def end(self, key: str) -> Growing | None:
        """It is written; what is under way is waited for, so that nothing older comes last."""
        one = self._growing.pop(key, None)
        if one is not None and one.task is not None:
            one.wanted = None
            one.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await one.task
        return one

    def stop(self, *, key: str = "", conversation: str = "") -> bool:
        """The person wants no more of a reply; returns whether one is being written."""
        for known, one in self._growing.items():
            if known == key or one.conversation == conversation:
                one.stopped = True
                return True
        return False

    # Typing ---------------------------------------------------------------------------------------

    async def sign(self, channel: str) -> None:
        """Show typing once, at once: somebody wrote, and what they wrote is answered.

        Where many write at the same time it is waited for: else those whose replies are worked
        out first would keep the others from seeing anything.
        """
        now = asyncio.get_running_loop().time()
        if self.is_busy(channel) or now - self._signed.get(channel, -_SIGN_S) < _SIGN_S:
            return
        self._signed[channel] = now
        while len(self._signed) > _KEPT:
            self._signed.popitem(last=False)
        task = asyncio.create_task(self._rest.sign(channel))
        self._signing.add(task)
        task.add_done_callback(self._signing.discard)
        if self._rest.signs > _MANY_SIGNS:
            await asyncio.wait({task}, timeout=_SIGN_WAIT_S)

    def busy(self, channel: str) -> None:
        """Show typing until the reply is there."""
        task = self._typing.pop(channel, None)
        if task is not None:
            task.cancel()
        self._typing[channel] = asyncio.create_task(self._type(channel))

    def idle(self, channel: str) -> None:
        """The reply is there."""
        self._signed.pop(channel, None)
        task = self._typing.pop(channel, None)
        if task is not None:
            task.cancel()

    def is_busy(self, channel: str) -> bool:
        """Whether typing is shown."""
        return channel in self._typing

    async def _type(self, channel: str) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LONGEST_S):
                shown = self._signed.get(channel)
                if shown is not None:
                    # It shows already.
                    now = asyncio.get_running_loop().time()
                    await asyncio.sleep(shown + self._typing_s - now)
                while True:
                    try:
                        await self._rest.typing(channel)
                    except Exception as error:  # typing that does not show harms nobody
                        _log.info("no typing: %s", type(error).__name__)
                        return
                    await asyncio.sleep(self._typing_s)

    async def close(self) -> None:
        """Stop all that runs."""
        tasks = [*self._typing.values(), *self._signing]
        tasks += [one.task for one in self._growing.values() if one.task is not None]
        self._typing.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
