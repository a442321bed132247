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

    ``senses`` is what :func:`senses` makes of them; ``of_kind`` is (k, number of kinds), 1 where an
    example is of that kind of danger.
    """

    senses: Matrix
    examples: Matrix
    spellings: Matrix
    kinds: Sequence[str]
    of_kind: Matrix


def views(plain_texts: Sequence[str], meaning: Meaning | None = None) -> Views:
    """The views of texts in plain form; ``meaning`` other than static vectors is not used here."""
    return Views(
        vectors=_level(meaning).encode(plain_texts),
        concepts=concept_rows([concept_counts(text) for text in plain_texts]),
        spellings=_spellings(plain_texts),
    )


def senses(vectors: Matrix, concepts: Matrix) -> Matrix:
    """Both views of what n messages mean as one, (n, d + number of concepts).

    The product of two rows is 1.5 where both views agree fully; concepts count half.
    """
    return np.hstack([vectors, concepts * np.float32(0.5**0.5)])


def nearness(ones: Matrix, others: Matrix) -> Matrix:
    """Kernel between the senses of n messages and of k examples, (n, k), 1 where they agree."""
    return np.exp(ones @ others.T - np.float32(1.5))


def concept_rows(counts: Sequence[Sequence[int]]) -> Matrix:
    """Rows of unit length from how often each concept is spoken of."""
    return unit(np.sqrt(np.asarray(counts, dtype=np.float32)))


def score(plain_text: str, meaning: Meaning | None = None) -> Score:
    """The score of one message in plain form; its few spellings are looked up, not multiplied."""
    weights = load()
    concepts = concept_rows([concept_counts(plain_text)])
    sense = senses(_level(meaning).encode([plain_text]), concepts)
    near = nearness(sense, weights.senses)[0]
    places, signs = _hashed(plain_text)
    row = np.bincount(places, signs, WIDTH)
    length = np.sqrt(row @ row) or 1.0
    spelt = (signs / length) @ weights.spellings[places]
    danger, outright = near @ weights.examples + spelt + weights.spellings[-1]
    return Score(float(danger), float(outright), near)


def _level(meaning: Meaning | None) -> Meaning:
    return meaning if meaning is not None and meaning.level == "vectors" else static_vectors()


@cache
def load(path: Path = WEIGHTS) -> Weights:
    """The weights of ``path``, read once."""
    with np.load(path) as file:
        stored = cast("dict[str, NDArray[Any]]", {name: file[name] for name in file.files})
    of_examples = stored["kinds"].tolist()
    kinds = sorted({kind for kind in of_examples if kind})
    return Weights(
        senses=senses(
            stored["vectors"].astype(np.float32) / np.float32(STEPS),
            concept_rows(stored["concepts"].tolist()),
        ),
        examples=stored["examples"].astype(np.float32),
        spellings=stored["spellings"].astype(np.float32),
        kinds=kinds,
        of_kind=np.array([[one == kind for kind in kinds] for one in of_examples], np.float32),
    )


@cache
def _phrases() -> tuple[list[str], ...]:
    data = tomllib.loads((DATA / "concepts.toml").read_text(encoding="utf-8"))
    return tuple(cast(list[str], phrases) for phrases in data.values())


def concept_counts(plain_text: str) -> list[int]:
    """How often a text in plain form speaks of each concept, in the order of the file.

    Of the phrases of a concept that begin at the same word the longest counts, and the next one
    begins behind it; the same words count once.
    """
    spans = [found.span() for found in _WORD.finditer(plain_text)]
    words = [plain_text[start:end] for start, end in spans]
    spoken: list[set[str]] = [set() for _ in _phrases()]
    taken = [0] * len(spoken)
    for place, word in enumerate(words):
        for concept, tail in _begun_by(word):
            last = place + len(tail)
            if place < taken[concept] or last >= len(words):
                continue
            if tail and not _follows(plain_text, spans[place : last + 1], words, place + 1, tail):
                continue
            spoken[concept].add(plain_text[spans[place][0] : spans[last][1]])
            taken[concept] = last + 1
    return [min(_MOST_OF_A_CONCEPT, len(said)) for said in spoken]


def _follows(
    text: str,
    spans: Sequence[tuple[int, int]],
    words: Sequence[str],
    place: int,
    tail: Sequence[str],
) -> bool:
    """Whether the words from ``place`` on are those of ``tail``, a blank between each two."""
    if any(text[one[1] : other[0]] != " " for one, other in pairwise(spans)):
        return False
    return all(_is(word, words[place + number]) for number, word in enumerate(tail))


def _is(wanted: str, word: str) -> bool:
    return word.startswith(wanted[:-1]) if wanted.endswith("*") else word == wanted


# A text holds the first words of few phrases: only those are looked at further.
@lru_cache(maxsize=20_000)
def _begun_by(word: str) -> tuple[tuple[int, tuple[str, ...]], ...]:
    """The phrases whose first word is ``word``: their concepts and further words, longest first."""
    whole, stems = _beginnings()
    begun = [*whole.get(word, ()), *(one for stem, one in stems if word.startswith(stem))]
    begun.sort(key=lambda one: -len(one[1]))
    return tuple((concept, tuple(phrase.split()[1:])) for concept, phrase in begun)


@cache
def _beginnings() -> tuple[dict[str, list[tuple[int, str]]], list[tuple[str, tuple[int, str]]]]:
    """Phrases with their concepts by their first word; those whose first word is a stem."""
    whole: dict[str, list[tuple[int, str]]] = {}
    stems: list[tuple[str, tuple[int, str]]] = []
    for concept, phrases in enumerate(_phrases()):
        for phrase in phrases:
            first = phrase.split()[0]
            if first.endswith("*"):
                stems.append((first[:-1], (concept, phrase)))
            else:
                whole.setdefault(first, []).append((concept, phrase))
    return whole, stems


def _spellings(plain_texts: Sequence[str]) -> Matrix:
    rows = [np.bincount(*_hashed(text), WIDTH) for text in plain_texts]
    return unit(np.asarray(rows, dtype=np.float32).reshape(-1, WIDTH))


def _hashed(text: str) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The places of a text's spellings in a row of WIDTH, and the sign of each."""
    hashes = np.fromiter(_parts(text).values(), dtype=np.int64)
    return hashes % WIDTH, np.where(hashes & 0x8000_0000, 1.0, -1.0)


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
