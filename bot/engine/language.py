"""Whether a text is clearly not English, and the notice that is shown then, in its own language."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from personas.catalogue import HERE, load_data

_READ_AT_MOST: Final = 1_500
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
# Addresses, code, mentions and paths are written in no language.
_NO_LANGUAGE: Final = re.compile(r"`[^`]*`|https?://\S+|\S+@\S+|[@#]\w+|\S*[\\_=<>{}]\S*")
# How much of a text must speak for one language: a word of its own counts 2, a shared one 1.
_ENOUGH: Final = 0.4
_DENSE: Final = 0.6
_LEAD: Final = 1.25
_FEWEST_WORDS: Final = 3
_ENGLISH_SHARE: Final = 0.35
_FEWEST_LETTERS: Final = 4
_SCRIPT_SHARE: Final = 0.6
# Turkish glues its small words to the end of long ones.
_TURKISH: Final = re.compile(
    r"(?:[ıiuü]yor(?:um|sun|uz|lar)?|[ae]ca[ğk]\w*|m[ae]l[ıi]y[ıi]m|l[ae]r[ıi]m|[ıiuü]md[ae]n?)$"
)


class Language(BaseModel):
    """A language other than English: the notice in it, and what its texts are known by.

    ``words`` are frequent words between spaces and ``letters`` the ones English has not; both are
    empty where the script says enough.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    name: str = Field(min_length=2)
    notice: str = Field(min_length=20, max_length=600)
    go_on: str = Field(min_length=2, max_length=60)
    words: str = ""
    letters: str = ""


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    english: str
    in_english: str
    languages: dict[str, Language]


def language_of(text: str) -> str | None:
    """The language of a text that is clearly not English, else None.

    Returns:
        "de", "es", "fr", "pt", "it", "nl", "pl" or "tr", told by frequent words; "cyrillic", "ar",
        "he", "el", "hi", "th", "zh", "ja" or "ko", told by the script; None for English, and for
        short or mixed texts where it can't be told.
    """
    plain = _NO_LANGUAGE.sub(" ", text[:_READ_AT_MOST])
    return _script_of(plain) or _latin_of(plain)


def is_english(text: str, rather_than: str) -> bool:
    """Whether a text is English rather than in the language the talk was held in.

    What is not clearly in that language (``language_of``) need not be English for that.

    Args:
        rather_than: the code of that language.
    """
    found = _words_of(_NO_LANGUAGE.sub(" ", text[:_READ_AT_MOST]))
    english, claims = _claims()
    known = sum(word in english for word in found)
    other = sum(rather_than in claims.get(word, {}) for word in found)
    return known >= _ENGLISH_SHARE * len(found) and known > other


def language(code: str) -> Language:
    """The notice of a language ``language_of`` can return.

    Raises:
        KeyError: there is no such language.
        CatalogueError: ``personas/languages.toml`` can't be used.
    """
    return _file().languages[code]


def load(path: Path) -> dict[str, Language]:
    """Read and check a file of languages, by code. Raises CatalogueError with the first mistake."""
    return _read(path).languages


@cache
def _file() -> _File:
    return _read(HERE / "languages.toml")


def _read(path: Path) -> _File:
    return load_data(path, path.read_text(encoding="utf-8"), _File)


# Scripts -----------------------------------------------------------------------------------------

_SCRIPTS: Final = (
    ("cyrillic", 0x0400, 0x052F),
    ("el", 0x0370, 0x03FF),
    ("he", 0x0590, 0x05FF),
    ("ar", 0x0600, 0x06FF),
    ("ar", 0x0750, 0x077F),
    ("hi", 0x0900, 0x097F),
    ("th", 0x0E00, 0x0E7F),
    ("ja", 0x3040, 0x30FF),
    ("zh", 0x3400, 0x4DBF),
    ("zh", 0x4E00, 0x9FFF),
    ("ko", 0x1100, 0x11FF),
    ("ko", 0xAC00, 0xD7AF),
)


def _script_of(text: str) -> str | None:
    if text.isascii():
        return None
    counts = Counter(_block(ord(char)) for char in text if char.isalpha())
    if counts["ja"]:
        # Japanese mixes its syllables with Chinese characters; Chinese has no such syllables.
        counts["ja"] += counts.pop("zh", 0)
    script, most = max(counts.items(), key=lambda item: item[1], default=("", 0))
    if not script or most < _FEWEST_LETTERS or most < _SCRIPT_SHARE * counts.total():
        return None
    return script


def _block(point: int) -> str:
    return next((name for name, first, last in _SCRIPTS if first <= point <= last), "")


# Languages in Latin letters ----------------------------------------------------------------------


def _latin_of(text: str) -> str | None:
    words = _words_of(text)
    if len(words) < _FEWEST_WORDS:
        return None
    english, claims = _claims()
    scores, own = _scores(words)
    letters = _letters(text.lower())
    scores += letters
    (best, score), (_, second) = (*scores.most_common(2), ("", 0), ("", 0))[:2]
    against = sum(word in english and best not in claims.get(word, {}) for word in words)
    dense = against == 0 and score >= _DENSE * len(words)
    sure = own[best] >= 2 or (own[best] and (letters[best] or dense))
    if not sure or score < _ENOUGH * len(words) or score < _LEAD * second or 4 * against > score:
        return None
    return best


def _words_of(text: str) -> list[str]:
    return [found.group().lower().replace("’", "'") for found in _WORD.finditer(text)]


@cache
def _claims() -> tuple[frozenset[str], dict[str, dict[str, int]]]:
    """The English words; and for each other word what it says for which language.

    A word of one language alone says 2, one that several languages or English texts have says 1.
    """
    file = _file()
    english = frozenset(file.english.split())
    in_english = english.union(file.in_english.split())
    claims: dict[str, dict[str, int]] = {}
    for code, entry in file.languages.items():
        for word in entry.words.split():
            claims.setdefault(word, {})[code] = 1
    for word, codes in claims.items():
        if len(codes) == 1 and word not in in_english:
            claims[word] = dict.fromkeys(codes, 2)
    return english, claims


def _scores(words: list[str]) -> tuple[Counter[str], Counter[str]]:
    """What the words say for each language, and how many of them are that language's alone."""
    _, claims = _claims()
    scores: Counter[str] = Counter()
    own: Counter[str] = Counter()
    for word in words:
        claimed = claims.get(word, {})
        if not claimed and len(word) > 5 and _TURKISH.search(word):
            claimed = {"tr": 2}
        for code, says in claimed.items():
            scores[code] += says
            own[code] += says == 2
    return scores, own


def _letters(text: str) -> Counter[str]:
    """How many letters speak for each language, three at most: a name brings one or two."""
    if text.isascii():
        return Counter()
    found = {
        code: min(3, sum(map(text.count, entry.letters)))
        for code, entry in _file().languages.items()
    }
    return Counter(found)
