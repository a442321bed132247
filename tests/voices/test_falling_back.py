"""Asking again, the next model, and giving up in time: with models made of scripts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest

from bot.voices import falling_back
from bot.voices.breaker import Breaker
from bot.voices.calling import Kind, Limits, ModelError, Prompt, Receipt
from bot.voices.falling_back import Again, Call, FallingBack
from bot.voices.prices import Price, read_prices

PROMPT = Prompt("stable", "volatile", "message")
Step = Sequence[str | ModelError]


@dataclass
class Scripted:
    """A model that does, call by call, what its script says; the last step repeats."""

    spec: str
    steps: list[Step]
    calls: int = 0
    closed: int = 0
    tokens: tuple[int, int] | None = (100, 20)

    @property
    def provider(self) -> str:
        return self.spec.partition(":")[0]

    async def stream(self, prompt: Prompt, receipt: Receipt) -> AsyncGenerator[str]:
        step = self.steps[min(self.calls, len(self.steps) - 1)]
        self.calls += 1
        try:
            for piece in step:
                if isinstance(piece, ModelError):
                    raise piece
                receipt.written += len(piece)
                yield piece
            if self.tokens:
                receipt.tokens_in, receipt.tokens_out = self.tokens
        finally:
            self.closed += 1


@dataclass
class Pauses:
    """Stands in for the waiting between two tries."""

    slept: list[float] = field(default_factory=list[float])

    async def ticks(self, seconds: float) -> AsyncGenerator[None]:
        self.slept.append(seconds)
        yield


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> Pauses:
    made = Pauses()
    monkeypatch.setattr(falling_back, "_ticks", made.ticks)
    return made


def chain(*models: Scripted, tries: int = 3, limits: Limits | None = None) -> FallingBack:
    return FallingBack(models, limits or Limits(), tries, {}, jitter=lambda: 1.0)


async def answer(models: FallingBack, *, shown: bool = False) -> tuple[str, Call]:
    """The answer that counts in the end."""
    call, told = Call(), list[str]()
    async for piece in models.ask(PROMPT, call, lambda: shown and bool(told)):
        if isinstance(piece, Again):
            told.clear()
        else:
            told.append(piece)
    return "".join(told), call


def failed(kind: Kind, after: float | None = None) -> list[ModelError]:
    return [ModelError(kind, after=after)]


async def test_a_busy_provider_is_asked_again_when_it_said(pauses: Pauses) -> None:
    model = Scripted("openai:a", [failed("busy", after=7.0), ["hel", "lo"]])
    told, call = await answer(chain(model))
    assert (told, call.done) == ("hello", True)
    assert pauses.slept == [7.0]
    (spent,) = call.spent
    assert (spent.attempts, spent.outcome, spent.tokens_in) == (2, "done", 100)


async def test_pauses_grow(pauses: Pauses) -> None:
    model = Scripted("openai:a", [failed("server")])
    _, call = await answer(chain(model, tries=3))
    assert not call.done
    assert model.calls == 3
    assert pauses.slept == [0.5, 1.0]


@pytest.mark.parametrize("after", [16.0, 600.0])
async def test_nobody_waits_longer_than_for_a_first_token(pauses: Pauses, after: float) -> None:
    first = Scripted("openai:a", [failed("busy", after=after)])
    second = Scripted("other:b", [["hello"]])
    told, call = await answer(chain(first, second))
    assert (told, call.done, first.calls) == ("hello", True, 1)
    assert pauses.slept == []
    assert [one.outcome for one in call.spent] == ["busy", "done"]


@pytest.mark.parametrize("kind", ["refused", "broken", "empty", "slow"])
async def test_what_will_fail_again_is_not_tried_again(pauses: Pauses, kind: Kind) -> None:
    first = Scripted("openai:a", [failed(kind)])
    second = Scripted("other:b", [["hello"]])
    told, _ = await answer(chain(first, second))
    assert told == "hello"
    assert first.calls == 1


async def test_half_an_answer_that_nobody_saw_gives_way_to_a_whole_one(pauses: Pauses) -> None:
    model = Scripted("openai:a", [["half an ans", ModelError("cut")], ["whole"]])
    told, call = await answer(chain(model))
    assert (told, call.done) == ("whole", True)


async def test_half_an_answer_that_was_shown_stays(pauses: Pauses) -> None:
    model = Scripted("openai:a", [["half an answer.", ModelError("cut")], ["whole"]])
    other = Scripted("other:b", [["other"]])
    told, call = await answer(chain(model, other), shown=True)
    assert told == "half an answer."
    assert not call.done
    assert (model.calls, other.calls) == (1, 0)
    (spent,) = call.spent
    assert spent.estimated
    assert spent.tokens_out == len("half an answer.") // 4


async def test_a_provider_that_failed_three_times_is_left_alone(pauses: Pauses) -> None:
    first = Scripted("openai:a", [failed("unreachable")])
    second = Scripted("other:b", [["hello"]])
    models = chain(first, second, tries=3)
    await answer(models)
    assert first.calls == 3
    told, call = await answer(models)
    assert (told, first.calls) == ("hello", 3)
    assert [one.model for one in call.spent] == ["other:b"]


async def test_leaving_ends_the_call_and_books_it(pauses: Pauses) -> None:
    model = Scripted("openai:a", [["one ", "two"]])
    call = Call()
    pieces = chain(model).ask(PROMPT, call, lambda: False)
    assert await anext(pieces) == "one "
    await pieces.aclose()
    assert model.closed == 1
    assert [one.outcome for one in call.spent] == ["stopped"]


async def test_the_whole_asking_has_an_end(pauses: Pauses) -> None:
    model = Scripted("openai:a", [failed("server")])
    _, call = await answer(chain(model, tries=9, limits=Limits(first=99.0, total=0.7)))
    assert not call.done
    # Half a second is left for one more try, a whole one is not.
    assert model.calls == 2


async def test_cost_is_known_where_the_price_is() -> None:
    price = Price(input=2.0, output=8.0, source="https://example.org", checked="2026-01-01")  # pyright: ignore[reportArgumentType]
    model = Scripted("openai:a", [["hi"]])
    call = Call()
    asked = FallingBack([model], Limits(), 1, {"openai:a": price})
    assert [one async for one in asked.ask(PROMPT, call, lambda: False)] == ["hi"]
    assert call.spent[0].cost == pytest.approx((100 * 2 + 20 * 8) / 1e6)


def test_a_breaker_lets_one_try_for_all() -> None:
    clock = [0.0]
    breaker = Breaker(failures=2, rest=10.0, clock=lambda: clock[0])
    breaker.failed()
    assert breaker.admits()
    breaker.failed()
    assert breaker.open
    assert not breaker.admits()
    clock[0] = 10.0
    assert breaker.admits()
    assert not breaker.admits(), "the others wait for the one that tries"
    breaker.succeeded()
    assert breaker.admits()
    assert not breaker.open


def test_the_shipped_prices_say_where_they_come_from() -> None:
    prices = read_prices()
    assert prices
    for spec, price in prices.items():
        assert ":" in spec
        assert price.source.startswith("https://")
        assert price.of(1_000_000, 0, 0) == price.input
        assert price.of(0, 1_000_000, 0) == price.output


async def test_ticks_come_while_waiting() -> None:
    ticked = [None async for _ in falling_back._ticks(0.05)]  # pyright: ignore[reportPrivateUsage]
    assert len(ticked) >= 1
    await asyncio.sleep(0)
