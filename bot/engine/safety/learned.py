"""The learned half of the screen: how near a message is to examples of danger.

Three views of a message are compared with the examples: its static vector, the concepts it speaks
of, and its words and spellings. Weights are made by ``scripts/train_safety.py``.

Source of the method: kernel ridge regression on a subset of the examples (Rifkin, Yeo and Poggio
2003, "Regularized least-squares classification") with hashed n-grams as a linear part.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast
from zlib import crc32

from bot.engine.meaning import Matrix, Meaning, static_vectors, unit
from bot.engine.safety.spelling import DATA
from bot.lazily import lazy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

WEIGHTS: Final = Path(__file__).parent / "weights.npz"
WIDTH: Final = 4096
STEPS: Final = 127.0
_MOST_OF_A_CONCEPT: Final = 3
# The higher, the fewer examples near a message tell the kind of its danger.
_NEIGHBOURS: Final = 8
_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Score:
    """What the examples say of a message.

    ``danger`` is about -1 for the harmless and 1 for danger; ``outright`` is above 0 where the
    nearest dangers are said outright; ``near`` is the nearness to each example, shape (k,).
    """

    danger: float
    outright: float
    near: Matrix = field(repr=False, compare=False)

    @property
    def kind(self) -> str:
        """The kind of danger most of the nearest examples are of; of use where there is danger."""
        weights = load()
        votes = self.near**_NEIGHBOURS @ weights.of_kind
        return weights.kinds[int(votes.argmax())]


@dataclass(frozen=True, slots=True)
class Views:
    """The three views of n messages, rows of unit length, all float32.

    ``vectors`` is (n, d), ``concepts`` (n, number of concepts), ``spellings`` (n, WIDTH).
    """

    vectors: Matrix
    concepts: Matrix
    spellings: Matrix


@dataclass(frozen=True, slots=True)
class Weights:
    """The examples kept (k of them) and what each counts for.

    ``of_kind`` is (k, number of kinds), 1 where an example is of that kind of danger.
    """

    vectors: Matrix
    concepts: Matrix
    examples: Matrix
    spellings: Matrix
    kinds: Sequence[str]
    of_kind: Matrix


def views(plain_texts: Sequence[str], meaning: Meaning | None = None) -> Views:
    """The views of texts in plain form; ``meaning`` other than static vectors is not used here."""
    level = meaning if meaning is not None and meaning.level == "vectors" else static_vectors()
    return Views(
        vectors=level.encode(plain_texts),
        concepts=concept_rows([concept_counts(text) for text in plain_texts]),
        spellings=_spellings(plain_texts),
    )


def nearness(one: Views, vectors: Matrix, concepts: Matrix) -> Matrix:
    """Kernel between n messages and k examples, (n, k), 1 where both views agree fully."""
    return np.exp(one.vectors @ vectors.T - 1 + (one.concepts @ concepts.T - 1) / 2)


def concept_rows(counts: Sequence[Sequence[int]]) -> Matrix:
    """Rows of unit length from how often each concept is spoken of."""
    return unit(np.sqrt(np.asarray(counts, dtype=np.float32)))


def score(plain_text: str, meaning: Meaning | None = None) -> Score:
    """The score of one message in plain form."""
    weights = load()
    seen = views([plain_text], meaning)
    near = nearness(seen, weights.vectors, weights.concepts)[0]
    danger, outright = near @ weights.examples + seen.spellings[0] @ weights.spellings[:-1]
    bias = weights.spellings[-1]
    return Score(float(danger + bias[0]), float(outright + bias[1]), near)


@cache
def load(path: Path = WEIGHTS) -> Weights:
    """The weights of ``path``, read once."""
    with np.load(path) as file:
        stored = cast("dict[str, NDArray[Any]]", {name: file[name] for name in file.files})
    of_examples = stored["kinds"].tolist()
    kinds = sorted({kind for kind in of_examples if kind})
    return Weights(
        vectors=stored["vectors"].astype(np.float32) / np.float32(STEPS),
        concepts=concept_rows(stored["concepts"].tolist()),
        examples=stored["examples"].astype(np.float32),
        spellings=stored["spellings"].astype(np.float32),
        kinds=kinds,
        of_kind=np.array([[one == kind for kind in kinds] for one in of_examples], np.float32),
    )


@cache
def _concepts() -> tuple[re.Pattern[str], ...]:
    return tuple(map(_any_of, _phrases()))


@cache
def _phrases() -> tuple[list[str], ...]:
    data = tomllib.loads((DATA / "concepts.toml").read_text(encoding="utf-8"))
    return tuple(cast(list[str], phrases) for phrases in data.values())


def _any_of(phrases: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(phrases, key=len, reverse=True)
    choices = "|".join(re.escape(one).replace(r"\*", r"\w*") for one in longest_first)
    return re.compile(rf"\b(?:{choices})\b")


def concept_counts(plain_text: str) -> list[int]:
    """How often a text in plain form speaks of each concept, in the order of the file."""
    concepts = _concepts()
    counts = [0] * len(concepts)
    begun = frozenset[int]().union(*map(_begun_by, _WORD.findall(plain_text)))
    for index in begun:
        counts[index] = min(_MOST_OF_A_CONCEPT, len(set(concepts[index].findall(plain_text))))
    return counts


# A text holds the first words of few concepts: only those are looked for as a whole.
@lru_cache(maxsize=20_000)
def _begun_by(word: str) -> frozenset[int]:
    """The concepts with a phrase whose first word is ``word``."""
    return frozenset(
        index
        for index, (whole, stems) in enumerate(_beginnings())
        if word in whole or word.startswith(stems)
    )


@cache
def _beginnings() -> list[tuple[frozenset[str], tuple[str, ...]]]:
    """The first words of each concept's phrases: whole ones, and those of any ending."""
    firsts = [[phrase.split()[0] for phrase in phrases] for phrases in _phrases()]
    return [
        (
            frozenset(word for word in words if not word.endswith("*")),
            tuple(word[:-1] for word in words if word.endswith("*")),
        )
        for words in firsts
    ]


def _spellings(plain_texts: Sequence[str]) -> Matrix:
    rows = np.zeros((len(plain_texts), WIDTH), dtype=np.float32)
    for row, text in zip(rows, plain_texts, strict=True):
        hashes = np.fromiter(_parts(text).values(), dtype=np.int64)
        signs = np.where(hashes & 0x8000_0000, 1.0, -1.0)
        row[:] = np.bincount(hashes % WIDTH, signs, WIDTH)
    return unit(rows)


def _parts(text: str) -> dict[str, int]:
    """Words, pairs, triples and pieces of three to five letters, each once, with its hash."""
    words = text.split()
    pairs = [f"p {one} {two}" for one, two in pairwise(words)]
    triples = zip(words, words[1:], words[2:], strict=False)
    pairs += [f"t {one} {two} {three}" for one, two, three in triples]
    parts = {part: crc32(part.encode()) for part in pairs}
    for word in words:
        parts.update(_parts_of(word))
    return parts


@lru_cache(maxsize=8_192)
def _parts_of(word: str) -> dict[str, int]:
    padded = f"<{word}>"
    pieces = [
        padded[start : start + size]
        for size in (3, 4, 5)
        for start in range(len(padded) - size + 1)
    ]
    return {part: crc32(part.encode()) for part in (f"w {word}", *pieces)}
