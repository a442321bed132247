"""How near two texts are in meaning: one seam, three levels.

``words`` hashes words and character n-grams, ``vectors`` averages static token vectors that lie in
the repository, ``embeddings`` asks a model named by ``EMBEDDINGS=provider:name``. All three turn
texts into rows of unit length, so that a dot product is the cosine.
"""

from __future__ import annotations

import importlib
import logging
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypeAlias, TypeVar
from zlib import crc32

from bot.engine.wordpiece import WordPiece
from bot.lazily import lazy

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

Matrix: TypeAlias = "NDArray[np.float32]"
Level = Literal["words", "vectors", "embeddings"]
Result = TypeVar("Result")

FOLDER: Final = Path(__file__).parent / "vectors"
_log = logging.getLogger(__name__)


class MeaningError(RuntimeError):
    """A level of meaning can't answer just now; ``with_fallback`` goes on with the vectors."""


class Meaning(Protocol):
    """Turns texts into rows that can be compared."""

    @property
    def level(self) -> Level:
        """Which of the three levels this is."""
        ...

    def encode(self, texts: Sequence[str]) -> Matrix:
        """One row a text, shape (n, d), float32, of unit length, or zero where nothing is known.

        Raises:
            MeaningError: the level depends on something outside that failed.
        """
        ...


def similarity(meaning: Meaning, one: str, other: str) -> float:
    """Cosine of two texts, -1 to 1; 0 where one of them is empty."""

    def compare(level: Meaning) -> float:
        first, second = level.encode([one, other])
        return float(first @ second)

    return with_fallback(meaning, compare)


def nearest(
    meaning: Meaning, text: str, examples: Sequence[str], k: int = 1
) -> list[tuple[int, float]]:
    """The ``k`` examples nearest to ``text`` as (index, cosine), nearest first, ties by index."""
    if not examples:
        return []

    def search(level: Meaning) -> list[tuple[int, float]]:
        rows = level.encode([text, *examples])
        scores = rows[1:] @ rows[0]
        order = np.argsort(-scores, kind="stable")[:k]
        return [(int(index), float(scores[index])) for index in order]

    return with_fallback(meaning, search)


def with_fallback(meaning: Meaning, use: Callable[[Meaning], Result]) -> Result:
    """``use(meaning)``, or the same with the static vectors where ``meaning`` fails.

    Rows of different levels can't be compared, so the whole of ``use`` is done again.
    """
    try:
        return use(meaning)
    except MeaningError as error:
        _log.warning("meaning: %s; going on with static vectors", error)
        return use(static_vectors())


def best_available(spec: str | None = None) -> Meaning:
    """The embeddings of ``spec`` (``provider:name``) where they can be had, else the vectors."""
    if spec:
        try:
            return embeddings(spec)
        except MeaningError as error:
            _log.warning("meaning: %s; going on with static vectors", error)
    return static_vectors()


# Words -------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_SIGN: Final = 0x8000_0000


class Words:
    """Hashed words, word pairs and character n-grams, each weighing the same.

    Args:
        width: length of the rows; shorter rows are faster and mix up more features.

    Source of the method: Weinberger et al. 2009, "Feature hashing for large scale multitask
    learning"; the sign of a feature comes from its hash too.
    """

    level: Level = "words"

    def __init__(self, width: int = 4096) -> None:
        self._width = width

    def encode(self, texts: Sequence[str]) -> Matrix:
        """See :class:`Meaning`."""
        hashed = [_features(text) for text in texts]
        owners = np.repeat(np.arange(len(texts)), [len(own) for own in hashed])
        flat = np.concatenate(hashed) if texts else np.zeros(0, np.int64)
        signs = np.where(flat & _SIGN, 1.0, -1.0)
        places = owners * self._width + flat % self._width
        rows = np.bincount(places, signs, len(texts) * self._width)
        return unit(rows.reshape(len(texts), self._width))


def _features(text: str) -> NDArray[np.int64]:
    spoken = _WORD.findall(text.lower())
    pairs = [_hashed(f"p {first} {second}") for first, second in pairwise(spoken)]
    return np.concatenate([*map(_parts, spoken), np.array(pairs, np.int64)])


@lru_cache(maxsize=8_192)
def _parts(word: str) -> NDArray[np.int64]:
    padded = f"<{word}>"
    grams = [
        padded[start : start + size] for size in (3, 4) for start in range(len(padded) - size + 1)
    ]
    return np.array([_hashed(f"w {word}"), *map(_hashed, grams)], np.int64)


def _hashed(feature: str) -> int:
    return crc32(feature.encode())


@cache
def words() -> Meaning:
    """The level that is always there: shared words and spellings."""
    return Words()


# Static vectors ----------------------------------------------------------------------------------


