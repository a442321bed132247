"""Finds in a message what fills the slots: exact quotes, with how sure we are.

A clause counts for a slot when it answers the question that was asked, or when the words around it
tell (``cues``). What was asked weighs more; what is said wherever in the talk still counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import islice

from bot.engine.cues import PEOPLE, Kind, kinds_of
from bot.engine.fitting import fits
from bot.engine.state import Evidence
from bot.engine.text import Span, clauses, content_words, sentences, trimmed, words
from personas.models import Slot

QUOTE_WORDS = 26
# Maps texts to how near they are to the question that was asked, -1 to 1.
Nearness = Callable[[list[str]], list[float]]
_SURE_BY_ANSWER = 0.9
# What happens to somebody is heard as their goal until they say what they want.
SURE_OF_SITUATION = 0.6
_WANTED = ("wish", "aim")
_TELLS_WHAT_IS = re.compile(
    r"(?:so |well |honestly |ok |okay |and |but )*(?:i|i'm|i've|i'd|im|ive|id|its|it's|my|we|our"
    r"|he|she|they|it|there|the|this|that|last|at|in|on|when|since|after|nobody|everybody"
    r"|everyone) ",
    re.I,
)
_ENOUGH_BY_CUE = 0.7
_BY_CUE: tuple[tuple[Slot, Kind], ...] = (
    (Slot.GOAL, "wish"),
    (Slot.WHY, "reason"),
    (Slot.AIM, "aim"),
    (Slot.OBSTACLE, "obstacle"),
    (Slot.STRENGTH, "strength"),
    (Slot.VALUE, "value"),
    (Slot.TRIED, "tried"),
    (Slot.HELPER, "helper"),
    (Slot.STEP, "step"),
    (Slot.PLAN_B, "if_then"),
)
_PREFERRED: dict[Slot, tuple[Kind, ...]] = {
    Slot.GOAL: ("wish", "aim"),
    Slot.WHY: ("reason", "value", "feeling"),
    Slot.AIM: ("aim", "wish"),
    Slot.OBSTACLE: ("obstacle", "feeling"),
    Slot.STRENGTH: ("strength",),
    Slot.VALUE: ("value", "wish"),
    Slot.TRIED: ("tried",),
    Slot.HELPER: ("helper",),
    Slot.STEP: ("step",),
    Slot.WHEN: ("step",),
    Slot.PLAN_B: ("if_then", "step"),
    Slot.MEASURE: ("measure", "wish"),
    Slot.RESOURCE: ("resource", "strength", "helper"),
}
# A step told in synthesis may be a plan; "I'll see" in the introduction is not one.
# An answer that speaks of the one thing alone is none to a question for the other.
_OPPOSITE: dict[Slot, tuple[Kind, Kind]] = {
    Slot.STRENGTH: ("obstacle", "strength"),
    Slot.OBSTACLE: ("strength", "obstacle"),
}
# "If he dodges I'll ask him" answers the one question and fills no other slot.
_NOT_BESIDE: dict[Slot | None, tuple[Slot, ...]] = {
    Slot.PLAN_B: (Slot.STEP, Slot.HELPER),
    Slot.HELPER: (Slot.STEP, Slot.PLAN_B),
    Slot.STEP: (Slot.HELPER,),
    Slot.WHEN: (Slot.STEP, Slot.HELPER, Slot.PLAN_B),
}
_ONLY_WHEN_PLANNING = {Slot.STEP, Slot.PLAN_B}
_CONJUNCTION = re.compile(
    r"^(?:(?:and|but|so|because|since|then|well|also|yes|yeah)\b[, ]+"
    r"|(?:dunno|idk|no idea|not sure|i don'?t know)[,.] +)+",
    re.I,
)
_PIECE = re.compile(r"\S+")
_BORDER = re.compile(r"[,;:.]\s|\s(?:and|but|because|so|which|when|while)\s")
_GIVES_REASON = re.compile(r"^(?:well,? |just |mainly |mostly )?(?:because|cause|cuz|bc)\b", re.I)
_CONDITION = re.compile(r"(?:well,? |and |but |so |then )*(?:if|whenever|in case) ", re.I)
_EMPTY_ANSWER = re.compile(
    r"^(?:(?:ugh|meh|oh|well|um+|er+)[,. ]*)?(?:i )?(?:"
    r"ugh|meh|don'?t know|dunno|idk|no idea|not sure|nothing|none|no(?:pe)?|nah|yes|yeah|yep|"
    r"maybe|ok(?:ay)?|sure|fine|whatever|hmm+|pass|n/?a|same|dont know|good|bad|work|stuff|things?|"
    r"everything|"
    r"anything|it depends|depends|that'?s it|that'?s all)[.! ]*$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with what it is about; ``kinds`` maps a kind to a certainty in 0–1.

    ``sentence`` is the whole sentence it stands in.
    """

    span: Span
    kinds: dict[Kind, float]
    question: bool
    sentence: Span


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence for one slot."""

    slot: Slot
    evidence: Evidence


def read(text: str) -> list[Clause]:
    """All clauses of a message with their kinds."""
    return [
        Clause(
            clause, kinds_of(clause.text), sentence.text.rstrip("\"'”’)").endswith("?"), sentence
        )
        for sentence in sentences(text)
        for clause in clauses(sentence)
    ]


# "I don't know what I want" is no strength and no step; as a goal it is where somebody stands.
_AT_A_LOSS = re.compile(
    r"^(?:(?:well|honestly|hmm+|tbh|but|and|i guess|look)[,. ]+)*(?:i |i'?m )?"
    r"(?:really |honestly |just )?"
    r"(?:don'?t|do not|dunno|have no idea|no idea|not sure|never know|can'?t say)\b"
    r"(?: (?:really|even|quite|exactly))?(?: know| think of)?"
    r"(?: (?:what|how (?!to\b)|who|where|which|if|whether|why|when|anything|any ?more)\b.*)?$",
    re.I,
)
_WANTS_SUBSTANCE = frozenset(
    (Slot.AIM, Slot.EXPERIENCE, Slot.STRENGTH, Slot.VALUE, Slot.RESOURCE, Slot.MEASURE, Slot.STEP,
     Slot.PLAN_B, Slot.HELPER)
)  # fmt: skip


def is_empty_answer(text: str) -> bool:
    """Whether the message says nothing that could fill a slot ("ok", "dunno", "fine")."""
    return bool(_EMPTY_ANSWER.match(text.strip())) or not content_words(text)


def find(
    message: int,
    text: str,
    read_clauses: list[Clause],
    asked: Slot | None,
    *,
    planning: bool,
    deeds: Collection[str] = (),
    near: Nearness | None = None,
) -> list[Found]:
    """Evidence of one message.

    Args:
        message: its id, kept with each quote.
        text: the message; every quote is an exact piece of it.
        read_clauses: ``read(text)``.
        asked: the slot of the pending question, None when nothing was asked.
        planning: whether the session is in synthesis, where promises count as steps.
        near: how near texts are to the question in meaning; tells what of a long answer is one.
        deeds: quotes known to tell what was done and how it ended; they are no obstacles.

    Returns:
        At most one quote a slot; the asked slot first.
    """
    if asked is Slot.AIM and _GIVES_REASON.match(text):
        # "Because my son asked if I'm ill" answers why, whatever was asked for.
        asked = Slot.WHY
    elif asked is Slot.STEP and _CONDITION.match(text.strip()):
        # "If I freeze I'll read it out" is the answer to what may go wrong.
        asked = Slot.PLAN_B
    elif asked is Slot.AIM and _CONDITION.match(text.strip()):
        asked = None
    if asked in _WANTS_SUBSTANCE and _AT_A_LOSS.match(text.strip(" .!").replace("’", "'")):
        asked = None
    found: list[Found] = []
    answers = (
        asked is not None
        and not _speaks_of_the_opposite(read_clauses, asked)
        and fits(asked, text, _all_kinds(read_clauses))
    )
    if asked is not None and answers and asked is not Slot.EXPERIENCE and not is_empty_answer(text):
        span = answer_span(text, read_clauses, asked, near)
        if span is not None:
            sure = _SURE_BY_ANSWER if len(content_words(span.text)) >= 2 else 0.5
            if asked is Slot.GOAL and _is_situation(text, read_clauses):
                sure = min(sure, SURE_OF_SITUATION)
            found.append(Found(asked, _evidence(span, message, sure)))
    for slot, kind in _BY_CUE:
        if (slot is asked and answers) or (slot in _ONLY_WHEN_PLANNING and not planning):
            continue
        if slot in _NOT_BESIDE.get(asked, ()):
            continue
        candidates = [
            clause
            for clause in read_clauses
            if clause.kinds.get(kind, 0) >= _ENOUGH_BY_CUE
            and len(content_words(clause.span.text)) >= (1 if slot is Slot.AIM else 2)
            and (not clause.question or slot is Slot.GOAL)
            and not (
                slot is Slot.OBSTACLE and (asked is Slot.PLAN_B or _no_obstacle(clause, deeds))
            )
        ]
        if candidates:
            told = [clause.kinds.get(kind, 0.0) for clause in candidates]
            best = candidates[told.index(max(told))]
            found.append(Found(slot, _evidence(best.span, message, max(told) * 0.8)))
    return found


def _all_kinds(read_clauses: list[Clause]) -> dict[Kind, float]:
    return {kind: sure for clause in read_clauses for kind, sure in clause.kinds.items()}


def _is_situation(text: str, read_clauses: list[Clause]) -> bool:
    """Whether an answer tells how things are and names nothing that is wanted."""
    wanted = any(clause.kinds.get(kind, 0) > 0 for clause in read_clauses for kind in _WANTED)
    return not wanted and _TELLS_WHAT_IS.match(text.strip()) is not None


def _no_obstacle(clause: Clause, deeds: Collection[str]) -> bool:
    """ "Nobody missed their dose" ends a story, "if I freeze, I …" is a plan."""
    told = clause.span.text.rstrip(" .!")
    return "if_then" in clause.kinds or any(told in deed or deed in told for deed in deeds)


def _speaks_of_the_opposite(read_clauses: list[Clause], asked: Slot) -> bool:
    if asked not in _OPPOSITE:
        return False
    other, own = _OPPOSITE[asked]
    told = [clause.kinds for clause in read_clauses if not clause.question]
    return any(kinds.get(other, 0) >= 0.7 for kinds in told) and not any(
        own in kinds for kinds in told
    )


def answer_span(
    text: str, read_clauses: list[Clause], slot: Slot, near: Nearness | None = None
) -> Span | None:
    """The piece of an answer to keep for the slot: all of a short one, else what tells most."""
    if slot is Slot.GOAL and (wish := _wish_in_question(read_clauses)):
        return wish
    if len(words(text)) <= QUOTE_WORDS:
        whole = trimmed(text, 0, len(text), drop=" \t\n,;:.")
        if whole.text and not whole.text.endswith("?"):
            return whole
    return _best(read_clauses, slot, near)


def _best(read_clauses: list[Clause], slot: Slot, near: Nearness | None) -> Span | None:
    statements = [clause for clause in read_clauses if not clause.question]
    if not statements:
        return None
    preferred = _PREFERRED.get(slot, ())
    nearness = near([clause.span.text for clause in statements]) if near else []
    by_place = dict(zip((clause.span.start for clause in statements), nearness, strict=False))

    def worth(clause: Clause) -> float:
        told = max((clause.kinds.get(kind, 0) for kind in preferred), default=0.0)
        named = 0.4 if slot is Slot.HELPER and PEOPLE.search(clause.span.text) else 0.0
        length = min(len(content_words(clause.span.text)), 8) / 20
        return told + named + length + by_place.get(clause.span.start, 0.0)

    return max(statements, key=worth).span


def _wish_in_question(read_clauses: list[Clause]) -> Span | None:
    """ "How do I get them to listen?" holds the wish "get them to listen"."""
    for clause in read_clauses:
        asked = re.search(
            r"\bhow (?:do|can|could|should|would|might) (?:i|we|you|people) (.+)",
            clause.span.text,
            re.I,
        )
        if asked:
            return trimmed(clause.span.text, asked.start(1), asked.end(1), drop=" ?.!,")
    return None


def _evidence(span: Span, message: int, certainty: float) -> Evidence:
    return Evidence(
        quote=bare(short_quote(span.text)), message=message, certainty=round(certainty, 3)
    )


def bare(quote: str) -> str:
    """A quote without the "and" or "but" before it and the mark behind it."""
    return _CONJUNCTION.sub("", quote).rstrip(" .!,;:")


def short_quote(text: str, limit: int = QUOTE_WORDS) -> str:
    """An exact beginning of ``text``, at most ``limit`` words, cut at a border if there is one."""
    text = text.strip()
    if len(text.split(maxsplit=limit)) <= limit:
        return text.rstrip(" ,;:")
    *_, last = islice(_PIECE.finditer(text), limit)
    head = text[: last.end()]
    borders = [found.start() for found in _BORDER.finditer(head)]
    late = [border for border in borders if border >= len(head) * 0.4]
    return (head[: late[-1]] if late else head).rstrip(" ,;:")
