"""Brings a message into the plain form that the signs of danger are written for.

Plain means: lower case, no accents, long forms ("i'm" → "i am"), no stretched letters, the usual
typing mistakes and disguises of the words of danger undone, sentences parted by " . ".
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from bot.engine.meaning import FOLDER
from bot.engine.text import READ_AT_MOST, clean
from bot.lazily import lazy

if TYPE_CHECKING:
    import rapidfuzz
else:
    rapidfuzz = lazy("rapidfuzz")

Language = Literal["en", "de", "es", "fr", "pt"]
LANGUAGES: Final[tuple[Language, ...]] = ("en", "de", "es", "fr", "pt")
DATA: Final = Path(__file__).parents[3] / "personas" / "safety"

_STRETCHED = re.compile(r"([a-z])\1{2,}")
_ELIDED = re.compile(r"\b([cdjlmnst]|qu|jusqu|lorsqu|puisqu)'(?=[a-z])")
_CONTRACTED = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bain't\b"), "is not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'d\b"), " would"),
    (re.compile(r"\b(it|that|there|he|she|what|who|here|how|where)'s\b"), r"\1 is"),
    (re.compile(r"'s\b"), "s"),
)
_APOSTROPHE = re.compile(r"[’‘`´]")
_DIGITS = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "$": "s", "@": "a"})
_DISGUISED = re.compile(r"(?<![\w$@])(?=[\w$@]*[a-z])(?=[\w$@]*[0-9$@])[a-z0-9$@]{3,}(?![\w$@])")
_STARRED = re.compile(r"\b[a-z]+[*#][a-z*#]*[a-z]\b")
_SPACED = re.compile(r"\b(?:[a-z][ .\-_]){3,}[a-z]\b")
_END = re.compile(r"[.!?;:…\n]+")
_TOKEN = re.compile(r"[a-z0-9]+|\.")
# With fewer letters before the ending, mistakes in words of danger look regular too ("bleding").
_INFLECTED = re.compile(r"([a-z]{5,})(?:ing|ed|er|ers|s|ly)")
_SHORTEST_MENDED: Final = 4
_LONG: Final = 8


@dataclass(frozen=True, slots=True)
class Plain:
    """A message in plain form: tokens parted by one space, and the language it is mostly in."""

    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Of each language the words of danger, the function words and short forms with long ones.

    ``known`` holds words that are right as they stand and are never mended.
    """

    danger: Mapping[Language, frozenset[str]]
    function: Mapping[Language, frozenset[str]]
    short: Mapping[Language, Mapping[str, str]]
    known: frozenset[str]
    all_danger: frozenset[str]


@cache
def lexicon() -> Lexicon:
    """The lexicon of ``personas/safety/words.toml`` with the words of the static vectors."""
    data = tomllib.loads((DATA / "words.toml").read_text(encoding="utf-8"))
    danger: dict[Language, frozenset[str]] = {
        one: frozenset(str(data["danger"][one]).split()) for one in LANGUAGES
    }
    short: dict[Language, dict[str, str]] = {one: dict(data["short"][one]) for one in LANGUAGES}
    misspelt: dict[str, str] = data["misspelt"]
    short["en"] |= misspelt
    tokens = (FOLDER / "tokens.txt").read_text(encoding="utf-8").split("\n")
    ordinary = {*str(data["ordinary"]).split(), *(token for token in tokens if token.isalpha())}
    every = frozenset[str]().union(*danger.values())
    return Lexicon(
        danger=danger,
        function={one: frozenset(str(data["function"][one]).split()) for one in LANGUAGES},
        short=short,
        known=frozenset(ordinary - misspelt.keys()) | every,
        all_danger=every,
    )


def plain(message: str) -> Plain:
    """The plain form of ``message`` (of its first READ_AT_MOST characters)."""
    lowered = unicodedata.normalize("NFKC", clean(message[:READ_AT_MOST])).lower()
    if not lowered.isascii():
        apart = unicodedata.normalize("NFD", lowered.replace("ß", "ss"))
        lowered = "".join(char for char in apart if unicodedata.category(char) != "Mn")
        lowered = _APOSTROPHE.sub("'", lowered)
    flat = _ELIDED.sub(r"\1 ", _STRETCHED.sub(r"\1", _undisguised(lowered)))
    if "'" in flat:
        for pattern, long in _CONTRACTED:
            flat = pattern.sub(long, flat)
    tokens = _TOKEN.findall(_END.sub(" . ", flat))
    language = language_of(tokens)
    mended = " ".join(mend(token, language) for token in tokens).split()
    return Plain(" ".join(token for token, _ in groupby(mended)).strip(" ."), language)


def language_of(tokens: list[str]) -> Language:
    """The language most of whose function words are among ``tokens``; English on a tie."""
    function = lexicon().function
    return max(LANGUAGES, key=lambda one: sum(token in function[one] for token in tokens))


def _undisguised(text: str) -> str:
    text = _SPACED.sub(lambda found: _joined(found.group()), text)
    text = _DISGUISED.sub(lambda found: _if_danger(found.group()), text)
    return _STARRED.sub(lambda found: _unstarred(found.group()), text)


def _joined(spaced: str) -> str:
    """Letters typed apart ("k i l l  m e"), parted after the word of danger they begin with."""
    letters = re.sub(r"[ .\-_]", "", spaced)
    for size in range(len(letters), 2, -1):
        if letters[:size] in lexicon().all_danger:
            return f"{letters[:size]} {letters[size:]}".strip()
    return letters


def _if_danger(disguised: str) -> str:
    letters = disguised.translate(_DIGITS)
    return letters if letters in lexicon().all_danger else disguised


def _unstarred(starred: str) -> str:
    pattern = re.compile(re.sub(r"[*#]", "[a-z]", starred))
    fitting = sorted(word for word in lexicon().all_danger if pattern.fullmatch(word))
    return fitting[0] if fitting else starred


def _is_right(word: str, language: Language) -> bool:
    """Whether a word is known, or in English a known word with a regular ending ("stringing")."""
    known = lexicon().known
    if word in known:
        return True
    found = _INFLECTED.fullmatch(word) if language == "en" else None
    # After a word of danger an ending settles nothing: "stalkked" ends regularly as well.
    return found is not None and found[1] in known and found[1] not in lexicon().all_danger


@lru_cache(maxsize=20_000)
def mend(word: str, language: Language) -> str:
    """The long form of a short form, the word of danger one typing mistake away, or ``word``.

    Words of eight letters and more may hold two mistakes; the first letter must be right.
    """
    words = lexicon()
    if word in words.short[language]:
        return words.short[language][word]
    if len(word) < _SHORTEST_MENDED or not word.isalpha() or _is_right(word, language):
        return word
    allowed = 2 if len(word) >= _LONG else 1
    apart = rapidfuzz.distance.OSA.distance
    near = min(
        (
            (distance, other)
            for other in words.danger[language]
            if other[0] == word[0]
            and len(other) >= _SHORTEST_MENDED
            and (distance := apart(word, other, score_cutoff=allowed)) <= allowed
            and (len(other) > _SHORTEST_MENDED or sorted(other) == sorted(word))
        ),
        default=None,
    )
    return near[1] if near else word
