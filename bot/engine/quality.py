"""How complete an answer is: own steps, an ending somebody could have seen, concrete detail.

In 138 human-rated interviews digits, power verbs, hedges and "we" predicted nothing, telling how it
ended did. So what counts is which sentences tell a step, an ending or the setting (``sentences``)
and how much a listener could picture; length and keywords buy nothing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from bot.engine.meaning import Level, Meaning, similarity
from bot.engine.sentences import Typed, typed
from bot.engine.text import STOPWORDS, is_gibberish, words
from bot.engine.verbs import weight
from personas.models import Gap

Strategy = Literal[
    "quantification_probe", "confidence_boost", "clarification", "depth_exploration", "proceed"
]
# Fitted to pairs of the own answers (logistic on differences, no weight below 0), then rounded.
WEIGHTS: Final[dict[Gap, float]] = {
    "action": 0.23,
    "outcome": 0.25,
    "specificity": 0.27,
    "ownership": 0.05,
    "clarity": 0.20,
}
# Below this a part is missing, and how much it would matter to a listener.
_ENOUGH: Final[dict[Gap, tuple[float, float]]] = {
    "clarity": (0.5, 1.3),
    "relevance": (0.35, 0.9),
    "outcome": (0.4, 1.0),
    "specificity": (0.35, 0.9),
    "action": (0.35, 0.85),
    "ownership": (0.5, 1.3),
}
_STRATEGY: Final[dict[Gap, Strategy]] = {
    "outcome": "quantification_probe",
    "ownership": "confidence_boost",
    "clarity": "clarification",
    "relevance": "clarification",
    "specificity": "depth_exploration",
    "action": "depth_exploration",
}
# Cosine of a question and an answer to it at which nothing more is wanted.
_NEAR: Final[dict[Level, float]] = {"words": 0.08, "vectors": 0.22, "embeddings": 0.3}
_FOREIGN: Final = 0.2
_MADE_SMALL = re.compile(
    r"\b(?:only|just|merely|mostly) (?:helped|assisted|supported|did|watched|followed)\b"
    r"|\b(?:was|were) (?:only |just |also )?(?:involved|part of|there|present)\b"
    r"|\bhelped (?:out|a (?:bit|little))\b|\bnot (?:just |only |really )?(?:me|my doing)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Quality:
    """The scores of one message, all in 0-1 and unrounded.

    ``confidence`` is how sure the scorer is; ``gap`` the part a listener lacks most, None when
    nothing is missing; ``strategy`` how to follow up. ``parts`` holds the six parts by name;
    relevance is None when no question was asked.
    """

    score: float
    confidence: float
    gap: Gap | None
    strategy: Strategy
    parts: dict[str, float | None]


def assess(question: str, answer: str, meaning: Meaning | None) -> Quality:
    """Score an answer.

    Args:
        question: what was asked; empty when nothing was.
        answer: the user's words; any text.
        meaning: what compares question and answer; None compares nothing, and relevance rests on
            whether a story was told.
    """
    read = [] if is_gibberish(answer) else distinct(typed(answer))
    parts = parts_of(read)
    parts["relevance"] = _relevance(question, answer, read, meaning)
    score = weighed(parts)
    if parts["relevance"] is not None:
        score *= 0.85 + 0.15 * min(1.0, parts["relevance"] / _ENOUGH["relevance"][0])
    gap = _gap(parts)
    return Quality(
        score=min(1.0, score),
        confidence=_confidence(answer, read),
        gap=gap,
        strategy=_STRATEGY[gap] if gap else "proceed",
        parts={**parts},
    )


def weighed(parts: Mapping[Gap, float | None]) -> float:
    """The score of the parts that show in the answer alone, 0-1."""
    return sum(share * (parts[part] or 0.0) for part, share in WEIGHTS.items())


def parts_of(read: Sequence[Typed]) -> dict[Gap, float | None]:
    """The parts that show in the answer alone, each 0-1."""
    length = sum(_length(one) for one in read)
    jargon = sum(one.kinds["jargon"] * _length(one) for one in read) / max(1, length)
    asserted = sum(_asserted(one) * _length(one) for one in read) / max(1, length)
    # Soup also soaks the sentences between, so it counts for the whole answer.
    plain = (1 - jargon) ** 2
    ended = max(map(_ended, read), default=0.0)
    faded = max((one.kinds["weak_outcome"] for one in read), default=0.0)
    return {
        "action": plain * _filled(_steps(read), 2.0),
        "outcome": plain * max(ended, 0.3 * faded),
        "specificity": plain * _filled(sum(_told(one) * one.detail for one in read), 1.5),
        "ownership": _ownership(read),
        "clarity": (1 - jargon) * (1 - 0.5 * asserted) * min(1.0, length / 8),
    }


def _filled(amount: float, scale: float) -> float:
    """0 for nothing, towards 1 for more than enough, so that length alone can't buy a score."""
    return 1 - math.exp(-amount / scale)


