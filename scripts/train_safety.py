"""Makes the weights of the learned half of the safety screen: ``bot/engine/safety/weights.npz``.

Trains on evaluation/data/safety_own.jsonl (labelled) and on the utterances of the playbook cards
and of personas/routing as ordinary messages. Run again when the examples, the concepts or the
static vectors have changed. ``--folds 10`` prints a cross-validation instead.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bot.engine.meaning import Matrix  # noqa: E402
from bot.engine.safety.learned import STEPS, WEIGHTS, Views, concept_counts, nearness, senses, views  # noqa: E402
from bot.engine.safety.screening import needed  # noqa: E402
from bot.engine.safety.signs import read  # noqa: E402
from bot.engine.safety.spelling import plain  # noqa: E402
from personas.catalogue import Catalogue  # noqa: E402

OWN = ROOT / "evaluation" / "data" / "safety_own.jsonl"
ANSWERS = ROOT / "evaluation" / "data" / "answers_own.jsonl"
# Chosen by cross-validation on the own examples.
RIDGE = 0.5
ORDINARY_WEIGHT = 0.7
BALANCE = 0.8


@dataclass(frozen=True, slots=True)
class Example:
    """One text with its label (explicit, indirect, harmless), kind of danger and language."""

    text: str
    label: str
    kind: str
    language: str


def own_examples() -> list[Example]:
    """The labelled examples."""
    rows = [json.loads(line) for line in OWN.read_text(encoding="utf-8").splitlines()]
    return [Example(row["text"], row["label"], row["kind"] or "", row["language"]) for row in rows]


def ordinary_texts() -> list[str]:
    """What people write to their coaches on ordinary days.

    Questions (utterances of the cards and of routing) and answers (signals of the coaches' themes,
    examples and choices of their questions, the stories of the answer-quality examples).
    """
    catalogue = Catalogue()
    texts = {text for card in catalogue.all_cards for text in card.utterances}
    for coach in catalogue.coaches:
        texts |= {signal for theme in coach.focus for signal in theme.signals}
        texts |= {text for one in coach.questions for text in (one.example, *one.options)}
    for path in sorted((ROOT / "personas" / "routing").glob("*.toml")):
        for value in tomllib.loads(path.read_text(encoding="utf-8")).values():
            if isinstance(value, list):
                texts |= {one for one in value if isinstance(one, str)}
    for line in ANSWERS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        texts |= {row[name] for name in ("vague", "partial", "complete")}
    return sorted(texts)


@dataclass(frozen=True, slots=True)
class Training:
    """Examples, then ordinary texts, with their views, targets (n, 2) and weights (n, 2)."""

    examples: list[Example]
    texts: list[str]
    labels: list[str]
    seen: Views
    targets: NDArray[np.float64]
    weights: NDArray[np.float64]


def prepare(examples: list[Example], ordinary: list[str]) -> Training:
    """Put all texts into their three views; the examples come first."""
    texts = [*(example.text for example in examples), *ordinary]
    labels = np.array([*(example.label for example in examples), *["harmless"] * len(ordinary)])
    languages = np.array([*(example.language for example in examples), *["en"] * len(ordinary)])
    danger = labels != "harmless"
    outright = labels == "explicit"
    targets = np.stack([np.where(danger, 1.0, -1.0), np.where(outright, 1.0, -1.0)], axis=1)
    weights = np.ones((len(texts), 2))
    weights[len(examples) :, 0] = ORDINARY_WEIGHT
    weights[~danger, 1] = 1e-3
    # Where a language has mostly examples of danger, the language itself must not count as danger.
    for language in sorted(set(languages) - {"en"}):
        here = languages == language
        in_danger, harmless = (here & danger).sum(), (here & ~danger).sum()
        weights[here & ~danger, 0] = BALANCE * in_danger / max(1, harmless)
    named = [*(example.label for example in examples), *["ordinary"] * len(ordinary)]
    seen = views([_readable(one) for one in texts])
    return Training(examples, texts, named, seen, targets, weights)


def _readable(text: str) -> str:
    return read(plain(text)).text


def solve(training: Training, rows: NDArray[np.int64], kept: NDArray[np.int64]) -> Matrix:
    """Coefficients (kept + WIDTH + 1, 2) by weighted ridge regression over ``rows``."""
    seen = training.seen
    features = features_of(training, rows, kept)
    within = nearness(sense(seen, kept), sense(seen, kept)).astype(np.float64)
    size = features.shape[1]
    penalty = np.eye(size) * RIDGE
    penalty[: len(kept), : len(kept)] = RIDGE * (within + 1e-3 * np.eye(len(kept)))
    penalty[-1, -1] = 1e-6
    columns = [
        np.linalg.solve(
            (features * training.weights[rows, [column]][:, None]).T @ features + penalty,
            features.T @ (training.weights[rows, column] * training.targets[rows, column]),
        )
        for column in (0, 1)
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def features_of(
    training: Training, rows: NDArray[np.int64], kept: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Nearness to the kept examples, spellings and a constant, one row a text."""
    seen = training.seen
    near = nearness(sense(seen, rows), sense(seen, kept))
    return np.hstack([near, seen.spellings[rows], np.ones((len(rows), 1))]).astype(np.float64)


def sense(seen: Views, rows: NDArray[np.int64]) -> Matrix:
    """What some of the texts mean, as the screen compares it."""
    return senses(seen.vectors[rows], seen.concepts[rows])


def cross_validate(training: Training, folds: int) -> NDArray[np.float64]:
    """Scores (n, 2) of every text from weights that never saw it."""
    count = len(training.targets)
    fold = np.random.default_rng(7).permutation(count) % folds
    scores = np.zeros((count, 2))
    for number in range(folds):
        rows, held = np.where(fold != number)[0], np.where(fold == number)[0]
        kept = rows[rows < len(training.examples)]
        scores[held] = features_of(training, held, kept) @ solve(training, rows, kept)
    return scores


def report(training: Training, scores: NDArray[np.float64]) -> None:
    """Print the shares that pause, by label and by English or another language."""
    paused: dict[tuple[str, str], list[bool]] = {}
    for text, label, danger in zip(training.texts, training.labels, scores[:, 0], strict=True):
        message = plain(text)
        signs = read(message).signs
        pauses = danger > needed(message, signs[0].strength if signs else "none")
        group = "English" if message.language == "en" else "other"
        paused.setdefault((label, group), []).append(bool(pauses))
    for (label, group), found in sorted(paused.items()):
        print(f"{label:10}{group:10}{len(found):6}{sum(found) / len(found):8.3f}")


def write(training: Training) -> None:
    """Train on everything and write the weights."""
    kept = np.arange(len(training.examples))
    found = solve(training, np.arange(len(training.targets)), kept)
    counts = [concept_counts(_readable(one.text)) for one in training.examples]
    np.savez_compressed(
        WEIGHTS,
        vectors=np.round(training.seen.vectors[kept] * STEPS).astype(np.int8),
        concepts=np.array(counts, np.uint8),
        examples=found[: len(kept)],
        spellings=found[len(kept) :].astype(np.float16),
        kinds=np.array([one.kind for one in training.examples]),
    )
    size = WEIGHTS.stat().st_size / 1024
    print(f"{WEIGHTS.relative_to(ROOT)}: {len(kept)} examples, {size:.0f} KB")


def main() -> None:
    """Write the weights, or print a cross-validation."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=0, help="cross-validate instead of writing")
    arguments = parser.parse_args()
    training = prepare(own_examples(), ordinary_texts())
    if arguments.folds:
        report(training, cross_validate(training, arguments.folds))
    else:
        write(training)


if __name__ == "__main__":
    main()
