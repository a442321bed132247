"""Sentences, clauses and words of a message, each an exact piece of it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

# What the engine reads of one message; the rest is stored, not analysed.
READ_AT_MOST = 6000
# Longer texts are not kept in the memory of words.
_REMEMBERED = 1500
# Bidirectional overrides and zero-width marks can make a text read differently than it is stored.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff"
    # Halves of characters, which can be neither stored nor sent.
    r"\ud800-\udfff]"
)
_WORD = re.compile(r"[^\W_]+(?:[’'\-][^\W_]+)*")
_ABBREVIATION = re.compile(
    r"(?:\b(?:mr|mrs|ms|dr|st|prof|vs|etc|e\.g|i\.e|approx|inc|ltd)\.)$", re.I
)
_SENTENCE_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s|$)|\n+")
_CLAUSE_BORDER = re.compile(
    r"[;:]\s+|\s[–—-]\s|,\s+(?=(?:and|but|so|because|since|though|although|while|which|then|yet|or)\b)"
    r"|,\s+(?=(?:i|i'm|i've|we|he|she|they|it|it's|my|the|there|nobody|everyone|people)\b)"
    r"|\s+(?=(?:but|because|although|though|whereas|so that)\b)"
    r"|\s+(?=(?:and|so)\s+(?:i|i'm|i've|we|he|she|they|it|it's|my|the|there|nobody|everyone)\b)",
    re.I,
)
_STOP = """
a about above after again against ain all also am an and any are aren as at be because been before
being below between both but by can cannot could couldn did didn do does doesn doing don done down
during each else even ever every few for from further get gets getting go goes going gone got had
hadn has hasn have haven having he her here hers herself him himself his how i if in into is isn
it its itself just ll let like lot ma many may maybe me might more most much must my myself need
no nor not now of off oh ok okay on once one only or other our ours ourselves out over own per
quite rather re really s said same say says she should shouldn so some someone something still
such t than that the their theirs them themselves then there these they thing things this those
through to too under until up us ve very want was wasn way we well were weren what when where
which while who whom why will with won would wouldn yeah yes yet you your yours yourself im ive id
dont cant thats whats lol etc actually basically kind sort bit stuff
"""
STOPWORDS = frozenset(_STOP.split())


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a message: ``text`` is exactly ``message[start:end]``."""

    text: str
    start: int
    end: int


def clean(raw: str) -> str:
    """Drop invisible control characters and outer white space; nothing else is changed."""
    return _INVISIBLE.sub("", raw.replace("\r\n", "\n")).strip()


def folded(text: str) -> str:
    """The text as patterns in plain lower-case letters are looked for, whatever its case.

    A search in it finds what ``re.IGNORECASE`` would find in the text, in half the time and at the
    same offsets.
    """
    if text.isascii():
        return text.lower()
    # The other letters that IGNORECASE takes for an i and an s; İ alone is longer in lower case.
    return text.replace("İ", "i").lower().replace("ı", "i").replace("ſ", "s")


def words(text: str) -> list[str]:
    """The words of ``text`` in lower case, apostrophes and hyphens kept inside."""
    return list(_words(text) if len(text) <= _REMEMBERED else _words.__wrapped__(text))


def content_words(text: str) -> list[str]:
    """The words that carry meaning, in order, lower case, with repeats."""
    long = len(text) > _REMEMBERED
    return list(_content_words.__wrapped__(text) if long else _content_words(text))


# The same message is looked at from many sides within one turn.
@lru_cache(maxsize=1024)
def _words(text: str) -> tuple[str, ...]:
    if text.isascii():
        return tuple(_WORD.findall(text.lower()))
    return tuple(found.group().lower().replace("’", "'") for found in _WORD.finditer(text))


@lru_cache(maxsize=1024)
def _content_words(text: str) -> tuple[str, ...]:
    return tuple(
        word
        for word in _words(text)
        if word not in STOPWORDS and word.split("'")[0] not in STOPWORDS and len(word) > 1
    )


