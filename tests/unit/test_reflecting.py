"""Words of the user are given back once, and not again before they have rested."""

from __future__ import annotations

import pytest

from bot.engine.brief import Reflection
from bot.engine.engine import Engine
from bot.engine.evidence import read
from bot.engine.reflecting import reflections
from bot.engine.sessions import state_of
from bot.engine.state import FRAME_REST
from tests.conftest import Talk
from tests.talking import row_of

SANDALS = "I bought two pairs of sandals"


def _given(text: str, avoid: set[str] | None = None) -> tuple[Reflection, ...]:
    return reflections(read(text), 1, avoid=avoid or set())


def _marks(text: str) -> set[str]:
    return {key for one in _given(text) for key in one.marks}


def test_a_clause_given_back_is_passed_over_for_another() -> None:
    rested = _marks(SANDALS)
    assert [one.you for one in _given(SANDALS)] == ["you bought two pairs of sandals"]
    assert _given(SANDALS, rested) == ()
    other = _given(f"{SANDALS}. The kitchen never stops shouting", rested)
    assert [one.quote for one in other] == ["The kitchen never stops shouting"]


@pytest.mark.parametrize(
    "again", [f"{SANDALS}!", f"and {SANDALS.lower()}", f"But {SANDALS}.", SANDALS.upper()]
)
def test_the_same_clause_is_known_in_another_dress(again: str) -> None:
    assert _given(again) != ()
    assert _given(again, _marks(SANDALS)) == ()


def test_the_other_side_of_a_but_rests_as_well() -> None:
    both = "I love the early market, but I hate the long drive home"
    (first,) = _given(both)
    assert first.other is not None
    rested = set(first.marks)
    assert _given("I love the early market", rested) == ()
    assert _given("I hate the long drive home", rested) == ()
    fresh = "I hate the long drive home, but I adore my old colleagues"
    assert all(one.other is None for one in _given(fresh, rested))


def test_a_clause_given_back_in_its_sentence_rests_by_itself_too() -> None:
    whole = "It was hot in Rome and I bought two pairs of sandals"
    assert [one.you for one in _given(whole)] == [
        "it was hot in Rome and you bought two pairs of sandals"
    ]
    assert _given(SANDALS, _marks(whole)) == ()


def test_a_sentence_is_not_given_back_whole_when_a_part_of_it_rests() -> None:
    made = _given(f"{SANDALS} and the kitchen never stops shouting", _marks(SANDALS))
    assert made
    assert not [one for one in made if "sandals" in f"{one.you} {one.echo} {one.other}"]


def test_a_long_sentence_that_is_two_is_given_back_in_two() -> None:
    joined = (
        "I met the boy at the gate each cold morning, "
        "and we counted all the eggs before he met anyone else"
    )
    assert [one.you for one in _given(joined)] == [
        "you met the boy at the gate each cold morning",
        "you counted all the eggs before he met anyone else",
    ]
    because = joined.replace("and we", "because we")
    assert len(_given(because)) == 1


GIVEN_BACK = "you bought two pairs of sandals"


async def _gives_back(talk: Talk, text: str) -> bool:
    return GIVEN_BACK in (await talk(text)).reply.text.lower()


async def test_a_clause_rests_through_a_long_talk(engine: Engine, talk: Talk) -> None:
    await talk.open("life_coach")
    assert await _gives_back(talk, SANDALS)
    # Two things to give back in each turn.
    for turn in range(2, FRAME_REST - 3):
        await talk(
            f"The foreman of hall {turn} shouted about the missing crates again today. "
            f"I carried {turn + 20} heavy boxes of tiles up to the roof alone."
        )
    assert not await _gives_back(talk, SANDALS)
    state = state_of(await row_of(engine, talk))
    resting = [key for key in state.frames if key in _marks(SANDALS)]
    assert [state.frames[key] for key in resting] == [1]
    state.turn = FRAME_REST + 2
    state.use_frame("any")
    assert [key for key in state.frames if key in _marks(SANDALS)] == []


async def test_the_next_coach_does_not_say_it_again(engine: Engine, talk: Talk) -> None:
    await talk.open("life_coach")
    assert await _gives_back(talk, SANDALS)
    before = state_of(await row_of(engine, talk))
    await talk("switch to Elena")
    state = state_of(await row_of(engine, talk))
    for key in _given(SANDALS)[0].marks:
        assert not state.may_use(key)
        assert state.frames[key] == before.frames[key] - before.turn
        state.turn = FRAME_REST + 1
        assert state.may_use(key)
    assert not await _gives_back(talk, f"And {SANDALS}")


@pytest.mark.parametrize(
    "text", ["yes that plan fits", "That works for me.", "ok, this sounds good", "it is fine"]
)
def test_what_agrees_with_the_coach_is_not_given_back(text: str) -> None:
    assert _given(text) == ()


@pytest.mark.parametrize("text", ["That works against me every time.", "The plan fell through."])
def test_what_only_begins_like_agreement_is_given_back(text: str) -> None:
    assert _given(text) != ()


def test_a_clause_may_end_in_her() -> None:
    (given,) = reflections(read("scared she thinks im using her"), 1)
    assert given.quote == "scared she thinks im using her"
