"""Finds the playbook cards that fit a person's question.

A card is known by three directions (utterances; title and occasion; advice, exercise, example and
question), each the mean of its texts after what all the cards have in common is taken away. How
near the question is to any of the cards at all tells whether one should be used.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.engine.meaning import Matrix, Meaning, unit, with_fallback
from bot.lazily import lazy
from personas.models import Card

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")

# Below this score a card should not be used. From it on, 3 of 4 cards used for left-out utterances
# shared a theme with the right one (docs/vectors.md).
FITS: Final = 0.45

_REMEMBERED: Final = 64
_PART_WEIGHTS: Final = (1.0, 0.5, 0.5)
# Logistic regression of "the first card shares a theme with the right one" on direction and
# relevance; questions from outside count as misses. The same within .2 for vectors and embeddings.
_DIRECTION: Final = 1.5
_RELEVANCE: Final = 0.7
_OFFSET: Final = -1.6
# Measured with about so many cards, one coach's; among more, chance alone brings one nearer.
_USUAL_CARDS: Final = 14
_CROWD: Final = 0.4
# A question in nearly the words of one utterance belongs to its card, whatever the mean says. On
# left-out utterances (1,945) this changes nothing; below this cosine it would do harm.
_SAME_WORDS: Final = 0.7
_SAME: Final = 4.0
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])\s+")


def find_cards(
    question: str, cards: Sequence[Card], meaning: Meaning, k: int = 3
) -> list[tuple[Card, float]]:
    """The ``k`` cards nearest to a question, best first, ties in the order of ``cards``.

    Returns:
        (card, score) with score 0 to 1, about the chance that the card is of use; use a card from
        ``FITS`` upwards. Nothing for a blank question.
    """
    if not cards or not question.strip():
        return []

    def search(level: Meaning) -> list[tuple[Card, float]]:
        scores = _index(tuple(cards), level).scores(level.encode([question])[0])
        order: list[int] = np.argsort(-scores, kind="stable")[:k].tolist()
        return [(cards[place], float(scores[place])) for place in order]

    return with_fallback(meaning, search)


@dataclass(frozen=True, slots=True)
class _Index:
    """What is known of some cards on one level of meaning.

    ``parts`` are the directions, one matrix (cards, d) a part; ``centre`` is what all utterances
    have in common; ``means`` are the mean utterances, whose cosine with an utterance of another
    card is ``usual`` give or take ``spread``. ``utterances`` are those of all cards in order, each
    card's from its place in ``starts``.
    """

    cards: tuple[Card, ...]
    meaning: Meaning
    parts: tuple[Matrix, ...]
    centre: Matrix
    means: Matrix
    usual: float
    spread: float
    utterances: Matrix
    starts: list[int]

    def scores(self, question: Matrix) -> Matrix:
        turned = unit((question - self.centre)[None])[0]
        pairs = zip(_PART_WEIGHTS, self.parts, strict=True)
        direction = np.sum([weight * (part @ turned) for weight, part in pairs], axis=0)
        relevance = (float((self.means @ question).max()) - self.usual) / self.spread
        crowd = _CROWD * max(0.0, np.log(len(self.cards) / _USUAL_CARDS))
        same = np.maximum.reduceat(self.utterances @ question, self.starts) - _SAME_WORDS
        logits = _DIRECTION * direction + _RELEVANCE * relevance + _OFFSET - crowd
        logits += _SAME * np.maximum(0.0, same)
        return (1 / (1 + np.exp(-logits))).astype(np.float32)


_indexes: OrderedDict[tuple[int, ...], _Index] = OrderedDict()


def _index(cards: tuple[Card, ...], meaning: Meaning) -> _Index:
    # The index holds its cards and its level, so that no id in the key is given to another object.
    key = (id(meaning), *map(id, cards))
    found = _indexes.get(key)
    if found is None:
        found = _indexes[key] = _build(cards, meaning)
        while len(_indexes) > _REMEMBERED:
            _ = _indexes.popitem(last=False)
    return found


def _build(cards: tuple[Card, ...], meaning: Meaning) -> _Index:
    utterances = [meaning.encode(card.utterances) for card in cards]
    occasions = [meaning.encode([card.title, card.when]) for card in cards]
    pages = [meaning.encode(_sentences(card)) for card in cards]
    rows = np.vstack(utterances)
    means = np.stack([own.mean(axis=0) for own in utterances])
    # One card alone has nothing in common with others.
    centre = rows.mean(axis=0) if len(cards) > 1 else np.zeros(rows.shape[1], np.float32)
    parts = tuple(
        unit(np.stack([(own - centre).mean(axis=0) for own in part]))
        for part in (utterances, occasions, pages)
    )
    owners = np.repeat(np.arange(len(cards)), [len(own) for own in utterances])
    apart = (owners[:, None] != np.arange(len(cards))) | (len(cards) == 1)
    chance = (rows @ means.T)[apart]
    spread = max(float(chance.std()), 1e-3)
    starts = np.cumsum([0, *(len(own) for own in utterances[:-1])]).tolist()
    usual = float(chance.mean())
    return _Index(cards, meaning, parts, centre, means, usual, spread, rows, starts)


def _sentences(card: Card) -> list[str]:
    page = " ".join((card.advice, card.exercise, card.example, card.question))
    return _SENTENCE_END.split(page)
