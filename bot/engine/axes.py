"""Tells where a statement stands on the axes of working life: pay or meaning, stay or leave …

``personas/axes.toml`` holds the axes with statements of people. A linear model learnt from them
(``personas/axes.npz``, made by ``python -m evaluation.cross_training``) and cues, regular
expressions that know negation, give each text one probability a pole.

Source of the method: multinomial logistic regression over static word vectors and words; words in
the scope of a negation are features of their own (Das and Chen 2001, "Yahoo! for Amazon").
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.engine.meaning import Matrix, Meaning, static_vectors, unit
from bot.lazily import lazy
from personas.catalogue import HERE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

Array: TypeAlias = "NDArray[np.float64]"
# Weights of the parts of a text's row: all words, the words not negated and the negated ones, the
# words as such. The model is learnt with them; the numbers below were chosen on the development
# cases of evaluation/cross.py.
SCALES: Final = (3.0, 2.1, 2.1, 3.0)
_WINDOW, _STRIDE = 8, 3
_CUE_WORTH, _CUES_AT_MOST = 2.5, 2
_WINDOW_SHARE = 0.6
_IDLE, _IDLE_BY_STANCE = 1.0, 1.0
_NEGATED_WORDS = 7

# Reading ----------------------------------------------------------------------------------------

_NEGATION = re.compile(
    r"\b(?:not|no|never|dont|doesnt|didnt|cant|cannot|couldnt|wont|wouldnt|isnt|arent|wasnt|werent|"
    r"havent|hasnt|nobody|nothing|without|hates?|loathe|hardly|than|instead of|stop|sick of|"
    r"tired of|fed up with|done with|enough of|less|refuse|avoid|dread|neither|nor|bores|"
    r"rather than|away from|no longer|anything but|against|spare me|end of|lack|lacking|lost|"
    r"(?:hopeless|useless|bad|terrible|awful) (?:at|with)|(?:go|went|gone|going) (?:crazy|"
    r"mad) (?:with|if|in|at)|"
    r"cant stand|impossible (?:for me )?to|unable to|hard to)\b"
)
_NO_NEGATION = re.compile(
    r"\b(?:not only|not just|no matter|no doubt|cant wait|why not|dont mind|cant help|"
    r"nothing beats|"
    r"nothing better|no problem|no trouble|never been more|couldnt be|no wonder|not to mention|"
    r"more than happy|nothing more than|not long ago|last but not least|no later than|"
    r"more often than)\b"
)
_SCOPE_END = re.compile(r"[.,;:!?]|\bbut\b")
_GLUE = """a an the and or of to in on at for with it is be am im ive id ill was that this my me i
as so if you they he she we"""
_EMPTY = frozenset(_GLUE.split())
_STANCE = re.compile(
    r"\b(?:i (?:really |just |only |still |do )?(?:want|need|love|hate|like|enjoy|prefer|hope|"
    r"dream|wish|"
    r"refuse|believe|care|trust|fear|dread|miss|avoid|can|cant|could|couldnt|wont|would|wouldnt|"
    r"never|"
    r"always|dont|feel|keep|tend|freeze|find it)|id|im (?:not |so |too |really |the |always |"
    r"at my |good |"
    r"bad |afraid|scared|tired|sick|done|happiest|happy|ready|proud|best|after|looking|worried|"
    r"ashamed|"
    r"fed up|keen|willing|prepared|more|a )|i am|no more|never|always|rather|than|must|has to|"
    r"have to|"
    r"matters?|comes? first|important|what (?:drives|scares|frightens|keeps|pulls|bothers|stops)|"
    r"makes? me|let me|give me|for me|to me|without|instead|enough|too much|the (?:best|worst|only|"
    r"happiest)|every time|dream|goal|aim|plan is)\b"
)


def plain(text: str) -> str:
    """The text as cues read it: lower case, no apostrophes, hyphens as blanks."""
    flat = re.sub(r"['’]", "", text.lower())
    return " ".join(re.sub(r"[-–—]", " ", flat).split())


def negated_spans(flat: str) -> list[tuple[int, int]]:
    """Where a negation reaches in a ``plain`` text: up to a border or seven words."""
    shown = _NO_NEGATION.sub(lambda found: "x" * len(found.group()), flat)
    spans: list[tuple[int, int]] = []
    for found in _NEGATION.finditer(shown):
        border = _SCOPE_END.search(shown, found.end())
        end = border.start() if border else len(shown)
        reached = list(re.finditer(r"\S+", shown[found.end() : end]))
        if len(reached) > _NEGATED_WORDS:
            end = found.end() + reached[_NEGATED_WORDS - 1].end()
        spans.append((found.end(), end))
    return spans


def is_negated(position: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether an odd number of negations reach the position."""
    return sum(start <= position < end for start, end in spans) % 2 == 1


