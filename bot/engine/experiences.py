"""The experience told in a message, as exact quotes: CAR, and REST of its result.

CAR is context, action, result; REST is results, efficiency, scope, time (docs: the ROCKET method).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.engine.evidence import short_quote
from bot.engine.sentences import Typed, typed, without_hanging
from bot.engine.text import Span, trimmed, words
from bot.engine.verbs import is_own_step, weight

QUOTE_WORDS: Final = 30
REST: Final = ("results", "efficiency", "scope", "time")
_SURE: Final = 0.4
_SURE_ENDING: Final = 0.33
# An ending alone, without a step of one's own, must be plainer.
_ENDING_ALONE: Final = 0.65
_UNIT: Final = (
    r"(?:seconds?|minutes?|mins?|hours?|days?|nights?|mornings?|weeks?|fortnights?|months?|"
    r"quarters?|"
    r"terms?|semesters?|years?|am|pm|o'clock)"
)
_COUNT: Final = (
    r"(?:\d[\d.,]*|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|a dozen|dozens|"
    r"fifteen|"
    r"twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundreds?|thousands?)"
)
_MONTH: Final = (
    r"(?:january|february|march|april|may(?! be)|june|july|august|september|october|november|"
    r"december)"
)
_EFFICIENCY: Final = re.compile(
    rf"\b(?:in|within|under) (?:about |only |just |less than )?(?:{_COUNT}|a|an|one|"
    rf"half an?) {_UNIT}\b"
    r"|\b(?:instead of|rather than|half (?:the|as)|twice as|faster|quicker|sooner|early|earlier|"
    r"on time|"
    r"saved|saves|saving|cheaper|fewer|less|a third|by half|halved|without (?:a|any|the)|"
    r"down (?:from|to|by))\b"
    r"|\b(?:from|to) [\d.,]+ ?(?:%|percent)",
    re.I,
)
_SCOPE: Final = re.compile(
    rf"\b{_COUNT}(?: of)?(?: the| our| my| us)? (?!(?:{_UNIT}|{_MONTH})\b)[a-z]{{3,}}"
    r"|\b(?:all|every|each|whole|entire|both) (?:of )?(?:the |our |my )?[a-z]{3,}|[\d.,]+ ?(?:%|"
    r"k\b)|[$€£] ?\d",
    re.I,
)
_TIME: Final = re.compile(
    rf"\b(?:{_COUNT}|an?|one|every|each|next|last|same|that|this|first|second|third|"
    rf"half an?) (?:\w+ )?{_UNIT}\b"
    rf"|\b(?:{_MONTH}|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|spring|summer|autumn|winter|christmas|easter|"
    r"yesterday|overnight|since then|ever since|(?:19|20)\d\d)\b",
    re.I,
)
_BORDER: Final = re.compile(r"[,;:]\s+|\s[–—-]\s")
_LEAD: Final = re.compile(r"^(?:and|but|so|then|because|well|also|plus|as|since)\b[\s,]+", re.I)


@dataclass(frozen=True, slots=True)
class Experience:
    """Exact quotes of one message, each at most QUOTE_WORDS words; None where not told.

    ``context`` is where or when it was, ``action`` the person's own steps, ``result`` how it ended;
    ``rest`` maps each name in REST to what was told of it.
    """

    context: str | None
    action: str | None
    result: str | None
    rest: dict[str, str | None] = field(default_factory=dict[str, str | None])


@dataclass(frozen=True, slots=True)
class _Piece:
    """A typed piece with where its first own step begins in the message; None where it has none."""

    typed: Typed
    step: int | None

    @property
    def acting(self) -> float:
        """How much of an own step it tells, about 0-1."""
        kinds = self.typed.kinds
        steps = sum(weight(deed) for deed in self.typed.deeds if is_own_step(deed))
        plain = 0.8 * min(1.0, steps) * (1 - kinds["claim"])
        return max(kinds["action"], 0.7 * kinds["step"], plain)


def experience_in(text: str) -> Experience | None:
    """The experience of a message, or None when it tells neither a step nor a plain ending."""
    read = [_Piece(one, _first_step(one)) for one in typed(text)]
    told = [piece for piece in read if piece.typed.kinds["jargon"] < 0.5]
    acting = [piece for piece in told if piece.step is not None and piece.acting >= _SURE]
    result = _result(told, acting)
    if not acting and (result is None or result.kinds["outcome"] < _ENDING_ALONE):
        return None
    action = max(acting, key=lambda piece: piece.acting) if acting else None
    first = min(acting, key=lambda piece: piece.typed.span.start) if acting else None
    quotes = {
        "context": _context(text, told, first),
        "action": _quote(text, action.step, action.typed.span.end)
        if action and action.step is not None
        else None,
        "result": _quote(text, result.span.start, result.span.end) if result else None,
    }
    return Experience(**quotes, rest=_rest(text, result, quotes))


def _first_step(one: Typed) -> int | None:
    own = next((deed for deed in one.deeds if is_own_step(deed)), None)
    return None if own is None else one.span.start + own.begin


def _result(told: Sequence[_Piece], acting: Sequence[_Piece]) -> Typed | None:
    """The plainest ending; one after the first own step is preferred to one told ahead."""
    since = acting[0].typed.span.start if acting else 0
    endings = [
        piece.typed
        for piece in told
        if piece.typed.kinds["outcome"] >= _SURE_ENDING
        and piece.typed.kinds["outcome"] > piece.typed.kinds["weak_outcome"]
        and piece.typed.kinds["outcome"] >= max(piece.acting, piece.typed.kinds["context"])
    ]
    return max(
        endings,
        key=lambda one: one.kinds["outcome"] + 0.2 * (one.span.start > since),
        default=None,
    )


def _context(text: str, told: Sequence[_Piece], first: _Piece | None) -> str | None:
    """The setting: what was told before the first step, else a sentence that sets the scene."""
    if first is not None and first.step is not None:
        ahead = trimmed(text, first.typed.span.start, first.step)
        if len(words(ahead.text)) >= 3:
            return _quote(text, ahead.start, ahead.end)
    scenes = [
        piece.typed
        for piece in told
        if piece is not first
        and piece.typed.kinds["context"] >= _SURE
        and piece.typed.kinds["context"] >= max(piece.acting, piece.typed.kinds["outcome"])
    ]
    start = first.typed.span.start if first else len(text)
    ahead_of_it = [one for one in scenes if one.span.start < start]
    best = max(ahead_of_it or scenes, key=lambda one: one.kinds["context"], default=None)
    return _quote(text, best.span.start, best.span.end) if best else None


def _rest(text: str, result: Typed | None, quotes: dict[str, str | None]) -> dict[str, str | None]:
    """REST: looked for in the ending first, then in the step, then in the setting."""
    told = [quote for quote in (quotes["result"], quotes["action"], quotes["context"]) if quote]
    return {
        "results": quotes["result"] if result else None,
        "efficiency": _fragment(told[:2], _EFFICIENCY) if result else None,
        "scope": _fragment(told, _SCOPE),
        "time": _fragment(told, _TIME),
    }


def _fragment(quotes: Iterable[str], sign: re.Pattern[str]) -> str | None:
    """The part between commas that holds the sign, out of the first quote that has one."""
    for quote in quotes:
        found = sign.search(quote)
        if found is None:
            continue
        borders = [0, *(border.end() for border in _BORDER.finditer(quote)), len(quote)]
        start = max(border for border in borders if border <= found.start())
        end = min(border for border in borders if border >= found.end())
        return _without_joints(quote, trimmed(quote, start, end, drop=" \t\n,;:.–—-")).text
    return None


def _quote(text: str, start: int, end: int) -> str | None:
    """The exact words from start to end without a leading conjunction, cut to QUOTE_WORDS."""
    span = _without_joints(text, trimmed(text, start, end))
    quote = short_quote(span.text, QUOTE_WORDS).rstrip(" \t\n.,;:!…")
    return quote if words(quote) else None


def _without_joints(text: str, span: Span) -> Span:
    lead = _LEAD.match(span.text)
    return without_hanging(text, span.start + (lead.end() if lead else 0), span.end)
