"""Finds what a person told several coaches alike, and what pulls against each other.

Each message is read, piece by piece, on the axes of working life. Two of them, told to different
coaches, are about one thing as far as both say something and stand on the same pole or on poles
that pull against each other; the first makes an agreement, the second a tension. Inventing is
worse than missing: a pair counts only above a margin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Final, Literal

from bot.engine.axes import Array, Reader, stance
from bot.engine.meaning import Matrix
from bot.engine.text import clauses, sentences, trimmed, words
from bot.lazily import lazy

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")

# A pair of messages this likely (log odds) to be about one thing is reported; to be used once more,
# in an agreement and in a tension, it must be clearer.
MARGIN: Final = 1.75
REUSE_MARGIN: Final = 4.0
# How much likelier (log) one kind must be than the other.
KIND_MARGIN: Final = 0.2
# A tension between poles of different axes is less of one.
CLASH_WORTH: Final = 0.2
# Logistic regression of "these two messages are about one thing" on the columns of ``_about_one``,
# fitted to the development cases with weights that were learnt without them.
_WEIGHTS: Final = (0.871, 0.302, 0.954, 0.562, 0.133, 0.041, 0.23, 2.7)
_OFFSET: Final = -0.438
_LENGTH_COUNTS_TO: Final = 14
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


Kind = Literal["agreement", "tension"]
KINDS: Final[tuple[Kind, ...]] = ("agreement", "tension")


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

    kind: Kind
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
    told = [message for statement in _once(statements) if (message := _read(statement, reader))]
    pull = tension_worths(reader)
    pairs = [
        _pair(one, other, pull)
        for one, other in combinations(told, 2)
        if one.statement.coach != other.statement.coach
    ]
    likely = [pair for pair in pairs if pair.score > MARGIN and pair.clear > KIND_MARGIN]
    likely.sort(key=lambda pair: -pair.score)
    return _chosen(likely, reader, pull)


@dataclass(frozen=True, slots=True)
class _Told:
    """A message, read: its pieces and, a row each, where they stand.

    ``idle`` is what the rows of ``stands`` lack to 1; ``whole`` sums the rows, the telling pieces
    counting most.
    """

    statement: Statement
    pieces: list[Statement]
    stands: Array
    idle: Array
    whole: Array
    rows: Matrix
    stance: int

    @property
    def spot(self) -> tuple[str, int]:
        """Which message it is."""
        return self.statement.coach, self.statement.message


@dataclass(frozen=True, slots=True)
class _Pair:
    one: _Told
    other: _Told
    kind: Kind
    score: float
    clear: float


def _read(statement: Statement, reader: Reader) -> _Told | None:
    parts = pieces(statement)
    if not parts:
        return None
    texts = [part.text for part in parts]
    stands = reader.read(texts)
    idle = 1 - stands.sum(axis=1)
    return _Told(
        statement,
        parts,
        stands,
        idle,
        (stands / (0.05 + idle[:, None])).sum(axis=0),
        reader.rows(texts),
        max(stance(text) for text in texts),
    )


def _pair(one: _Told, other: _Told, pull: Array) -> _Pair:
    """How likely the two messages are about one thing, and whether they agree on it."""
    agree = np.log(one.whole @ other.whole + 0.01)
    against = np.log(one.whole @ pull @ other.whole + 0.01)
    score = float(_about_one(one, other, pull) @ np.array(_WEIGHTS)) + _OFFSET
    kind: Kind = "agreement" if agree > against else "tension"
    return _Pair(one, other, kind, score, float(abs(agree - against)))


def _about_one(one: _Told, other: _Told, pull: Array) -> Array:
    same = one.stands @ other.stands.T
    apart = one.stands @ pull @ other.stands.T
    soft, other_soft = np.sqrt(one.stands), np.sqrt(other.stands)
    overlap = max((soft @ other_soft.T).max(), (soft @ pull @ other_soft.T).max())
    shortest = min(len(told.statement.text.split()) for told in (one, other))
    return np.array(
        [
            np.log(max(same.max(), apart.max()) + 0.01),
            np.log(overlap + 0.03),
            float((one.rows @ other.rows.T).max()),
            np.log(1.03 - max(one.idle.min(), other.idle.min())),
            min(one.stance, other.stance),
            one.stance + other.stance,
            np.log(max(same.mean(), apart.mean()) + 0.003),
            np.log(min(shortest, _LENGTH_COUNTS_TO)),
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
    return [replace(statement, text=span.text.strip(_QUOTE_ENDS)) for span in found]


def _is_own(text: str) -> bool:
    others = _HEARSAY.match(text)
    hearsay = others is not None and not _MINE.search(text, others.end())
    return not hearsay and not _FORMER.search(text)


def _once(statements: Iterable[Statement]) -> list[Statement]:
    """Without what was said to a coach in the same words before."""
    known: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        known.setdefault((statement.coach, " ".join(statement.text.lower().split())), statement)
    return list(known.values())


def tension_worths(reader: Reader) -> Array:
    """How much each pole pulls against each other one, 0-1, shape (poles, poles)."""
    index = {key: number for number, key in enumerate(reader.keys)}
    worth = np.zeros((len(index), len(index)))
    for pair in reader.data.tensions:
        one, other = pair
        pull = 1.0 if reader.data.opposite.get(one) == other else CLASH_WORTH
        worth[index[one], index[other]] = worth[index[other], index[one]] = pull
    return worth


def _chosen(likely: Sequence[_Pair], reader: Reader, pull: Array) -> list[Match]:
    """The likeliest pairs as matches, those with one theme joined.

    A message stays with the theme it was first taken for, so that a third coach may join in; it
    may be in an agreement and in a tension where both are clear.
    """
    matches: dict[tuple[Kind, str], Match] = {}
    places: dict[tuple[Kind, str, int], tuple[Kind, str]] = {}
    for pair in likely:
        match = _match(pair, reader, pull)
        place = (match.kind, match.theme)
        spots = [told.spot for told in (pair.one, pair.other)]
        before = {places[match.kind, *spot] for spot in spots if (match.kind, *spot) in places}
        other = KINDS[match.kind == "agreement"]
        elsewhere = any((other, *spot) in places for spot in spots)
        if before - {place} or (elsewhere and pair.score < REUSE_MARGIN):
            continue
        matches[place] = _joined(matches.get(place), match)
        places |= {(match.kind, *spot): place for spot in spots}
    return sorted(matches.values(), key=lambda match: -match.strength)


def _match(pair: _Pair, reader: Reader, pull: Array) -> Match:
    one, other = pair.one, pair.other
    poles = reader.data.poles
    if pair.kind == "agreement":
        pole = int((one.whole * other.whole).argmax())
        near = one.stands @ other.stands.T
        theme, sides = poles[pole].title, (poles[pole].title, poles[pole].title)
    else:
        both = one.whole[:, None] * other.whole[None, :] * pull
        left, right = np.unravel_index(int(both.argmax()), both.shape)
        near = one.stands @ pull @ other.stands.T
        theme = reader.data.tensions[frozenset((reader.keys[left], reader.keys[right]))]
        sides = (poles[left].title, poles[right].title)
    first, second = np.unravel_index(int(near.argmax()), near.shape)
    quotes = (one.pieces[first], other.pieces[second])
    return Match(pair.kind, theme, pair.score, quotes, sides)


def _joined(before: Match | None, match: Match) -> Match:
    if before is None:
        return match
    known = {(quote.coach, quote.message) for quote in before.quotes}
    added = [
        (quote, side)
        for quote, side in zip(match.quotes, match.sides, strict=True)
        if (quote.coach, quote.message) not in known
    ]
    return replace(
        before,
        quotes=(*before.quotes, *(quote for quote, _ in added)),
        sides=(*before.sides, *(side for _, side in added)),
    )
