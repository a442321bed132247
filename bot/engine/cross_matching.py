"""Finds what a person told several coaches alike, and what pulls against each other.

Each sentence is read on the axes of working life; two of them, told to different coaches, agree as
far as they stand on the same pole and are in tension as far as they stand on poles that pull
against each other. Inventing is worse than missing: a pair counts only above a margin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, Literal

import numpy as np

from bot.engine.axes import Array, Reader
from bot.engine.text import clauses, sentences, trimmed, words

# How sure both sides must be together (the product of two probabilities, summed over poles).
AGREEMENT_MARGIN: Final = 0.08
TENSION_MARGIN: Final = 0.08
# A message that is in an agreement already must be clear to be in a tension too.
REUSE_MARGIN: Final = 0.3
# A tension between poles of different axes is less of one.
CLASH_WORTH: Final = 0.5
_SHORTEST, _SHORTEST_CLAUSE, _LONG_SENTENCE, _LONG_RUN = 3, 5, 10, 40
_QUOTE_ENDS: Final = " \t\n,;:-–—"

_HEARSAY = re.compile(
    r"^(?:and |but |so )?(?:he|she|they|people|some|somebody|a friend|(?:my|our|"
    r"the) (?:\w+ )?(?:sister|brother|"
    r"friend|mate|colleague|neighbou?r|cousin|uncle|aunt|flatmate|roommate|boss|manager|wife|"
    r"husband|"
    r"girlfriend|boyfriend|partner|mother|father|mum|mom|dad))\s+(?:always |often |really |"
    r"just )?(?:wants?|"
    r"says?|said|thinks?|thought|told|tells|would|wouldn't|likes?|loves?|hates?|left|moved|works?|"
    r"worked|"
    r"is|was|has|had|did|does|needs?|dreams?|believes?|prefers?)\b",
    re.I,
)
_MINE = re.compile(r"\b(?:i|i'm|i've|i'd|i'll|im|me|my|mine|myself|us|our)\b", re.I)
_FORMER = re.compile(
    r"\b(?:used to (?:want|think|dream|love|hate|like|believe|be)|back then|when i was (?:a (?:kid|"
    r"child|boy|"
    r"girl|student)|young|little|younger|twenty)|years ago i|for example,? (?:if|someone|"
    r"people))\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Something the user said to one coach: a message, or an exact piece of it."""

    coach: str
    session: str
    message: int
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """Two or more statements on one theme; ``sides`` tells for each of them where it stands."""

    kind: Literal["agreement", "tension"]
    theme: str
    strength: float
    quotes: tuple[Statement, ...]
    sides: tuple[str, ...]

    @property
    def coaches(self) -> tuple[str, ...]:
        """The coaches it was told to, in the order of the quotes."""
        return tuple(dict.fromkeys(quote.coach for quote in self.quotes))


def find_matches(statements: Sequence[Statement], reader: Reader) -> list[Match]:
    """Agreements and tensions between coaches, the strongest first.

    Args:
        statements: the user's messages to all coaches.
        reader: tells where a text stands.

    Returns:
        Matches whose quotes are exact pieces of the statements; a message is quoted in one only.
    """
    told = [piece for statement in _once(statements) for piece in pieces(statement)]
    if len({piece.coach for piece in told}) < 2:
        return []
    stands = reader.read([piece.text for piece in told])
    pairs = _strongest(told, _candidates(told, stands, reader))
    return _joined(
        [
            _match(kind, score, told[i], told[j], stands[i], stands[j], reader)
            for score, kind, i, j in pairs
        ]
    )


def pieces(statement: Statement) -> list[Statement]:
    """Sentences, clauses and runs of sentences that could carry a stance of the user's own."""
    own = [
        sentence
        for sentence in sentences(statement.text)
        if not sentence.text.rstrip("\"'”’) ").endswith("?") and _is_own(sentence.text)
    ]
    found = [sentence for sentence in own if len(words(sentence.text)) >= _SHORTEST]
    for sentence in own:
        parts = clauses(sentence)
        if len(words(sentence.text)) > _LONG_SENTENCE and len(parts) > 1:
            found += [part for part in parts if len(words(part.text)) >= _SHORTEST_CLAUSE]
    found += [
        trimmed(statement.text, run[0].start, run[-1].end)
        for length in (2, 3)
        for run in zip(*(own[place:] for place in range(length)), strict=False)
        if len(words(statement.text[run[0].start : run[-1].end])) <= _LONG_RUN
        and not any(words(statement.text[one.end : two.start]) for one, two in pairwise(run))
    ]
    return [
        replace(statement, text=span.text.strip(_QUOTE_ENDS))
        for span in found
    ]


