"""Reads replies as an outsider does: sentences, questions, content words, quoted words."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Words that carry no content of their own; a shared one does not make a reflection.
_EMPTY = frozenset(
    """a about above after again all also always am an and any anything are aren't as at away back be because been
    before being below between both but by can can't cannot come could couldn't did didn't do does doesn't doing don't
    done down each either else even ever every everything few first for from get gets getting give given go goes going
    gone got had hadn't has hasn't have haven't having he her here hers him his how i i'd i'll i'm i've if in into is
    isn't it it's its itself just keep kept know last let like little lot made make makes many may maybe me might more
    most much must my myself never next no nobody none nor not nothing now of off often on once one only onto or other
    our ours out over own put quite rather really said same say says see seem she should shouldn't since so some
    somebody someone something sometimes still such sure take than that that's the their theirs them then there
    there's these they they're they've thing things this those though through to too under until up upon us very want
    was wasn't way we we're we've well went were weren't what what's when where whether which while who whom whose why
    will with within without won't would wouldn't yes yet you you'd you'll you're you've your yours yourself""".split()
)
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_QUOTE = re.compile(r"“([^”]*)”")
_MARKUP = re.compile(r"[*_`#>]+|^\s*(?:[-•]|\d+\.)\s+", re.M)
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BREAK = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_HOLD = "\x00"


def words(text: str) -> list[str]:
    """The words of a text, lower case, curly apostrophes made straight."""
    return [found.group().lower().replace("’", "'") for found in _WORD.finditer(text)]


def content(text: str) -> set[str]:
    """The words that carry meaning."""
    return {word for word in words(text) if word not in _EMPTY and len(word) > 2}


def plain(text: str) -> str:
    """The text without Markdown: link texts stay, addresses go."""
    return _MARKUP.sub("", _LINK.sub(r"\1", text))


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