class Vectors:
    """The mean of one static vector a token; numpy alone, the table stays on disk until it is used.

    Args:
        folder: holds ``tokens.txt`` (one a line), ``rows.npy`` (int8, shape (tokens, d)) and
            ``scales.npy`` (float32, shape (tokens,), by which a row is multiplied).
        remembered: how many texts keep their rows in memory.

    Source of the method: docs/vectors.md.
    """

    level: Level = "vectors"

    def __init__(self, folder: Path = FOLDER, remembered: int = 2_048) -> None:
        tokens = (folder / "tokens.txt").read_text(encoding="utf-8").split("\n")
        self._pieces = WordPiece({token: index for index, token in enumerate(tokens)})
        # Still the mapped file, but as a plain array: memmap objects are slow to take rows from.
        self._rows: NDArray[np.int8] = np.asarray(np.load(folder / "rows.npy", mmap_mode="r"))
        self._scales: Matrix = np.load(folder / "scales.npy")

        # A line is looked at from several sides; what it is compared with comes again and again.
        self._row = lru_cache(maxsize=remembered)(self._row_of)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """See :class:`Meaning`."""
        if not texts:
            return np.zeros((0, self._rows.shape[1]), np.float32)
        return np.array([self._row(text) for text in texts])

    def _row_of(self, text: str) -> NDArray[np.float32]:
        ids = np.array(self._pieces.ids(text), np.intp)
        if not ids.size:
            return np.zeros((self._rows.shape[1],), np.float32)
        rows: Matrix = self._rows[ids].astype(np.float32) * self._scales[ids][:, None]
        summed: Matrix = rows.sum(axis=0, keepdims=True)
        return unit(summed).reshape(-1)


@cache
def static_vectors() -> Meaning:
    """The static vectors of the repository, read once."""
    return Vectors()


# Embeddings --------------------------------------------------------------------------------------


class Embeddings:
    """A model's embeddings, each text asked for once while it is remembered.

    Args:
        embed: gives one list of numbers a text; LangChain's ``embed_documents``.
        remembered: how many texts keep their rows in memory.
        rest: seconds without a new try after a failure, so that an outage costs one time-out only.
    """

    level: Level = "embeddings"

    def __init__(
        self,
        embed: Callable[[list[str]], list[list[float]]],
        remembered: int = 8_192,
        rest: float = 60.0,
    ) -> None:
        self._embed = embed
        self._remembered = remembered
        self._rest = rest
        self._resting_until = 0.0
        self._known: OrderedDict[str, Matrix] = OrderedDict()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """See :class:`Meaning`. Raises MeaningError where the model can't be reached."""
        wanted = list(dict.fromkeys(texts))
        rows = {text: self._known[text] for text in wanted if text in self._known}
        missing = [text for text in wanted if text not in rows]
        if missing:
            rows |= dict(zip(missing, self._ask(missing), strict=True))
            self._remember(rows)
        return np.stack([rows[text] for text in texts]) if texts else np.zeros((0, 1), np.float32)

    def _ask(self, texts: list[str]) -> Matrix:
        if time.monotonic() < self._resting_until:
            raise MeaningError("the embeddings failed a moment ago")
        try:
            # A blank text is an error to some providers; no text is shorter than a full stop.
            made = np.asarray(self._embed([text.strip() or "." for text in texts]), np.float32)
        except Exception as error:
            self._resting_until = time.monotonic() + self._rest
            raise MeaningError(f"the embeddings failed ({type(error).__name__})") from error
        if made.ndim != 2 or len(made) != len(texts):
            raise MeaningError(f"the embeddings came in shape {made.shape} for {len(texts)} texts")
        return unit(made)

    def _remember(self, rows: dict[str, Matrix]) -> None:
        for text, row in rows.items():
            self._known[text] = row
            self._known.move_to_end(text)
        while len(self._known) > self._remembered:
            self._known.popitem(last=False)


# Texts here are short: sent as they are, in small lots, they need no tokeniser to be downloaded and
# work with every server that speaks this protocol; a silent server must not hold up a reply.
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "openai": {
        "check_embedding_ctx_length": False,
        "chunk_size": 128,
        "timeout": 20,
        "max_retries": 1,
    },
}


@cache
def embeddings(spec: str) -> Meaning:
    """Embeddings by LangChain's ``init_embeddings``; ``spec`` is ``provider:name``.

    Raises:
        MeaningError: LangChain or the provider's package is missing, or the name is not known.
    """
    try:
        # Loaded by name and late: its import takes a second, and few talks need it.
        library: Any = importlib.import_module("langchain.embeddings")
        model: Any = library.init_embeddings(spec, **_OPTIONS.get(spec.partition(":")[0], {}))
    except Exception as error:
        raise MeaningError(f"EMBEDDINGS={spec} can't be used ({type(error).__name__})") from error
    return Embeddings(model.embed_documents)


def unit(rows: NDArray[Any]) -> Matrix:
    """Rows scaled to unit length, float32; rows of zeros stay."""
    lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))[:, None]
    return np.divide(rows, lengths, out=np.zeros(rows.shape, np.float32), where=lengths > 0)