def _length(one: Typed) -> int:
    return len(one.span.text.split())


def _told(one: Typed) -> float:
    """How much a sentence tells what happened, rather than what somebody is like."""
    kinds = one.kinds
    telling = max(kinds["action"], kinds["outcome"], 0.6 * kinds["context"], 0.3 * kinds["step"])
    return telling * (1 - kinds["jargon"]) * (1 - 0.7 * kinds["claim"])


def _asserted(one: Typed) -> float:
    """How much a sentence says what somebody is like or what holds in general."""
    return max(one.kinds["claim"], one.kinds["opinion"])


def _ended(one: Typed) -> float:
    """How plainly a sentence tells an ending; "nobody ever left me" boasts and ends nothing."""
    kinds = one.kinds
    return kinds["outcome"] * (1 - 0.5 * kinds["weak_outcome"]) * (1 - 0.7 * kinds["claim"])


def _steps(read: Sequence[Typed]) -> float:
    """The own steps told, a general one at about a third; the same verb counts once."""
    seen: set[str] = set()
    total = 0.0
    for one in read:
        steps = 0.0
        for deed in one.deeds:
            if deed.subject == "i" and deed.verb not in seen and weight(deed):
                seen.add(deed.verb)
                steps += weight(deed)
        total += one.kinds["action"] * min(3.0, max(0.6, steps)) + 0.35 * one.kinds["step"]
    return total


def _ownership(read: Sequence[Typed]) -> float:
    """The share of the steps that the teller took; a half where no step is told at all."""
    if not read:
        return 0.0
    verbs = [deed for one in read for deed in one.deeds if deed.tense == "past"]
    own = sum(weight(deed) for deed in verbs if deed.subject == "i")
    shared = sum(weight(deed) for deed in verbs if deed.subject == "we")
    undone = sum(deed.passive for deed in verbs)
    small = any(_MADE_SMALL.search(one.span.text) for one in read)
    if not own + shared + undone:
        return 0.1 if small else 0.5
    part = (own + 0.05) / (own + 0.6 * shared + 0.3 * undone + 0.1)
    return part * 0.2 if small and own < 1.5 else part


def _relevance(
    question: str, answer: str, read: Sequence[Typed], meaning: Meaning | None
) -> float | None:
    if not question.strip():
        return None
    if not read:
        return 0.0
    # A good story shares few words with "tell me about a time …": telling one is an answer.
    story = 0.7 * min(1.0, sum(_told(one) for one in read))
    near = similarity(meaning, question, answer) / _NEAR[meaning.level] if meaning else 0.5
    return min(1.0, max(story, near, 0.0))


def _gap(parts: dict[Gap, float | None]) -> Gap | None:
    told = max(parts["action"] or 0.0, parts["specificity"] or 0.0)
    lack: dict[Gap, float] = {}
    for part, (enough, matters) in _ENOUGH.items():
        value = parts[part]
        if value is None or value >= enough:
            continue
        # How it ended is asked for once there is a story to end.
        scale = 0.6 + min(0.4, told * 2) if part == "outcome" else 1.0
        lack[part] = matters * scale * (enough - value) / enough
    return max(lack, key=lambda part: lack[part]) if lack else None


def _confidence(answer: str, read: Sequence[Typed]) -> float:
    """Low for short texts, sentences of no clear kind, and what does not read as English."""
    told = words(answer)
    if not read or not told:
        return 0.2
    clear = sum(max(one.kinds.values()) for one in read) / len(read)
    english = sum(word in STOPWORDS or word.split("'")[0] in STOPWORDS for word in told) / len(told)
    return _filled(len(told), 15.0) * clear * min(1.0, max(0.2, english / _FOREIGN))


def distinct(read: Sequence[Typed]) -> list[Typed]:
    """Each sentence once, so that repeating oneself buys nothing."""
    kept: dict[str, Typed] = {}
    for one in read:
        kept.setdefault(" ".join(words(one.span.text)), one)
    return list(kept.values())
