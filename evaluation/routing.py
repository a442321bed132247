"""How often the right coach is recommended: ``python -m evaluation.routing``.

Two sets: the development set ``data/routing.jsonl``, which nothing is learnt from, and the
examples of the persona files themselves, each group of examples (a card, a theme) judged by a
recommender that has not seen it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypedDict

from bot.engine.meaning import Meaning, MeaningError, embeddings, static_vectors, words
from bot.engine.recommendation import Recommender, examples_of
from personas.catalogue import Catalogue

DATA: Final = Path(__file__).parent / "data" / "routing.jsonl"
UNCLEAR: Final = "unclear"
_FOLDS: Final = 5


class Figures(TypedDict):
    """Shares, 0 to 1: first choice right, right one among three, asked back on the unclear and
    on the clear texts."""

    first: float
    three: float
    unclear: float
    asked_back: float


class _Text(TypedDict):
    text: str
    accept: list[str]


def measure(meaning: Meaning, path: Path = DATA) -> Figures:
    """The figures of one level of meaning on a set of labelled texts."""
    lines = path.read_text(encoding="utf-8").splitlines()
    texts: list[_Text] = [json.loads(line) for line in lines if line.strip()]
    return _figures(Recommender(Catalogue(), meaning), texts)


def cross_validate(meaning: Meaning) -> Figures:
    """The figures on the recommender's own examples, learnt without the group they belong to."""
    catalogue = Catalogue()
    examples = list(examples_of(catalogue))
    groups = sorted({group for _, _, group in examples})
    fold = {group: number % _FOLDS for number, group in enumerate(groups)}
    parts: list[tuple[Figures, int, int]] = []
    for number in range(_FOLDS):
        seen = [example for example in examples if fold[example[2]] != number]
        texts: list[_Text] = [
            {"text": text, "accept": [key]}
            for text, key, group in examples
            if fold[group] == number
        ]
        unclear = sum(text["accept"] == [UNCLEAR] for text in texts)
        figures = _figures(Recommender(catalogue, meaning, examples=seen), texts)
        parts.append((figures, len(texts) - unclear, unclear))
    clear, unclear = sum(part[1] for part in parts), sum(part[2] for part in parts)
    return {
        "first": sum(part["first"] * count for part, count, _ in parts) / clear,
        "three": sum(part["three"] * count for part, count, _ in parts) / clear,
        "unclear": sum(part["unclear"] * count for part, _, count in parts) / unclear,
        "asked_back": sum(part["asked_back"] * count for part, count, _ in parts) / clear,
    }


def _figures(recommender: Recommender, texts: Sequence[_Text]) -> Figures:
    first = three = caught = asked = clear = 0
    for entry in texts:
        found = recommender.recommend(entry["text"])
        if UNCLEAR in entry["accept"]:
            caught += found.unclear
            continue
        clear += 1
        asked += found.unclear
        right = [ranked.coach in entry["accept"] for ranked in found.ranking]
        first += right[0]
        three += any(right[:3])
    return {
        "first": first / clear,
        "three": three / clear,
        "unclear": caught / max(1, len(texts) - clear),
        "asked_back": asked / clear,
    }


def levels() -> list[Meaning]:
    """The levels that work here; embeddings where ``EMBEDDINGS`` names some that answer."""
    found = [words(), static_vectors()]
    spec = os.environ.get("EMBEDDINGS")
    if spec:
        try:
            # Asked once before: later on, vectors would stand in for embeddings that fail.
            embeddings(spec).encode(["a word"])
            found.append(embeddings(spec))
        except MeaningError as error:
            print(f"Without embeddings: {error}.", file=sys.stderr)
    return found


def main() -> None:
    """Print a row for each level and set."""
    print(f"{'level':12}{'set':12}{'first':>8}{'three':>8}{'unclear':>9}{'asked back':>12}")
    for meaning in levels():
        for name, figures in (("dev", measure(meaning)), ("own", cross_validate(meaning))):
            shares = (figures["first"], figures["three"], figures["unclear"], figures["asked_back"])
            first, three, unclear, asked = (f"{share:.2f}" for share in shares)
            print(f"{meaning.level:12}{name:12}{first:>8}{three:>8}{unclear:>9}{asked:>12}")


if __name__ == "__main__":
    main()
