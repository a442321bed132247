"""Whether a sentence gives away what a model was told to do."""

from __future__ import annotations

from functools import lru_cache

from bot.engine.text import content_words, words
from bot.voices.grounds import Grounds

# So many words in a row are no coincidence.
_RUN = 7
# Of runs of three words so large a part makes a near copy.
_SHINGLE = 3
_NEAR = 0.6
_LEAST_RUNS = 5
_LEAST_CONTENT = 4


@lru_cache(maxsize=64)
def _runs(prompt: tuple[str, ...], size: int) -> frozenset[tuple[str, ...]]:
    return frozenset(run for line in prompt for run in _windows(words(line), size))


def _windows(told: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(told[at : at + size]) for at in range(len(told) - size + 1)]


def near_copy(sentence: str, grounds: Grounds) -> bool:
    """Whether a sentence gives lines of the prompt away, word for word or nearly."""
    own = words(sentence)
    if any(run in _runs(grounds.prompt, _RUN) for run in _windows(own, _RUN)):
        allowed = f" {' '.join(words(' '.join((*grounds.told, *grounds.texts))))} "
        shared = [run for run in _windows(own, _RUN) if run in _runs(grounds.prompt, _RUN)]
        if any(f" {' '.join(run)} " not in allowed for run in shared):
            return True
    pieces = _windows(own, _SHINGLE)
    shared = sum(piece in _runs(grounds.prompt, _SHINGLE) for piece in pieces)
    return (
        len(content_words(sentence)) >= _LEAST_CONTENT
        and len(pieces) >= _LEAST_RUNS
        and shared >= _NEAR * len(pieces)
    )
