"""Finds the playbook cards that fit a person's question."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.engine.meaning import Matrix, Meaning, with_fallback
from personas.models import Card

# A card below this score should not be used: more likely than not it misses the question.
FITS: Final = 0.5

_NEAREST: Final = 3
_REMEMBERED: Final = 16
# Logistic curve over the distance from unrelated texts, in their standard deviations.
_SLOPE: Final = 1.6
_MIDDLE: Final = 3.0


def find_cards(
    question: str, cards: Sequence[Card], meaning: Meaning, k: int = 3
) -> list[tuple[Card, float]]:
    """The ``k`` cards nearest to a question, best first, ties in the order of ``cards``.

    Returns:
        (card, score) with score 0 to 1, the chance that the card answers the question; use a card
        from ``FITS`` upwards.
    """
    if not cards or not question.strip():
        return []

    def search(level: Meaning) -> list[tuple[Card, float]]:
        index = _index(tuple(cards), level)
        scores = index.scores(level.encode([question])[0])
        order = np.argsort(-scores, kind="stable")[:k]
        return [(cards[place], float(scores[place])) for place in order]

    return with_fallback(meaning, search)


@dataclass(frozen=True, slots=True)
class _Index:
    """The rows of all texts of some cards; ``starts`` says where each card's rows begin."""

    cards: tuple[Card, ...]
    meaning: Meaning
    rows: Matrix
    starts: NDArray[np.intp]
    usual: float
    spread: float

    def scores(self, question: Matrix) -> NDArray[np.float64]:
        cosines = np.split(self.rows @ question, self.starts[1:])
        best = np.array([np.sort(of_card)[-_NEAREST:].mean() for of_card in cosines])
        return 1 / (1 + np.exp(-_SLOPE * ((best - self.usual) / self.spread - _MIDDLE)))


_indexes: OrderedDict[tuple[int, ...], _Index] = OrderedDict()


def _index(cards: tuple[Card, ...], meaning: Meaning) -> _Index:
    # The index holds its cards and its level, so that no id in the key is given to another object.
    key = (id(meaning), *map(id, cards))
    if key not in _indexes:
        _indexes[key] = _build(cards, meaning)
        if len(_indexes) > _REMEMBERED:
            _indexes.popitem(last=False)
    return _indexes[key]


def _build(cards: tuple[Card, ...], meaning: Meaning) -> _Index:
    texts = [[card.title, card.when, *card.utterances] for card in cards]
    rows = meaning.encode([text for of_card in texts for text in of_card])
    starts = np.cumsum([0, *map(len, texts)])[:-1]
    usual, spread = _unrelated(rows)
    return _Index(cards, meaning, rows, starts, usual, spread)


def _unrelated(rows: Matrix) -> tuple[float, float]:
    """Mean and standard deviation of the cosines of texts with each other: chance nearness."""
    cosines = (rows @ rows.T)[np.triu_indices(len(rows), 1)]
    return float(cosines.mean()), max(float(cosines.std()), 1e-3)
