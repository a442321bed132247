"""Asks models for one reply: again where that may help, then the next one in order.

The provider's wish to wait (Retry-After) is kept, as far as somebody who waits for a reply can be
asked to. Once words of an answer were shown no other answer can take its place.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from bot.engine.brief import Spent
from bot.voices.breaker import Breaker
from bot.voices.calling import TICK_S, Limits, Model, ModelError, Prompt, Receipt, about_tokens
from bot.voices.prices import Prices

_log = logging.getLogger(__name__)
_FIRST_PAUSE_S: Final = 0.5
# What the provider is to blame for; a prompt it refuses says nothing about the next one.
_ITS_FAULT: Final = frozenset(("unreachable", "busy", "server", "slow", "cut"))


class Again:
    """Another answer begins; what came so far is void."""


AGAIN: Final = Again()


@dataclass(slots=True)
class Call:
    """What became of the asking.

    Attributes:
        done: whether an answer came to its end.
        spent: one entry for each model that was asked.
    """

    done: bool = False
    spent: list[Spent] = field(default_factory=list[Spent])


@dataclass(slots=True)
class _Tries:
    """The tries at one model."""

    model: Model
    count: int = 0
    outcome: str = "stopped"
    last: Receipt = field(default_factory=Receipt)
    tokens_in: int = 0
    tokens_out: int = 0
    cached: int = 0
    estimated: bool = False

    def add(self, prompt: Prompt) -> None:
        """Count what the last try took."""
        receipt = self.last
        # No prompt has no tokens: some count the answer alone, at the end of a stream.
        if not receipt.tokens_in and receipt.written:
            self.estimated = True
            self.tokens_in += about_tokens([prompt.text])
            if not receipt.tokens_out:
                self.tokens_out += max(1, receipt.written // 4)
        self.tokens_in += receipt.tokens_in or 0
        self.tokens_out += receipt.tokens_out or 0
        self.cached += receipt.tokens_cached or 0

    def spent(self, prices: Prices) -> Spent:
        """As it is booked."""
        price = prices.get(self.model.spec)
        counted = bool(self.tokens_in or self.tokens_out)
        known = price is not None and counted
        return Spent(
            model=self.model.spec,
            attempts=self.count,
            outcome=self.outcome,
            tokens_in=self.tokens_in if counted else None,
            tokens_out=self.tokens_out if counted else None,
            tokens_cached=self.cached if counted else None,
            estimated=self.estimated,
            cost=price.of(self.tokens_in, self.tokens_out, self.cached)
            if price and known
            else None,
            first_token_ms=None if self.last.first is None else round(self.last.first * 1000),
            total_ms=round(self.last.total * 1000),
        )


class FallingBack:
    """The models of a program, in the order in which they are asked.

    Args:
        tries: at one model for one reply.
        jitter: a factor for each pause, so that many who failed together do not come back together.
    """

    def __init__(
        self,
        models: Sequence[Model],
        limits: Limits,
        tries: int,
        prices: Prices,
        *,
        jitter: Callable[[], float] = lambda: random.uniform(0.5, 1.5),
    ) -> None:
        self.models = tuple(models)
        self._limits = limits
        self._tries = tries
        self._prices = prices
        self._jitter = jitter
        self._breakers = {model.provider: Breaker() for model in models}

    async def ask(
        self, prompt: Prompt, call: Call, shown: Callable[[], bool]
    ) -> AsyncGenerator[str | Again]:
        """Yield an answer as it comes; AGAIN where another one begins, "" while nothing comes.

        Never raises for a failing model: ``call.done`` tells whether the answer is whole.

        Args:
            shown: whether words of this reply were shown, so that it can't begin anew.
        """
        until = time.monotonic() + self._limits.total
        # As it stands before this reply: what one model does to it is no matter to the next one's
        # first try.
        admitted: dict[str, bool] = {}
        for model in self.models:
            if model.provider not in admitted:
                admitted[model.provider] = self._breakers[model.provider].admits()
            if not admitted[model.provider]:
                continue
            tries = _Tries(model)
            try:
                async with aclosing(self._ask_one(tries, prompt, call, shown, until)) as pieces:
                    async for piece in pieces:
                        yield piece
            finally:
                if tries.count:
                    call.spent.append(tries.spent(self._prices))
            if call.done or shown():
                return

    async def _ask_one(
        self,
        tries: _Tries,
        prompt: Prompt,
        call: Call,
        shown: Callable[[], bool],
        until: float,
    ) -> AsyncGenerator[str | Again]:
        breaker = self._breakers[tries.model.provider]
        while tries.count < self._tries and (tries.count == 0 or breaker.admits()):
            tries.count += 1
            tries.last = Receipt()
            try:
                async with aclosing(tries.model.stream(prompt, tries.last)) as pieces:
                    async for piece in pieces:
                        yield piece
                tries.outcome, call.done = "done", True
                breaker.succeeded()
                return
            except ModelError as error:
                failed = error
            finally:
                tries.add(prompt)
            tries.outcome = failed.kind
            _log.warning("%s: %s (try %d)", tries.model.spec, failed, tries.count)
            if failed.kind in _ITS_FAULT:
                breaker.failed()
            if shown():
                return
            yield AGAIN
            pause = self._pause(failed, tries.count)
            if not failed.again or tries.count >= self._tries or pause is None:
                return
            if time.monotonic() + pause > until:
                return
            async for _ in _ticks(pause):
                yield ""

    def _pause(self, failed: ModelError, tries: int) -> float | None:
        """Seconds before the next try; None where it is longer than anybody should wait."""
        own = _FIRST_PAUSE_S * 2 ** (tries - 1) * self._jitter()
        pause = own if failed.after is None else max(failed.after, own * 0.1)
        return pause if pause <= self._limits.first else None


async def _ticks(seconds: float) -> AsyncGenerator[None]:
    """Wait, with a sign of life now and then."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(left, TICK_S))
        yield