def sentences(text: str) -> list[Span]:
    """The sentences of ``text`` (its first READ_AT_MOST characters) without outer white space."""
    return [span for span in _cut(text[:READ_AT_MOST]) if _WORD.search(span.text)]


def _cut(text: str) -> Iterator[Span]:
    start = 0
    for found in _SENTENCE_END.finditer(text):
        piece = text[start : found.end()]
        if found.group().startswith(".") and _ABBREVIATION.search(piece.rstrip()):
            continue
        yield trimmed(text, start, found.end())
        start = found.end()
    if start < len(text):
        yield trimmed(text, start, len(text))


def clauses(sentence: Span) -> list[Span]:
    """The clauses of one sentence, without border punctuation, positions within the message."""
    spans: list[Span] = []
    start = 0
    for found in _CLAUSE_BORDER.finditer(sentence.text):
        spans.append(trimmed(sentence.text, start, found.start()))
        start = found.end()
    spans.append(trimmed(sentence.text, start, len(sentence.text)))
    return [
        Span(span.text, sentence.start + span.start, sentence.start + span.end)
        for span in spans
        if _WORD.search(span.text)
    ]


def trimmed(text: str, start: int, end: int, drop: str = " \t\n,;:") -> Span:
    """The span of ``text`` between start and end without the characters of ``drop`` at its ends."""
    while start < end and text[start] in drop:
        start += 1
    while end > start and text[end - 1] in drop:
        end -= 1
    return Span(text[start:end], start, end)


def is_gibberish(text: str) -> bool:
    """Whether ``text`` holds nothing a person could have meant: no word-like word at all.

    Word-like is a run of letters with a vowel and without four equal letters or six consonants in
    a row; scripts without vowel letters are given the benefit of the doubt.
    """
    found = words(text)
    if not found:
        return True
    return not any(_wordlike(word) for word in found)


def _wordlike(word: str) -> bool:
    if word.isdigit():
        return True
    if not any(char.isalpha() for char in word):
        return False
    plain = unicodedata.normalize("NFKD", word)
    latin = [char for char in plain if char.isascii() and char.isalpha()]
    if len(latin) < len([char for char in plain if char.isalpha()]) / 2:
        return True
    letters = "".join(latin).lower()
    if len(letters) <= 2:
        return letters in {
            "i",
            "a",
            "hi",
            "hm",
            "ha",
            "ah",
            "eh",
            "ya",
            "no",
            "ok",
            "uk",
            "us",
            "it",
            "hr",
            "pr",
            "ux",
            "ui",
            "ai",
            "qa",
            "md",
            "ma",
            "ba",
            "me",
            "my",
            "we",
            "he",
            "am",
            "is",
            "be",
            "do",
            "go",
            "so",
            "or",
            "on",
            "in",
            "of",
            "to",
            "up",
            "an",
            "as",
            "at",
            "by",
            "if",
            "id",
            "im",
            "oh",
            "pm",
            "vp",
            "ta",
            "gp",
            "se",
            "nz",
            "eu",
        }
    if re.search(r"(.)\1{3,}|(..)\2{3,}", letters):
        return False
    if not re.search(r"[aeiouy]", letters):
        return letters in _VOWELLESS
    return not re.search(r"[bcdfghjklmnpqrstvwxz]{6,}", letters) and not _KEYBOARD.search(letters)


_VOWELLESS = frozenset(
    [
        "hmm",
        "mhm",
        "tbh",
        "idk",
        "brb",
        "pls",
        "plz",
        "thx",
        "nvm",
        "cnc",
        "phd",
        "mba",
        "nhs",
        "crm",
        "sql",
        "css",
        "tv",
        "hgv",
    ]
)
_KEYBOARD = re.compile(
    r"asdf|sdfg|dfgh|fghj|ghjk|hjkl|qwer|wert(?!h)|zxcv|xcvb|jkl[^aeiou]|lkj|poiu"
)
