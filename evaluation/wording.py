"""Reads replies as an outsider does: sentences, questions, content words, quoted words."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

_LISTS = tomllib.loads(Path(__file__).with_name("words.toml").read_text("utf-8"))


def listed(name: str) -> frozenset[str]:
    """A list of plain words of ``words.toml``."""
    return frozenset(_LISTS[name].split())


def alternatives(name: str) -> str:
    """A list of ``words.toml`` as the alternatives of one pattern."""
    given = _LISTS[name]
    return "|".join(sorted(listed(name)) if isinstance(given, str) else given)


_EMPTY = listed("empty")
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_QUOTE = re.compile(r"“([^”]*)”")
_MARKUP = re.compile(r"[*_`#>]+|^\s*(?:[-•]|\d+\.)\s+", re.M)
_CITED = re.compile(r"\s*\(\[[^\]]*\]\([^)]*\)[^)]*\)\.?|\[[^\]]*\]\([^)]*\)")
_BREAK = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_HOLD = "\x00"


def words(text: str) -> list[str]:
    """The words of a text, lower case, curly apostrophes made straight."""
    return [found.group().lower().replace("’", "'") for found in _WORD.finditer(text)]


def content(text: str) -> set[str]:
    """The words that carry meaning."""
    return {word for word in words(text) if word not in _EMPTY and len(word) > 2}


def plain(text: str) -> str:
    """The text without Markdown and without the works it cites."""
    return re.sub(r"(?<=\S) {2,}", " ", _MARKUP.sub("", _CITED.sub("", text)))


def sentences(text: str) -> list[str]:
    """The sentences of a reply. What stands in quotation marks is never cut."""
    held = _QUOTE.sub(lambda found: re.sub(r"\s", _HOLD, found.group()), plain(text))
    pieces = (piece.replace(_HOLD, " ").strip() for piece in _BREAK.split(held))
    return [piece for piece in pieces if _WORD.search(piece)]


def is_question(sentence: str) -> bool:
    """Whether the sentence asks something; a question mark inside quoted words does not count."""
    return _QUOTE.sub("", sentence).rstrip("\"')”’ ").endswith("?")


def statements(text: str) -> list[str]:
    """The sentences that ask nothing."""
    return [sentence for sentence in sentences(text) if not is_question(sentence)]


def quotes(text: str) -> list[str]:
    """What stands between curly quotation marks."""
    return [found.strip() for found in _QUOTE.findall(text)]


def without_quotes(text: str) -> str:
    """The text with the quoted words taken out, their marks left."""
    return _QUOTE.sub("“”", text)


def is_reflection(sentence: str, recent: Iterable[str]) -> bool:
    """Whether a statement gives back at least two content words of the user's last messages."""
    said = {word for message in recent for word in content(message)}
    return len(content(sentence) & said) >= 2


def normal(text: str) -> str:
    """A text for comparing: its words, lower case, single spaces."""
    return " ".join(words(text))
