"""Multinomial logistic regression in numpy: few hundred to few thousand texts, solved at first use.

Source of the method: Böhning 1992, "Multinomial logistic regression algorithm": the Hessian has a
fixed upper bound, so that one inverse serves every step; the steps carry Nesterov's momentum.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.engine.meaning import Matrix
from bot.lazily import lazy

if TYPE_CHECKING:
    import numpy as np
else:
    np = lazy("numpy")

_STEPS: Final = 7
_BIAS: Final = 0.3


@dataclass(frozen=True, slots=True)
class Classifier:
    """Weights of shape (features + 1, labels); the last row is the bias."""

    labels: tuple[str, ...]
    weights: Matrix

    def logits(self, rows: Matrix) -> Matrix:
        """Evidence for each label, shape (n, labels), unbounded."""
        return rows @ self.weights[:-1] + _BIAS * self.weights[-1]

    def probabilities(self, rows: Matrix) -> Matrix:
        """Chance of each label, shape (n, labels), rows sum to 1."""
        return softmax(self.logits(rows))


def fit(rows: Matrix, answers: Sequence[str], ridge: float = 1e-3) -> Classifier:
    """Learns which label belongs to which rows.

    Args:
        rows: shape (n, features), about unit length.
        answers: the label of each row; every label weighs the same, however many rows it has.
        ridge: what a squared weight costs against the mean loss.

    Raises:
        ValueError: there are no rows, or not one answer a row.
    """
    if not len(rows) or len(rows) != len(answers):
        raise ValueError(f"{len(rows)} rows for {len(answers)} answers")
    labels = tuple(dict.fromkeys(answers))
    truth = np.array([[answer == label for label in labels] for answer in answers], np.float32)
    share = (truth @ (1 / truth.sum(axis=0)) / len(labels))[:, None].astype(np.float32)
    full = np.hstack([rows, np.full((len(rows), 1), _BIAS, np.float32)])
    bound = 0.5 * (full * share).T @ full
    bound[np.diag_indices_from(bound)] += ridge
    inverse: Matrix = np.asarray(np.linalg.inv(bound), np.float32)
    weights: Matrix = np.zeros((full.shape[1], len(labels)), np.float32)
    ahead = weights
    pace = 1.0
    for _ in range(_STEPS):
        slope: Matrix = full.T @ (share * (softmax(full @ ahead) - truth)) + ridge * ahead
        last, weights = weights, (ahead - inverse @ slope).astype(np.float32)
        faster = (1 + np.sqrt(1 + 4 * pace * pace)) / 2
        ahead = weights + np.float32((pace - 1) / faster) * (weights - last)
        pace = faster
    return Classifier(labels, weights)


def softmax(logits: Matrix) -> Matrix:
    """Row-wise softmax."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)
