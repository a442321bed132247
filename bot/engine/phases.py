"""The phase machine: what a phase needs, how long it may last, and what is missing.

A phase ends when its needed slots are filled with evidence, when its cap of countable turns is
reached, or when the user says "next". Only messages that mean something count: gibberish and
repetition move nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from personas.models import Phase, Slot

ORDER = (Phase.INTRODUCTION, Phase.DEEP_DIVE, Phase.ASSESSMENT, Phase.SYNTHESIS)


@dataclass(frozen=True, slots=True)
class Gate:
    """What a phase needs before it ends, what it would like, and its bounds in countable turns."""

    needs: tuple[Slot, ...]
    wants: tuple[Slot, ...]
    at_least: int
    cap: int


# WEIGH stands for the self-rating and the judging question of the assessment.
GATES: dict[Phase, Gate] = {
    Phase.INTRODUCTION: Gate((Slot.GOAL, Slot.WHY, Slot.AIM), (), 2, 3),
    Phase.DEEP_DIVE: Gate(
        (Slot.EXPERIENCE, Slot.OBSTACLE, Slot.STRENGTH), (Slot.VALUE, Slot.TRIED), 3, 5
    ),
    Phase.ASSESSMENT: Gate((Slot.WEIGH,), (Slot.RESOURCE,), 2, 4),
    Phase.SYNTHESIS: Gate((Slot.STEP, Slot.PLAN_B, Slot.HELPER, Slot.MEASURE), (), 0, 1_000_000),
}
MISSING: dict[Slot, str] = {
    Slot.GOAL: "what you want from this",
    Slot.WHY: "why it matters to you",
    Slot.AIM: "where you want to end up, as a job or a situation",
    Slot.EXPERIENCE: "one concrete time, and how it ended",
    Slot.OBSTACLE: "what stands in the way",
    Slot.STRENGTH: "what you already do well",
    Slot.VALUE: "what you won't give up",
    Slot.TRIED: "what you have tried",
    Slot.WEIGH: "your own judgement of where you stand",
    Slot.RESOURCE: "what you can already lean on",
    Slot.MEASURE: "the sign that it worked",
    Slot.STEP: "a first step with a day and a place",
    Slot.PLAN_B: "what you do when it gets hard",
    Slot.HELPER: "a person who can help",
}


def missing(phase: Phase, filled: Collection[Slot]) -> tuple[Slot, ...]:
    """The needed slots of the phase that hold no evidence yet, in asking order."""
    return tuple(slot for slot in GATES[phase].needs if slot not in filled)


def next_phase(phase: Phase) -> Phase:
    """The phase after this one; synthesis stays."""
    return ORDER[min(ORDER.index(phase) + 1, len(ORDER) - 1)]


def advance(phase: Phase, filled: Collection[Slot], turns: int, *, skip: bool = False) -> Phase:
    """The phase after a turn.

    Args:
        phase: the phase the turn was in.
        filled: slots that hold evidence, wherever in the talk it was said.
        turns: countable turns spent in this phase, this one included.
        skip: the user said "next".

    Returns:
        The same phase or the one after it; never further, so that no phase is passed unseen.
    """
    gate = GATES[phase]
    if phase is Phase.SYNTHESIS:
        return phase
    complete = not missing(phase, filled) and turns >= gate.at_least
    if skip or complete or turns >= gate.cap:
        return next_phase(phase)
    return phase


def progress(phase: Phase, filled: Collection[Slot], *, done: bool) -> float:
    """Progress in 0–1: a quarter a phase, within it by the needed slots that are filled."""
    if done:
        return 1.0
    needs = GATES[phase].needs
    part = sum(slot in filled for slot in needs) / len(needs)
    # The plan is shown only with the commitment, so the last phase stays under 1 until then.
    return min(0.98, (ORDER.index(phase) + part * 0.95) / len(ORDER))
