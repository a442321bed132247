"""The assessment: self-rating of the coach's five metrics first, the coach's view after, feedback.

One step up from the lowest rating is asked for (a scaling question of solution-focused coaching);
the coach's rating is the anchor nearest to something the person said, with the quote, or none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.engine import asking
from bot.engine.brief import Ask, Brief, FeedbackPoint, Reflection
from bot.engine.cues import kinds_of
from bot.engine.meaning import Meaning
from bot.engine.numbers import scale_numbers
from bot.engine.retell import retell
from bot.engine.state import Evidence, SessionState
from bot.engine.text import words
from bot.engine.turn import Turn
from bot.lazily import lazy
from bot.replies import Source
from personas.models import Metric, Phase, Slot

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")

# An anchor must be this near to something said before the coach rates by it.
_ANCHOR_NEAR = 0.58
_A_WISH = 0.7
_VIEWS_AT_MOST = 2
# One number in so many words counts something else: three shifts, two years.
_ANSWER_WORDS = 9
GoOn = Callable[[Turn], Brief]
MoveOn = Callable[..., Brief]


def open_assessment(turn: Turn, reflect: tuple[Reflection, ...]) -> Brief:
    """Enter the assessment with the five metrics to rate."""
    metrics = turn.coach.metrics
    listing = "\n".join(f"{n}. {metric.name}" for n, metric in enumerate(metrics, start=1))
    ask = _scale_question(turn, metrics)
    return turn.brief(
        reflect=reflect[:1],
        entered=Phase.ASSESSMENT,
        block=(f"\n{listing}\n", tuple(_metric_sources(turn, metrics))),
        ask=ask,
    )


def _scale_question(turn: Turn, metrics: list[Metric]) -> Ask:
    scale = "From 1 (not yet) to 5 (I can rely on it)"
    text = f"{scale}, which numbers would you give yourself, in this order?"
    if len(metrics) == 1:
        text = f"{scale}, where do you see yourself on {metrics[0].name.lower()}?"
    turn.state.scale = ",".join(metric.key for metric in metrics)
    return asking.engine_question(turn, "scale", text, Slot.WEIGH, "scale")


def _metric_sources(turn: Turn, metrics: list[Metric]) -> list[Source]:
    scale = Source("score", "scale", "1 to 5")
    return [scale, *(Source("card", f"{turn.coach.key}#{m.key}", m.name) for m in metrics)]


def rated(turn: Turn, go_on: GoOn) -> Brief:
    """The user answered a rating or scaling question."""
    state = turn.state
    pending = state.pending
    assert pending is not None
    if pending.kind == "scaling":
        return go_on(turn)
    asked = [key for key in (state.scale or "").split(",") if key]
    numbers = scale_numbers(turn.heard.text, 1, 5, state.language)
    wordy = len(words(turn.heard.text)) > _ANSWER_WORDS
    if not numbers or (wordy and len(numbers) < len(asked)):
        # Words instead of numbers are a judgement too; no second push for figures.
        return go_on(turn)
    if len(numbers) == 1 and any(
        word in turn.heard.text.lower().split() for word in ("all", "each", "everything", "every")
    ):
        numbers = numbers * len(asked)
    for key, value in zip(asked, numbers, strict=False):
        state.ratings[key] = value
    _weigh_by_rating(turn)
    state.phase_turns += 1
    rest = asked[len(numbers) :]
    if rest and "rest_of_scale" not in state.told_once:
        state.told_once.append("rest_of_scale")
        return _ask_rest(turn, asked, numbers, rest)
    return _scaling_question(turn)


def _weigh_by_rating(turn: Turn) -> None:
    state = turn.state
    wrong = state.slots.get(Slot.WEIGH, [])
    state.slots[Slot.WEIGH] = [item for item in wrong if item.message != turn.heard.message]
    state.add(
        Slot.WEIGH,
        Evidence(quote=turn.heard.text[:120].strip(), message=turn.heard.message, certainty=0.5),
    )


def _ask_rest(turn: Turn, asked: list[str], numbers: list[int], rest: list[str]) -> Brief:
    by_key = {metric.key: metric for metric in turn.coach.metrics}
    first = by_key[asked[0]]
    turn.note(
        turn.phrase("rated_one", value=str(numbers[0]), metric=first.name),
        Source("user", str(turn.heard.message), turn.heard.text[:120]),
        Source("card", f"{turn.coach.key}#{first.key}", first.name),
    )
    listing = "\n".join(f"{n}. {by_key[key].name}" for n, key in enumerate(rest, start=1))
    turn.state.scale = ",".join(rest)
    text = "And the others, from 1 to 5, in this order?"
    ask = asking.engine_question(turn, "scale_rest", text, Slot.WEIGH, "scale")
    metrics = [by_key[key] for key in rest]
    return turn.brief(block=(f"\n{listing}\n", tuple(_metric_sources(turn, metrics))), ask=ask)


def _scaling_question(turn: Turn) -> Brief:
    state = turn.state
    by_key = {metric.key: metric for metric in turn.coach.metrics}
    key = min(state.ratings, key=lambda one: (state.ratings[one], list(by_key).index(one)))
    metric, level = by_key[key], state.ratings[key]
    _note_view(turn)
    up = min(level, 4)
    anchor = metric.anchors[up].rstrip(".")
    step_up = retell(anchor) or anchor[:1].lower() + anchor[1:]
    text = (
        f"You put {metric.name.lower()} at {level}; one step up, {step_up}. "
        "What would be different on a day like that?"
    )
    ask = asking.engine_question(turn, f"scaling:{key}", text, Slot.WEIGH, "scaling")
    sources = (
        Source("user", str(turn.heard.message), turn.heard.text[:120]),
        Source("card", f"{turn.coach.key}#{metric.key}", metric.anchors[up]),
        Source("score", metric.key, str(level)),
    )
    return turn.brief(ask=ask, block=("", sources))


def _note_view(turn: Turn) -> None:
    views = coach_views(turn)
    if not views:
        turn.note(turn.phrase("coach_no_view"))
        return
    told: list[str] = []
    sources: list[Source] = []
    for metric, level, evidence in views:
        turn.state.coach_ratings[metric.key] = level
        told.append(f"{metric.name.lower()} {level}, because you said “{evidence.quote}”")
        sources += [
            Source("user", str(evidence.message), evidence.quote),
            Source("score", metric.key, str(level)),
        ]
    turn.note(turn.phrase("coach_view", list="; ".join(told)), *sources)


def coach_views(turn: Turn) -> list[tuple[Metric, int, Evidence]]:
    """The coach's own ratings: (metric, level 1-5, the quote it rests on), at most two."""
    said = _all_evidence(turn.state)
    if not said:
        return []
    rows = turn.meaning.encode([item.quote for item in said])
    views: list[tuple[float, Metric, int, Evidence]] = []
    for metric in turn.coach.metrics:
        cosines = rows @ _anchors(turn.meaning, metric).T
        place, level = np.unravel_index(int(np.argmax(cosines)), cosines.shape)
        near = float(cosines[place, level])
        if near >= _ANCHOR_NEAR:
            views.append((near, metric, int(level) + 1, said[int(place)]))
    views.sort(key=lambda view: -view[0])
    return [(metric, level, evidence) for _, metric, level, evidence in views[:_VIEWS_AT_MOST]]


