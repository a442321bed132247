"""Whether better answers get better scores: ``python -m evaluation.quality``.

Three answers to each question, vague, partial and complete, must score in this order; a keyword
soup must stay below both others. ``data/answers.jsonl`` is a test set that nothing is learnt from;
``data/answers_own.jsonl`` is what the sentence model learns from, so its figures are
cross-validated by question.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, TypedDict

from bot.engine.meaning import static_vectors
from bot.engine.quality import assess, distinct, parts_of, weighed
from bot.engine.sentences import pieces, typed_spans
from scripts.make_sentence_model import fold_models

DATA: Final = Path(__file__).parent / "data"
LEVELS: Final = ("vague", "partial", "complete")
_PAIRS: Final = (("partial", "complete"), ("vague", "partial"), ("vague", "complete"))
# Vague answers of the test set that string keywords together.
_TEST_SOUPS: Final = frozenset({"a027", "a045"})

Row = dict[str, Any]
Scores = dict[str, float]


class Figures(TypedDict):
    """Shares, 0 to 1: pairs in the right order, by pair, and soups below both other answers."""

    questions: int
    pairs: float
    complete_over_partial: float
    partial_over_vague: float
    complete_over_vague: float
    soups: float


def measure() -> dict[str, Figures]:
    """The figures on the test set, and cross-validated on the own answers."""
    return {"test": on_test_set(), "own, cross-validated": cross_validate()}


def on_test_set(path: Path = DATA / "answers.jsonl") -> Figures:
    """The figures of ``assess`` as it is used, with the static vectors."""
    meaning = static_vectors()

    def score(row: Row, level: str) -> float:
        return assess(row["question"], row[level], meaning).score

    return _figures(_rows(path), score, lambda row: row["id"] in _TEST_SOUPS)


def cross_validate(path: Path = DATA / "answers_own.jsonl") -> Figures:
    """The figures on the own answers, each scored by a model that never saw its question."""
    rows = _rows(path)
    models = dict(zip((row["id"] for row in rows), fold_models(), strict=True))

    def score(row: Row, level: str) -> float:
        return weighed(parts_of(distinct(typed_spans(pieces(row[level]), models[row["id"]]))))

    return _figures(rows, score, lambda row: "j" in row["kinds"]["vague"])


def _rows(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def _figures(
    rows: Sequence[Row], score: Callable[[Row, str], float], is_soup: Callable[[Row], bool]
) -> Figures:
    scored = [({level: score(row, level) for level in LEVELS}, is_soup(row)) for row in rows]
    right = {pair: [scores[pair[0]] < scores[pair[1]] for scores, _ in scored] for pair in _PAIRS}
    soups = [
        scores["vague"] < min(scores["partial"], scores["complete"])
        for scores, soup in scored
        if soup
    ]
    cp, pv, cv = (_share(right[pair]) for pair in _PAIRS)
    return {
        "questions": len(rows),
        "pairs": _share([order for pair in right.values() for order in pair]),
        "complete_over_partial": cp,
        "partial_over_vague": pv,
        "complete_over_vague": cv,
        "soups": _share(soups),
    }


def _share(right: Sequence[bool]) -> float:
    return sum(right) / len(right) if right else 1.0


def main() -> None:
    """Print one line a set."""
    for name, figures in measure().items():
        print(
            f"answer quality, {name}: pairs in order {figures['pairs']:.3f} "
            f"(complete>partial {figures['complete_over_partial']:.2f}, "
            f"partial>vague {figures['partial_over_vague']:.2f}, "
            f"complete>vague {figures['complete_over_vague']:.2f}), "
            f"soups below {figures['soups']:.2f}, {figures['questions']} questions; "
            "must .80, aim .95"
        )


if __name__ == "__main__":
    main()
