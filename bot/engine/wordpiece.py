"""Greedy longest-match WordPiece, as BERT's uncased vocabulary wants it, in plain Python.

Source of the method: Schuster and Nakajima 2012, "Japanese and Korean voice search"; Devlin et al.
2019 for the treatment of accents and punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

_PARTS = re.compile(r"[^\W_]+|[^\w\s]|_")
_LONGEST_WORD = 64


class WordPiece:
    """Cuts text into the ids of a vocabulary.

    Args:
        vocabulary: token to id; a token that continues a word starts with ``##``.
        remembered: how many different words keep their ids in memory.
    """

    def __init__(self, vocabulary: Mapping[str, int], remembered: int = 20_000) -> None:
        self._vocabulary = vocabulary
        self._remembered = remembered
        self._known: dict[str, tuple[int, ...]] = {}

    def ids(self, text: str) -> list[int]:
        """Ids of the tokens of ``text`` in order; what the vocabulary can't spell is left out."""
        found: list[int] = []
        for part in _PARTS.findall(_plain(text)):
            ids = self._known.get(part)
            if ids is None:
                ids = self._cut(part)
                if len(self._known) < self._remembered:
                    self._known[part] = ids
            found.extend(ids)
        return found

    def _cut(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST_WORD:
            return ()
        ids: list[int] = []
        start = 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                found = self._vocabulary.get(prefix + word[start:end])
                if found is not None:
                    ids.append(found)
                    start = end
                    break
            else:
                return ()
        return tuple(ids)


def _plain(text: str) -> str:
    lowered = text.lower()
    if lowered.isascii():
        return lowered
    apart = unicodedata.normalize("NFD", lowered)
    return "".join(char for char in apart if unicodedata.category(char) != "Mn")