def _anchors(meaning: Meaning, metric: Metric):
    return meaning.encode(list(metric.anchors))


def _all_evidence(state: SessionState) -> list[Evidence]:
    # What somebody wants, or why, says nothing of where they stand.
    skip = {Slot.WEIGH, Slot.GOAL, Slot.AIM, Slot.WHY, Slot.STEP, Slot.MEASURE}
    return [
        item
        for slot, kept in state.slots.items()
        if slot not in skip
        for item in kept
        if not item.chosen and kinds_of(item.quote).get("wish", 0.0) < _A_WISH
    ]


def weigh_up(turn: Turn, reflect: tuple[Reflection, ...], move_on: MoveOn) -> Brief:
    """Feedback once (one strength, quoted; one gap), then the judging question or the plan."""
    state = turn.state
    feedback = None
    if "feedback" not in state.told_once:
        feedback = feedback_on(turn)
        if feedback is not None:
            state.told_once.append("feedback")
            return move_on(turn, reflect[:1], feedback=feedback)
    return move_on(turn, reflect)


def feedback_on(turn: Turn) -> FeedbackPoint | None:
    """One strength of what the user told, quoted, and one gap; None before anything is told."""
    state = turn.state
    told = next((one for one in reversed(state.experiences) if one.shown), None)
    shown = told.shown if told else state.evidence(Slot.STRENGTH)
    if shown is None:
        return None
    gap = None
    if told is not None:
        gap = (
            "outcome" if told.result is None else ("specificity" if told.context is None else None)
        )
    return FeedbackPoint(strength=shown.quote, message=shown.message, gap=gap)
