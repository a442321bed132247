from hypothesis import given
from hypothesis import strategies as st

from bot.engine.phases import GATES, ORDER, advance, progress
from personas.models import Phase, Slot

SLOTS = st.sets(st.sampled_from(list(Slot)))
STEPS = st.lists(st.tuples(SLOTS, st.booleans()), min_size=1, max_size=60)


@given(STEPS)
def test_phases_only_go_forward_one_at_a_time_and_nobody_is_stuck(
    steps: list[tuple[set[Slot], bool]],
) -> None:
    phase, turns, filled = Phase.INTRODUCTION, 0, set[Slot]()
    total = 0
    for new, skip in steps:
        turns, total = turns + 1, total + 1
        filled |= new
        after = advance(phase, filled, turns, skip=skip)
        assert ORDER.index(after) - ORDER.index(phase) in (0, 1)
        if after is not phase:
            phase, turns = after, 0
    if total >= sum(GATES[one].cap for one in ORDER[:3]):
        assert phase is Phase.SYNTHESIS


@given(st.sampled_from(list(Phase)), SLOTS, SLOTS)
def test_progress_never_falls_when_more_is_filled(
    phase: Phase, some: set[Slot], more: set[Slot]
) -> None:
    before = progress(phase, some, done=False)
    after = progress(phase, some | more, done=False)
    assert 0.0 <= before <= after < 1.0
