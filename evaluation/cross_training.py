"""``python -m evaluation.cross_training`` learns ``axes.npz`` from ``axes.toml`` in personas.

The development cases of ``evaluation.cross`` are learnt from as well, the test cases are not.

``--check`` prints instead how well statements held back are read (five folds).
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.engine.axes import Axes, Weights, axes, dense_rows, features
from bot.engine.meaning import Matrix, static_vectors
from bot.engine.text import sentences
from evaluation.cross import Case, cases
from personas.catalogue import HERE

_PASSES: Final = 10
_BATCH: Final = 512
_STEP: Final = 0.02
_DECAY: Final = 1e-4
_SEEN_AT_LEAST: Final = 2
_FOLDS: Final = 5

Labels = NDArray[np.int64]


def material(data: Axes, told: Sequence[Case] = ()) -> tuple[list[str], Labels, NDArray[np.bool_]]:
    """Texts, the number of their pole (idle is the last) and which of them are whole statements.

    ``told`` are cases: what was planted there stands where its label says, the rest is idle.
    """
    texts: list[str] = []
    labels: list[int] = []
    whole: list[bool] = []
    for number, pole in enumerate(data.poles):
        for group, is_whole in ((pole.examples, True), (pole.phrases, False)):
            texts += group
            labels += [number] * len(group)
            whole += [is_whole] * len(group)
    numbers = {pole.key: number for number, pole in enumerate(data.poles)}
    planted = [q for case in told for spot in case["planted"] for q in spot["quotes"] if q["pole"]]
    texts += [quote["text"] for quote in planted]
    labels += [numbers[quote["pole"]] for quote in planted]
    whole += [True] * len(planted)
    idle = [*data.idle.examples, *(line for case in told for line in fillers(case))]
    return (
        [*texts, *idle],
        np.array([*labels, *[len(data.poles)] * len(idle)]),
        np.array([*whole, *[True] * len(idle)]),
    )


def fillers(case: Case) -> list[str]:
    """The sentences of the messages in which nothing was planted."""
    planted = {
        (quote["coach"], quote["message"]) for spot in case["planted"] for quote in spot["quotes"]
    }
    return [
        sentence.text
        for said in case["messages"]
        if (said["coach"], said["message"]) not in planted
        for sentence in sentences(said["text"])
    ]


def learn(texts: Sequence[str], labels: Labels, keys: Sequence[str]) -> Weights:
    """Multinomial logistic regression by Adam (Kingma and Ba 2015), the same on every run."""
    seen = Counter(feature for text in texts for feature in set(features(text)))
    often = [word for word, count in seen.items() if count >= _SEEN_AT_LEAST]
    vocabulary = {word: index for index, word in enumerate(often)}
    rarity = np.array([np.log(len(texts) / seen[word]) for word in vocabulary], np.float32)
    rarity *= np.array([0.7 if word.startswith("p ") else 1.0 for word in vocabulary], np.float32)
    vectors = static_vectors()
    centre = vectors.encode(texts).mean(axis=0)
    size = dense_rows(texts[:1], centre, vectors).shape[1] + len(vocabulary)
    empty = np.zeros((size, len(keys) + 1), np.float32)
    start = Weights(tuple(keys), vocabulary, rarity, centre, empty, empty[0])
    matrix, bias = _descend(start.rows(texts, vectors), labels, empty.shape[1])
    return Weights(tuple(keys), vocabulary, rarity, centre, matrix, bias)


def _descend(rows: Matrix, labels: Labels, classes: int) -> tuple[Matrix, Matrix]:
    rng = np.random.default_rng(0)
    # The bias is the weight of a feature that every text has.
    rows = np.hstack([rows, np.ones((len(rows), 1), np.float32)])
    weights = np.zeros((rows.shape[1], classes), np.float32)
    mean, spread = np.zeros_like(weights), np.zeros_like(weights)
    step = 0
    for _ in range(_PASSES):
        order = rng.permutation(len(rows))
        for start in range(0, len(order), _BATCH):
            chosen = order[start : start + _BATCH]
            step += 1
            slope = rows[chosen].T @ _errors(rows[chosen] @ weights, labels[chosen])
            slope += _DECAY * weights
            mean = 0.9 * mean + 0.1 * slope
            spread = 0.99 * spread + 0.01 * slope * slope
            ahead = mean / (1 - 0.9**step)
            weights -= _STEP * ahead / (np.sqrt(spread / (1 - 0.99**step)) + 1e-7)
    return weights[:-1], weights[-1]


def _errors(logits: Matrix, labels: Labels) -> Matrix:
    grown = np.exp(logits - logits.max(axis=1, keepdims=True))
    found = grown / grown.sum(axis=1, keepdims=True)
    found[np.arange(len(labels)), labels] -= 1
    return found / len(labels)


def held_back(data: Axes) -> dict[str, float]:
    """How often the right pole, and the right axis, comes first for statements not learnt from."""
    texts, labels, whole = material(data)
    keys = [pole.key for pole in data.poles]
    numbers = {key: number for number, key in enumerate(keys)}
    opposite = [numbers.get(data.opposite.get(key, "")) for key in keys]
    folds = np.random.default_rng(1).integers(0, _FOLDS, len(texts))
    right = near = told = 0
    for fold in range(_FOLDS):
        out = whole & (folds == fold)
        weights = learn([t for t, o in zip(texts, out, strict=True) if not o], labels[~out], keys)
        asked = [text for text, is_out in zip(texts, out, strict=True) if is_out]
        logits = weights.rows(asked, static_vectors()) @ weights.matrix + weights.bias
        guesses: list[int] = logits[:, :-1].argmax(axis=1).tolist()
        truths: list[int] = labels[out].tolist()
        for truth, guess in zip(truths, guesses, strict=True):
            if truth < len(keys):
                told += 1
                right += int(truth == guess)
                near += int(truth == guess or opposite[truth] == guess)
    return {"pole": right / told, "axis": near / told, "statements": float(told)}


def main() -> None:
    """Learn and write the weights, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    data = axes()
    if parser.parse_args().check:
        print(held_back(data))
        return
    texts, labels, _ = material(data, cases("development"))
    learn(texts, labels, [pole.key for pole in data.poles]).save(HERE / "axes.npz")


if __name__ == "__main__":
    main()