def told_words(text: str) -> list[tuple[str, bool]]:
    """The words that are no mere glue, each with whether it is negated."""
    flat = plain(text)
    spans = negated_spans(flat)
    return [
        (found.group(), is_negated(found.start(), spans))
        for found in re.finditer(r"\w+", flat)
        if found.group() not in _EMPTY
    ]


def features(text: str) -> list[str]:
    """Words, word beginnings and word pairs of the text, negated ones marked."""
    marked = [("not " if negated else "") + word for word, negated in told_words(text)]
    stems = [f"s {word[: 9 if word.startswith('not ') else 5]}" for word in marked if len(word) > 5]
    pairs = [f"p {first} {second}" for first, second in pairwise(marked)]
    return [f"w {word}" for word in marked] + stems + pairs


# Data -------------------------------------------------------------------------------------------


class _Data(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _pattern(text: str) -> str:
    re.compile(re.sub(r"\{\w+\}", "x", text))
    return text


class Pole(_Data):
    """One side of an axis, or a theme of its own: what people say who stand there."""

    key: str
    title: str
    cues: list[Annotated[str, AfterValidator(_pattern)]] = Field(min_length=1)
    phrases: list[str]
    examples: list[str] = Field(min_length=12)


class Axis(_Data):
    """Two poles that pull against each other; a negated cue of one counts for the other."""

    key: str
    title: str
    pole: list[Pole] = Field(min_length=2, max_length=2)


class Clash(_Data):
    """Two poles of different axes that pull against each other."""

    poles: list[str] = Field(min_length=2, max_length=2)
    title: str


class Idle(_Data):
    """Statements that stand nowhere."""

    examples: list[str]


class Axes(_Data):
    """The whole of ``axes.toml``."""

    words: dict[str, str]
    axis: list[Axis]
    theme: list[Pole]
    clash: list[Clash]
    idle: Idle

    @cached_property
    def poles(self) -> tuple[Pole, ...]:
        """Every pole: those of the axes in order, then the themes."""
        return (*(pole for axis in self.axis for pole in axis.pole), *self.theme)

    @cached_property
    def opposite(self) -> dict[str, str]:
        """The other pole of the axis, by key; themes have none."""
        first = {axis.pole[0].key: axis.pole[1].key for axis in self.axis}
        return first | {other: one for one, other in first.items()}

    @cached_property
    def tensions(self) -> dict[frozenset[str], str]:
        """The title of each pair of poles that pull against each other."""
        own = {frozenset(pole.key for pole in axis.pole): axis.title for axis in self.axis}
        return {frozenset(clash.poles): clash.title for clash in self.clash} | own


@cache
def axes(path: Path = HERE / "axes.toml") -> Axes:
    """The axes of a file, read once. Raises pydantic's ValidationError for a bad file."""
    return Axes.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


# Model ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights:
    """What was learnt: ``matrix`` has a row a feature and a column a pole, the last one is idle.

    The first three blocks of rows belong to the static vectors, the rest to ``vocabulary``.
    """

    keys: tuple[str, ...]
    vocabulary: dict[str, int]
    rarity: Matrix
    centre: Matrix
    matrix: Matrix
    bias: Matrix

    def rows(self, texts: Sequence[str], vectors: Meaning) -> Matrix:
        """The features of each text, shape (n, features)."""
        return np.hstack([dense_rows(texts, self.centre, vectors), self._word_rows(texts)])

    def _word_rows(self, texts: Sequence[str]) -> Matrix:
        rows = np.zeros((len(texts), len(self.vocabulary)), np.float32)
        for row, text in zip(rows, texts, strict=True):
            for feature in features(text):
                index = self.vocabulary.get(feature)
                if index is not None:
                    row[index] = self.rarity[index]
        return SCALES[3] * unit(rows)

    def save(self, path: Path) -> None:
        """Write the file that ``load`` reads; weights are kept as int8 with a scale a column."""
        scale: Matrix = np.abs(self.matrix).max(axis=0) / 127
        small: NDArray[np.int8] = np.round(self.matrix / scale).astype(np.int8)
        np.savez_compressed(
            path,
            keys=np.array(self.keys),
            vocabulary=np.array(list(self.vocabulary)),
            rarity=self.rarity.astype(np.float16),
            centre=self.centre,
            matrix=small,
            scale=scale,
            bias=self.bias,
        )

    @classmethod
    def load(cls, path: Path) -> Weights:
        """The weights of a file. Raises OSError where there is none."""
        with np.load(path) as data:
            stored: dict[str, NDArray[Any]] = dict(data)
        return cls(
            keys=tuple(str(key) for key in stored["keys"]),
            vocabulary={str(word): index for index, word in enumerate(stored["vocabulary"])},
            rarity=stored["rarity"].astype(np.float32),
            centre=stored["centre"].astype(np.float32),
            matrix=(stored["matrix"] * stored["scale"]).astype(np.float32),
            bias=stored["bias"].astype(np.float32),
        )


def dense_rows(texts: Sequence[str], centre: Matrix, vectors: Meaning) -> Matrix:
    """Static vectors of all words, of those not negated and of the negated ones, side by side."""
    words = [told_words(text) for text in texts]
    split = [
        vectors.encode([" ".join(word for word, told in one if told is side) for one in words])
        for side in (False, True)
    ]
    whole = unit(vectors.encode(texts) - centre)
    return np.hstack([SCALES[0] * whole, SCALES[1] * split[0], SCALES[2] * split[1]])


class Reader:
    """Gives each text one probability a pole.

    Args:
        data: the axes; their poles must be those of the weights, in the same order.
        weights: what was learnt from them.
        vectors: the static vectors the weights were learnt with.

    Raises:
        ValueError: the weights were learnt from other poles.
    """

    def __init__(self, data: Axes, weights: Weights, vectors: Meaning) -> None:
        self.keys = tuple(pole.key for pole in data.poles)
        if weights.keys != self.keys:
            raise ValueError("axes.npz was made from other poles: run evaluation.cross_training")
        self.data = data
        self._weights = weights
        self._vectors = vectors
        index = {key: number for number, key in enumerate(self.keys)}
        self._opposite = [
            index[data.opposite[key]] if key in data.opposite else None for key in self.keys
        ]
        self._cues = [[_compile(cue, data.words) for cue in pole.cues] for pole in data.poles]

    def read(self, texts: Sequence[str]) -> Array:
        """Probabilities of shape (n, poles); what a row lacks to 1 is idle talk."""
        if not texts:
            return np.zeros((0, len(self.keys)))
        pieces = [list(_pieces(text)) for text in texts]
        flat = [piece for own in pieces for piece in own]
        rows = self._weights.rows(flat, self._vectors)
        logits = (rows @ self._weights.matrix + self._weights.bias).astype(np.float64)
        out = np.zeros((len(texts), len(self.keys) + 1))
        start = 0
        for number, (text, own) in enumerate(zip(texts, pieces, strict=True)):
            part = logits[start : start + len(own)]
            start += len(own)
            out[number] = (1 - _WINDOW_SHARE) * part[0] + _WINDOW_SHARE * part.max(axis=0)
            out[number, -1] = part[0, -1] + _IDLE - _IDLE_BY_STANCE * (stance(text) - 1)
            out[number, :-1] += _CUE_WORTH * self._cued(text)
        grown = np.exp(out - out.max(axis=1, keepdims=True))
        return (grown / grown.sum(axis=1, keepdims=True))[:, :-1]

    def rows(self, texts: Sequence[str]) -> Matrix:
        """The static vectors of the texts without what all statements share, of unit length."""
        return unit(self._vectors.encode(texts) - self._weights.centre)

    def _cued(self, text: str) -> Array:
        flat = plain(text)
        spans = negated_spans(flat)
        found = np.zeros(len(self.keys))
        for number, patterns in enumerate(self._cues):
            for pattern in patterns:
                hit = pattern.search(flat)
                if hit is None:
                    continue
                told = self._opposite[number] if is_negated(hit.start(), spans) else number
                if told is not None:
                    found[told] += 1
        return np.minimum(found, _CUES_AT_MOST)


def _compile(cue: str, named: dict[str, str]) -> re.Pattern[str]:
    whole = re.sub(r"\{([a-z]+)\}", lambda found: named[found.group(1)], cue)
    return re.compile(rf"\b(?:{whole})(?!\w)")


def _pieces(text: str) -> Iterator[str]:
    """The text, and windows over it where it is long: a stance may sit in a part of it."""
    yield text
    words = text.split()
    if len(words) > _WINDOW + 1:
        for start in range(0, len(words) - _WINDOW // 2, _STRIDE):
            yield " ".join(words[start : start + _WINDOW])


def stance(text: str) -> int:
    """How many words of wanting and judging the text holds, at most 3."""
    return min(len(_STANCE.findall(plain(text))), 3)


@cache
def reader(folder: Path = HERE) -> Reader:
    """The reader of ``axes.toml`` and ``axes.npz`` in the folder, made once."""
    return Reader(axes(folder / "axes.toml"), Weights.load(folder / "axes.npz"), static_vectors())