def _is_own(text: str) -> bool:
    hearsay = _HEARSAY.match(text) and not _MINE.search(text)
    return not hearsay and not _FORMER.search(text)


def _once(statements: Iterable[Statement]) -> list[Statement]:
    """Without what was said to a coach in the same words before."""
    known: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        known.setdefault((statement.coach, " ".join(statement.text.lower().split())), statement)
    return list(known.values())


_Pair = tuple[float, Literal["agreement", "tension"], int, int]


def _candidates(told: Sequence[Statement], stands: Array, reader: Reader) -> list[_Pair]:
    pull = tension_worths(reader)
    agree = stands @ stands.T
    against = stands @ pull @ stands.T
    coaches = np.array([piece.coach for piece in told])
    apart = np.triu(coaches[:, None] != coaches[None, :])
    found: list[_Pair] = []
    for i, j in np.argwhere(apart & (agree > AGREEMENT_MARGIN)):
        found.append((float(agree[i, j]), "agreement", int(i), int(j)))
    for i, j in np.argwhere(apart & (against > TENSION_MARGIN)):
        found.append((float(against[i, j]), "tension", int(i), int(j)))
    return sorted(found, key=lambda pair: (-pair[0], pair[2], pair[3]))


def tension_worths(reader: Reader) -> Array:
    """How much each pole pulls against each other one, 0-1, shape (poles, poles)."""
    index = {key: number for number, key in enumerate(reader.keys)}
    worth = np.zeros((len(index), len(index)))
    for pair in reader.data.tensions:
        one, other = pair
        pull = 1.0 if reader.data.opposite.get(one) == other else CLASH_WORTH
        worth[index[one], index[other]] = worth[index[other], index[one]] = pull
    return worth


def _strongest(told: Sequence[Statement], candidates: Sequence[_Pair]) -> list[_Pair]:
    """The strongest pairs: a message is in one agreement and one tension at most, told apart."""
    used: set[tuple[str, str, int]] = set()
    paired: set[frozenset[tuple[str, int]]] = set()
    chosen: list[_Pair] = []
    for pair in candidates:
        kind = pair[1]
        ends = frozenset((told[number].coach, told[number].message) for number in pair[2:])
        taken = {(kind, *end) for end in ends}
        again = any((other, *end) in used for end in ends for other in ("agreement", "tension"))
        if not taken & used and ends not in paired and (not again or pair[0] > REUSE_MARGIN):
            used |= taken
            paired.add(ends)
            chosen.append(pair)
    return chosen


def _match(
    kind: Literal["agreement", "tension"],
    score: float,
    one: Statement,
    other: Statement,
    first: Array,
    second: Array,
    reader: Reader,
) -> Match:
    if kind == "agreement":
        pole = int((first * second).argmax())
        title = reader.data.poles[pole].title
        return Match(kind, title, score, (one, other), (title, title))
    both = first[:, None] * second[None, :] * tension_worths(reader)
    left, right = np.unravel_index(int(both.argmax()), both.shape)
    theme = reader.data.tensions[frozenset((reader.keys[left], reader.keys[right]))]
    sides = (reader.data.poles[left].title, reader.data.poles[right].title)
    return Match(kind, theme, score, (one, other), sides)


def _joined(matches: Iterable[Match]) -> list[Match]:
    """Matches of the same kind and theme made one, so that three coaches make one agreement."""
    known: dict[tuple[str, str], Match] = {}
    for match in matches:
        place = (match.kind, match.theme)
        before = known.get(place)
        known[place] = (
            match
            if before is None
            else Match(
                match.kind,
                match.theme,
                max(before.strength, match.strength),
                (*before.quotes, *match.quotes),
                (*before.sides, *match.sides),
            )
        )
    return sorted(known.values(), key=lambda match: -match.strength)
