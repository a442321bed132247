"""Words the cross-persona analysis for the chat."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bot.engine.cross_analysis import CrossAnalysis, Line, quoted
from bot.engine.cross_matching import Match, Statement
from personas.catalogue import Catalogue

# Product rule 1 allows 450; what a platform adds around the text stays within it.
WORDS_AT_MOST: Final = 435
_MOST = 4
# Of what many coaches heard, so many are quoted.
_QUOTES = 3


def as_markdown(analysis: CrossAnalysis, catalogue: Catalogue) -> str:
    """The analysis in CommonMark, at most 450 words; the weakest lines are dropped first."""
    texts = (_worded(analysis, catalogue, most) for most in range(_MOST, 0, -1))
    fitting = [text for text in texts if len(text.split()) <= WORDS_AT_MOST]
    # Quotes are cut to a line and few, so that one line a part always fits.
    return fitting[0]


def _worded(analysis: CrossAnalysis, catalogue: Catalogue, most: int) -> str:
    names = {key: catalogue.coach(key).first_name for key in analysis.coaches}
    heard = _and(names[key] for key in analysis.coaches)
    return "\n\n".join(
        part
        for part in (
            f"Here is what you told {heard}, side by side.",
            _part("Heard by more than one coach", _matches(analysis.agreements[:most], names))
            or "Nothing you told one coach came up with another so far.",
            _part("Pulling against each other", _matches(analysis.tensions[:most], names)),
            _part("Priorities", _numbered(analysis.priorities[:most])),
            _part("Now", _dashed(analysis.now[:most])),
            _part("Next month", _dashed(analysis.next_month[:most])),
            _part("This quarter", _dashed(analysis.this_quarter[:most])),
        )
        if part
    )


def _part(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"**{title}**", *lines]) if lines else ""


def _matches(matches: Iterable[Match], names: dict[str, str]) -> list[str]:
    return [f"- {match.theme}: {_told(match, names)}" for match in matches]


def _told(match: Match, names: dict[str, str]) -> str:
    first: dict[str, Statement] = {}
    for quote in match.quotes:
        first.setdefault(quote.coach, quote)
    told = [f"{quoted(quote)} to {names[coach]}" for coach, quote in first.items()]
    return "; ".join(told[:_QUOTES])


def _numbered(lines: Iterable[Line]) -> list[str]:
    return [f"{number}. {line.text}" for number, line in enumerate(lines, start=1)]


def _dashed(lines: Iterable[Line]) -> list[str]:
    return [f"- {line.text}" for line in lines]


def _and(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}"
