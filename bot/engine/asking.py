"""Chooses the one question of a reply; none is put twice in a person's life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from bot.engine.brief import Ask
from bot.engine.evidence import short_quote
from bot.engine.phases import GATES, missing
from bot.engine.reflecting import fingerprint
from bot.engine.state import Pending
from bot.engine.text import content_words
from bot.engine.turn import Turn
from personas.models import Gap, Phase, Slot

PROBES_AT_MOST = 2
_QUOTE_WORDS = 9
# After the needed and wanted slots, what each phase still likes to hear.
_MORE: dict[Phase, tuple[Slot, ...]] = {
    Phase.INTRODUCTION: (Slot.AIM, Slot.WHY, Slot.GOAL),
    Phase.DEEP_DIVE: (Slot.VALUE, Slot.TRIED, Slot.EXPERIENCE, Slot.STRENGTH, Slot.OBSTACLE),
    Phase.ASSESSMENT: (Slot.WEIGH, Slot.RESOURCE),
    Phase.SYNTHESIS: (Slot.STEP, Slot.PLAN_B, Slot.HELPER, Slot.MEASURE),
}


def own_words_keys(coach: str, count: int, text: str) -> list[str]:
    """The keys under which questions about these very words would have been asked."""
    mark = fingerprint(last_words(text))
    return [f"own:{coach}:{number}:{mark}" for number in range(count)]


def last_words(text: str) -> str:
    """A short exact piece of the message to ask about: its last telling sentence's beginning."""
    from bot.engine.text import sentences

    told = [span.text for span in sentences(text) if len(content_words(span.text)) >= 2]
    statements = [piece for piece in told if not piece.rstrip().endswith("?")] or told
    return short_quote(statements[-1], _QUOTE_WORDS).rstrip(" .!?…") if statements else ""


def from_bank(turn: Turn, slots: Iterable[Slot]) -> Ask | None:
    """The next unasked question of the coach's bank for the first slot that has one."""
    for slot in slots:
        open_questions = [
            question
            for question in turn.coach.questions
            if question.slot is slot
            and f"{turn.coach.key}:q:{question.key}" not in turn.asked
            and f"{turn.coach.key}:q:{question.key}" not in turn.asking
        ]
        if open_questions:
            question = open_questions[turn.seed % len(open_questions)]
            key = f"{turn.coach.key}:q:{question.key}"
            turn.asking.append(key)
            turn.state.pending = Pending(
                key=key,
                kind="bank",
                slot=slot,
                text=question.text,
                options=[option.rstrip(".") for option in question.options],
            )
            return Ask(key=key, kind="bank", text=question.text, bank=question)
    return None


def for_phase(turn: Turn) -> Ask | None:
    """A question of the session's phase: what is needed, then wanted, then more of it."""
    phase = turn.state.phase
    filled = turn.state.filled
    skipped = turn.state.skipped
    needed = [slot for slot in missing(phase, filled) if slot not in skipped]
    wanted = [slot for slot in GATES[phase].wants if slot not in filled and slot not in skipped]
    more = [slot for slot in _MORE[phase] if slot not in skipped]
    return from_bank(turn, [*needed, *wanted, *more])


def unasked(turn: Turn, name: str, lines: Sequence[str]) -> tuple[str, str] | None:
    """Key and text of a question of the coach's that was not put yet; from now on it was."""
    for step in range(len(lines)):
        number = (turn.seed + step) % len(lines)
        key = f"{turn.coach.key}:{name}:{number}"
        if key not in turn.asked and key not in turn.asking:
            turn.asking.append(key)
            return key, lines[number]
    return None


def probe(turn: Turn, gap: Gap) -> Ask | None:
    """A follow-up question for the one thing the answer lacks most; keeps the slot asked for."""
    lines = getattr(turn.coach.probes, gap)
    quote = last_words(turn.heard.text)
    for step in range(len(lines)):
        number = (turn.seed + step) % len(lines)
        key = f"{turn.coach.key}:probe:{gap}:{number}"
        if key in turn.asked or ("{quote}" in lines[number] and not quote):
            continue
        turn.asking.append(key)
        return further(turn, key, lines[number].replace("{quote}", f"“{quote}”"), "probe")
    return None


def further(turn: Turn, key: str, text: str, kind: Literal["probe", "ask_back"]) -> Ask:
    """Ask on: the answer is heard as one to what was being talked about."""
    before = turn.state.pending
    slot = before.slot if before else None
    turn.state.pending = Pending(key=key, kind=kind, slot=slot, text=text)
    return Ask(key=key, kind="probe" if kind == "probe" else "bank", text=text)


def own_words(turn: Turn) -> Ask | None:
    """A question about the user's own last words, for when the bank is used up."""
    quote = last_words(turn.heard.text)
    if not quote:
        return None
    lines = turn.coach.lines.own_words
    keys = own_words_keys(turn.coach.key, len(lines), turn.heard.text)
    for step in range(len(lines)):
        number = (turn.seed + step) % len(lines)
        frame = f"own_words.{number}"
        if keys[number] in turn.asked or not turn.state.may_use(frame):
            continue
        turn.asking.append(keys[number])
        turn.state.use_frame(frame)
        text = lines[number].replace("{quote}", f"“{quote}”")
        turn.state.pending = Pending(key=keys[number], kind="own_words", slot=None, text=text)
        return Ask(key=keys[number], kind="own_words", text=text)
    return None


def next_question(turn: Turn) -> Ask | None:
    """The next question, wherever it comes from; None when the coach should invite instead."""
    return for_phase(turn) or own_words(turn)


def again(pending: Pending) -> Ask:
    """The pending question once more, on request."""
    return Ask(key=pending.key, kind="engine", text=pending.text)


def engine_question(
    turn: Turn, name: str, text: str, slot: Slot | None, kind: str, **more: object
) -> Ask:
    """A question the engine makes up from the user's material (scales, commitment)."""
    key = f"{turn.coach.key}:{name}"
    turn.state.pending = Pending(key=key, kind=kind, slot=slot, text=text)
    return Ask(key=key, kind="engine", text=text, **more)  # pyright: ignore[reportArgumentType]
