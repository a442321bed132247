"""Synthesis: gathers what the plan still lacks, asks for the commitment, shows the plan."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from bot.engine import asking
from bot.engine.brief import Answer, Ask, Brief, FeedbackPoint, Reflection
from bot.engine.calendar import date_in, names_moment
from bot.engine.evidence import SURE_OF_SITUATION, answer_span, short_quote
from bot.engine.intents import Intent
from bot.engine.numbers import scale_numbers
from bot.engine.phases import missing
from bot.engine.state import Evidence
from bot.engine.synthesis import make_plan, plan_text
from bot.engine.text import content_words, words
from bot.engine.turn import Turn
from bot.replies import Choice, Source
from personas import steering
from personas.models import Phase, Slot

# Product: under seven of ten the step is made smaller.
COMMIT_FROM = 7
_SMALLER_AT_MOST = 2
# The kind of the question what made a step work.
WENT_WELL = "went_well"
_TRIES_A_SLOT = 2
_AGREES = frozenset(("yes", "definitely", "absolutely", "totally", "yep", "certainly"))
# Told once: the plan was shown while the commitment was still open.
SHOWN = "plan"
# Told once: when the step is to be done was asked.
WHEN_ASKED = "when"


def whole_quote(turn: Turn, slot: Slot, least: int = 3) -> Evidence | None:
    """Evidence of the whole answer, cut to a quote's length; None when it says nothing.

    Args:
        least: words of content from which on it says something.
    """
    heard = turn.heard
    if len(content_words(heard.text)) < least:
        return None
    span = answer_span(heard.text, list(heard.clauses), slot)
    if span is None:
        return None
    return Evidence(quote=short_quote(span.text), message=heard.message, certainty=0.9)


def open_plan(turn: Turn, reflect: tuple[Reflection, ...], feedback: FeedbackPoint | None) -> Brief:
    """Enter synthesis: what we have in a sentence, and the first thing the plan lacks."""
    state = turn.state
    goal = state.evidence(Slot.GOAL)
    if goal is not None and feedback is None:
        turn.note(
            turn.phrase(
                "recap" if goal.certainty > SURE_OF_SITUATION else "recap_situation",
                goal=f"“{short_quote(goal.quote, 14)}”",
            ),
            Source("user", str(goal.message), goal.quote),
        )
    ask = _ask_next(turn)
    return turn.brief(reflect=reflect[:1], feedback=feedback, entered=Phase.SYNTHESIS, ask=ask)


def plan_on(turn: Turn, *, reflect: tuple[Reflection, ...]) -> Brief:
    """Go on in synthesis after a message."""
    state = turn.state
    state.phase_turns += 1
    pending = state.pending
    if pending is not None and pending.kind == "commit" and _promises(turn):
        return _commitment(turn)
    if pending is not None and pending.kind == WENT_WELL:
        # What made it work is told; nothing has to be dug out of that.
        state.pending = None
        return turn.brief(reflect=reflect, invite=True)
    if state.done or SHOWN in state.told_once:
        ask = asking.own_words(turn)
        return turn.brief(reflect=reflect, ask=ask, invite=ask is None)
    helped = _help_or_skip(turn)
    if helped is not None:
        return helped
    state.short = 0
    ask = _ask_when(turn) or _ask_next(turn)
    if ask.kind == "engine" and state.commitment is None:
        reflect = reflect[:1]
    return turn.brief(reflect=reflect[:1], ask=ask)


def _ask_when(turn: Turn) -> Ask | None:
    """Asked once, of a step just named without a moment: a plan that says when is kept more often.

    Source: Gollwitzer and Sheeran 2006, implementation intentions and goal achievement.
    """
    state, step = turn.state, turn.state.evidence(Slot.STEP)
    if step is None or step.message != turn.heard.message or WHEN_ASKED in state.told_once:
        return None
    if names_moment(turn.heard.text, turn.today, turn.state.language):
        return None
    state.told_once.append(WHEN_ASKED)
    return _line(turn, "when", turn.coach.lines.when, Slot.WHEN)


def _promises(turn: Turn) -> bool:
    """Whether the message is to be taken as an answer to the question how sure they are.

    Once the plan was shown without a number, only a number (or a yes) is; the talk goes on.
    """
    if SHOWN not in turn.state.told_once:
        return True
    return bool(_rated(turn)) or _agrees(turn)


def _rated(turn: Turn) -> list[int]:
    return scale_numbers(turn.heard.text, 0, 10, turn.state.language)


def _agrees(turn: Turn) -> bool:
    said = set(words(turn.heard.text))
    return bool(said & _AGREES) or steering.agrees(turn.heard.text, turn.state.language)


def _help_or_skip(turn: Turn) -> Brief | None:
    """Help once for a very short answer; a slot asked for often enough is let go."""
    from bot.engine.coaching import help_turn

    state = turn.state
    pending = state.pending
    if pending is None or pending.slot is None or pending.slot in state.filled:
        return None
    intent = turn.heard.understood.intent
    if intent in {Intent.SHORT, Intent.STUCK} and not turn.heard.chosen:
        helped = help_turn(turn)
        if helped is not None:
            return helped
    tries = state.probed.get(pending.slot.value, 0)
    if tries >= _TRIES_A_SLOT and pending.slot not in state.skipped:
        state.skipped = [*state.skipped, pending.slot]
    return None


def _ask_next(turn: Turn) -> Ask:
    """The next thing the plan needs, else how sure they are."""
    state = turn.state
    for slot in missing(Phase.SYNTHESIS, state.filled):
        if slot in state.skipped:
            continue
        ask = asking.from_bank(turn, [slot])
        if ask is not None:
            state.probed[slot.value] = state.probed.get(slot.value, 0) + 1
            return ask
    return _commit_question(turn)


def _commit_question(turn: Turn) -> Ask:
    state = turn.state
    step = state.evidence(Slot.STEP)
    named = f"“{short_quote(step.quote, 16)}”" if step else "the first step in your plan"
    text = f"From 0 to 10, how sure are you that you will do it: {named}?"
    turn.note("", Source("score", "commitment", "0 to 10"))
    if step:
        turn.note("", Source("user", str(step.message), step.quote))
    else:
        exercise = proposed_step(turn)
        turn.note(f"From my playbook, as a first step to try: {exercise[0]}", *exercise[1])
    choices = tuple(Choice(str(n), str(n)) for n in range(11))
    return asking.engine_question(
        turn, f"commit:{state.turn}", text, None, "commit", choices=choices
    )


def proposed_step(turn: Turn) -> tuple[str, tuple[Source, ...]]:
    """An exercise of the card that fits the goal best, for people who name no step."""
    from bot.engine.synthesis import best_card

    card = best_card(turn.coach.key, turn.state, turn.catalogue, turn.meaning)
    return card.exercise, (Source("card", f"{card.coach}/{card.key}", card.exercise),)


def _commitment(turn: Turn) -> Brief:
    state, heard = turn.state, turn.heard
    numbers = _rated(turn)
    agreed = _agrees(turn)
    asked_before = state.probed.get("commit", 0)
    if not numbers and not agreed and asked_before < 1:
        state.probed["commit"] = asked_before + 1
        return turn.brief(ask=_commit_question(turn))
    if not numbers and not agreed:
        state.told_once.append(SHOWN)
        # No number, no promise: the plan is shown, and the question stays open.
        return show_plan(turn)
    value = numbers[-1] if numbers else None
    source = Source("user", str(heard.message), heard.text[:120])
    scale = Source("score", "commitment", "0 to 10, ten out of ten; seven or more stands")
    if (
        value is not None
        and value < COMMIT_FROM
        and state.probed.get("smaller", 0) < _SMALLER_AT_MOST
    ):
        smaller = _smaller(turn)
        if smaller is not None:
            turn.note(turn.phrase("commit_low"), source, scale)
            return turn.brief(ask=smaller)
    if value is not None and value >= COMMIT_FROM:
        turn.note(turn.phrase("commit_high", value=str(value)), source, scale)
    state.commitment = value if value is not None else COMMIT_FROM
    state.pending = None
    return show_plan(turn)


def _smaller(turn: Turn) -> Ask | None:
    ask = _line(turn, "smaller", turn.coach.lines.smaller, Slot.STEP)
    if ask is not None:
        turn.state.probed["smaller"] = turn.state.probed.get("smaller", 0) + 1
    return ask


def _line(turn: Turn, kind: str, lines: Sequence[str], slot: Slot) -> Ask | None:
    """A question of the coach's own about a step that was not asked yet."""
    found = asking.unasked(turn, kind, lines)
    if found is None:
        return None
    key, text = found
    name = key.removeprefix(f"{turn.coach.key}:")
    return asking.engine_question(turn, name, text, slot, kind)


def check_in_day(turn: Turn) -> date:
    """The day after the step is due, a week from today when it has no day."""
    spoken = turn.state.language
    said = [one for slot in (Slot.STEP, Slot.WHEN) if (one := turn.state.evidence(slot))]
    due = next((day for one in said if (day := date_in(one.quote, turn.today, spoken))), None)
    return (due or turn.today + timedelta(days=6)) + timedelta(days=1)


def show_plan(turn: Turn) -> Brief:
    """The plan with its twelve items; the session is done."""
    state = turn.state
    state.check_in = check_in_day(turn).isoformat()
    state.done = turn.committed = state.commitment is not None
    plan = make_plan(turn.coach, state, turn.catalogue, turn.meaning, turn.today)
    text, sources = plan_text(plan)
    answer = Answer(text=text, sources=sources, known=False)
    return turn.brief(answer=answer, plan=plan, closing=state.done)
