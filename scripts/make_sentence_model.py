"""Fits the sentence kinds to the labelled answers and writes ``bot/engine/sentence_model.npz``.

Run it again after a change of the labels, of the counted features or of the static vectors:
``python scripts/make_sentence_model.py``. It prints the area under the curve of each kind,
cross-validated by question.

Labels are the letters in ``kinds`` of evaluation/data/answers_own.jsonl, one word a sentence: c
context, a action, g general step, o outcome, w weak outcome, l claim, p opinion, j jargon, n plan.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bot.engine.meaning import static_vectors  # noqa: E402
from bot.engine.sentences import FEATURES, LEARNED, MODEL, features, turns  # noqa: E402
from bot.engine.text import Span, sentences  # noqa: E402
from bot.engine.verbs import deeds  # noqa: E402

Floats = NDArray[np.float64]
DATA = ROOT / "evaluation/data/answers_own.jsonl"
LETTERS = dict(zip("cagowlpj", LEARNED, strict=True))
FOLDS = 5
PROBE = "I asked the miller and the wheel turned again."
# Ridge penalties; the vector's columns are many and small, so they are held tighter.
COUNTED, VECTOR = 1.0, 2.0


@dataclass(frozen=True, slots=True)
class Rows:
    """Inputs (n, features + vector), labels (n, kinds), and the question each row comes from."""

    inputs: Floats
    labels: Floats
    question: NDArray[np.int64]
    merged: NDArray[np.bool_]


def load() -> Rows:
    """Every labelled sentence, and every pair of neighbours run together without a full stop.

    The pairs teach that a sentence may do two things, and that people leave out punctuation.
    """
    inputs: list[Floats] = []
    labels: list[list[bool]] = []
    question: list[int] = []
    merged: list[bool] = []
    for number, line in enumerate(DATA.read_text(encoding="utf-8").splitlines()):
        row = json.loads(line)
        for part, letters in row["kinds"].items():
            spans, kinds = _labelled(row[part], letters.split())
            for joined in (False, True):
                if joined:
                    spans, kinds = _run_together(spans, kinds)
                inputs.append(_inputs(spans))
                labels += [[kind in _named(letter) for kind in LEARNED] for letter in kinds]
                question += [number] * len(spans)
                merged += [joined] * len(spans)
    return Rows(np.vstack(inputs), np.array(labels, float), np.array(question), np.array(merged))


def _labelled(text: str, letters: list[str]) -> tuple[list[Span], list[str]]:
    """The sentences with their letters; one that turns, with a letter a piece, in its pieces."""
    spans: list[Span] = []
    kinds: list[str] = []
    for sentence, labels in zip(sentences(text), letters, strict=True):
        cut = turns(text, sentence)
        if len(cut) == len(labels):
            spans += cut
            kinds += labels
        else:
            spans.append(sentence)
            kinds.append(labels)
    return spans, kinds


def _named(letters: str) -> set[str]:
    return {LETTERS[letter] for letter in letters if letter in LETTERS}


def _run_together(spans: list[Span], kinds: list[str]) -> tuple[list[Span], list[str]]:
    pairs = [
        (f"{one.text.rstrip('.!')}, {other.text}".lower(), first + second)
        for one, other, first, second in zip(spans, spans[1:], kinds, kinds[1:], strict=False)
    ]
    return [Span(text, 0, len(text)) for text, _ in pairs], [kind for _, kind in pairs]


def _inputs(spans: list[Span]) -> Floats:
    if not spans:
        return np.zeros((0, len(FEATURES) + static_vectors().encode([""]).shape[1]))
    counted = features(spans, [deeds(span.text) for span in spans])
    vectors = static_vectors().encode([span.text for span in spans])
    return np.hstack([counted, vectors]).astype(float)


def fit(inputs: Floats, labels: Floats) -> Floats:
    """Ridge logistic regression, one column of weights a kind, by Newton's method."""
    penalty = np.where(np.arange(inputs.shape[1]) < len(FEATURES), COUNTED, VECTOR)
    penalty[0] = 0.01
    weights = np.zeros((inputs.shape[1], labels.shape[1]))
    for column, label in zip(weights.T, labels.T, strict=True):
        for _ in range(30):
            chance = 1 / (1 + np.exp(-(inputs @ column)))
            slope = inputs.T @ (label - chance) - penalty * column
            bend = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + np.diag(penalty)
            step = np.linalg.solve(bend, slope)
            column += step
            if np.abs(step).max() < 1e-6:
                break
    return weights


def fold_models(rows: Rows | None = None) -> list[Floats]:
    """For each question the weights of a model that saw nothing of it."""
    rows = rows or load()
    fold = np.random.default_rng(0).permutation(int(rows.question.max()) + 1) % FOLDS
    models = [
        fit(rows.inputs[fold[rows.question] != number], rows.labels[fold[rows.question] != number])
        for number in range(FOLDS)
    ]
    return [models[number] for number in fold]


def cross_validated(rows: Rows) -> Floats:
    """Chances of each row by models that saw nothing of its question."""
    models = fold_models(rows)
    weights = np.stack([models[number] for number in rows.question])
    return 1 / (1 + np.exp(-np.einsum("ij,ijk->ik", rows.inputs, weights)))


def area(label: Floats, chance: Floats) -> float:
    """Area under the curve: how often a sentence of the kind ranks above one that is not."""
    ranks = chance.argsort().argsort() + 1
    inside = label.sum()
    outside = len(label) - inside
    return float((ranks[label > 0].sum() - inside * (inside + 1) / 2) / (inside * outside))


def main() -> None:
    """Fit, write and print."""
    rows = load()
    chances = cross_validated(rows)
    for column, kind in enumerate(LEARNED):
        plain = ~rows.merged
        print(
            f"{kind:13} {area(rows.labels[plain, column], chances[plain, column]):.3f}"
            f"  run together {area(rows.labels[~plain, column], chances[~plain, column]):.3f}"
        )
    weights = fit(rows.inputs, rows.labels).astype(np.float32)
    # A test compares the row of PROBE: other vectors need another model.
    np.savez(
        MODEL,
        counted=weights[: len(FEATURES)],
        vector=weights[len(FEATURES) :],
        probe=static_vectors().encode([PROBE])[0],
    )


if __name__ == "__main__":
    main()
