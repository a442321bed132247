"""What short profile words (career stage, goals, challenges) say about the coaches."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypedDict

from bot.engine.meaning import Matrix
from bot.lazily import lazy

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")

_TABLE_SHARE: Final = 0.8
_STAGE_SHARE: Final = 0.2
_BACKS_FROM: Final = 0.25

Judge = Callable[[str], Matrix]


class _Entry(TypedDict):
    names: list[str]
    weights: dict[str, float]


class ProfileWords:
    """The table of profile words.

    Args:
        path: TOML with ``[[stage]]`` and ``[[word]]`` entries of ``names`` and ``weights``.
        coaches: keys in the order of the scores; weights of other coaches are left out.
    """

    def __init__(self, path: Path, coaches: Sequence[str]) -> None:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        self._coaches = tuple(coaches)
        self._stages = self._table(data["stage"])
        self._words = self._table(data["word"])

    def score(self, stage: str | None, wishes: Sequence[str], judge: Judge) -> Matrix | None:
        """Scores of the coaches, summing to 1; None where the profile says nothing.

        Args:
            stage: career stage; one that the table does not know says nothing.
            wishes: goals and challenges, which count alike.
            judge: understands a word by its meaning; scores summing to 1.
        """
        known = self._stages.get(_plain(stage or ""))
        if not wishes:
            return known
        each = np.stack([self._weigh(wish, judge) for wish in wishes])
        scores = each.mean(axis=0).astype(np.float32)
        return scores if known is None else mixed(known, scores, _STAGE_SHARE)

    def backing(self, coach: str, wishes: Sequence[str], judge: Judge) -> list[str]:
        """The wishes that speak for this coach, in order; else the one that does most."""
        place = self._coaches.index(coach)
        weights = {wish: float(self._weigh(wish, judge)[place]) for wish in wishes}
        backing = [wish for wish, weight in weights.items() if weight >= _BACKS_FROM]
        return backing or sorted(weights, key=lambda wish: -weights[wish])[:1]

    def _weigh(self, wish: str, judge: Judge) -> Matrix:
        known = self._words.get(_plain(wish))
        meant = judge(wish)
        return meant if known is None else mixed(known, meant, _TABLE_SHARE)

    def _table(self, entries: list[_Entry]) -> dict[str, Matrix]:
        table: dict[str, Matrix] = {}
        for entry in entries:
            weights = entry["weights"]
            row = np.array([weights.get(key, 0.0) for key in self._coaches], np.float32)
            if row.sum() > 0:
                table |= {_plain(name): row / row.sum() for name in entry["names"]}
        return table


def mixed(one: Matrix, other: Matrix, share: float) -> Matrix:
    """``share`` of ``one`` and the rest of ``other``."""
    return (share * one + (1 - share) * other).astype(np.float32)


def _plain(word: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", word.lower()))
