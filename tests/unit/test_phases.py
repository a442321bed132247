from bot.engine.phases import GATES, advance, missing, progress
from personas.models import Phase, Slot

INTRO = {Slot.GOAL, Slot.WHY, Slot.AIM}


def test_the_gate_opens_when_the_slots_are_filled_and_not_before_its_least() -> None:
    assert advance(Phase.INTRODUCTION, INTRO, 1) is Phase.INTRODUCTION
    assert advance(Phase.INTRODUCTION, INTRO, 2) is Phase.DEEP_DIVE


def test_the_cap_opens_it_with_nothing_filled() -> None:
    cap = GATES[Phase.INTRODUCTION].cap
    assert advance(Phase.INTRODUCTION, (), cap - 1) is Phase.INTRODUCTION
    assert advance(Phase.INTRODUCTION, (), cap) is Phase.DEEP_DIVE


def test_next_opens_it_at_once_and_one_phase_only() -> None:
    assert advance(Phase.DEEP_DIVE, (), 0, skip=True) is Phase.ASSESSMENT


def test_synthesis_is_the_last() -> None:
    assert advance(Phase.SYNTHESIS, set(Slot), 99, skip=True) is Phase.SYNTHESIS


def test_missing_comes_in_asking_order() -> None:
    assert missing(Phase.INTRODUCTION, {Slot.WHY}) == (Slot.GOAL, Slot.AIM)


def test_any_user_reaches_synthesis_within_fourteen_turns_by_the_caps_alone() -> None:
    assert sum(GATES[phase].cap for phase in list(Phase)[:3]) <= 13


def test_progress_is_one_only_when_done() -> None:
    assert progress(Phase.SYNTHESIS, set(Slot), done=False) < 1.0
    assert progress(Phase.SYNTHESIS, (), done=True) == 1.0
