"""Findings of a turn through the coach's own analysis focus.

The same answer gives two coaches different insights, because each looks only for its own themes:
a clause belongs to the theme whose signals it is nearest to in meaning.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.engine.cues import Kind
from bot.engine.evidence import Clause, short_quote
from bot.engine.knowledge import find_cards
from bot.engine.meaning import Meaning
from bot.engine.text import content_words
from bot.engine.turn import Finding, Turn
from bot.lazily import lazy
from personas.models import Coach

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
else:
    np = lazy("numpy")

AT_MOST = 2
# Nearness (cosine) from which a clause is taken to show a theme, and from which it is certain.
_NEAR = 0.33
_SURE = 0.7
_CUE_FROM = 0.6
_PRIORITY: tuple[tuple[Kind, str, int], ...] = (
    ("obstacle", "obstacle", 1),
    ("feeling", "feeling", 2),
    ("value", "value", 2),
    ("strength", "strength", 2),
    ("wish", "goal", 3),
)


@lru_cache(maxsize=32)
def _themes(
    signals: tuple[tuple[str, ...], ...], meaning: Meaning
) -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """The rows of all signals, and of each theme their places: one row a theme, -1 beyond them."""
    rows = meaning.encode([signal for theme in signals for signal in theme])
    places = np.full((len(signals), max(2, *map(len, signals))), -1)
    first = 0
    for own, theme in zip(places, signals, strict=True):
        own[: len(theme)] = range(first, first + len(theme))
        # A signal that stands alone is both of the closest two.
        own[len(theme) : 2] = first
        first += len(theme)
    return rows, places


def nearest_theme(coach: Coach, text: str, meaning: Meaning) -> tuple[int, float]:
    """The index of the coach's theme nearest to the text, with the nearness (cosine, −1 to 1).

    Nearness is the mean of the two closest signals, so that one odd signal decides nothing.
    """
    signals = tuple((theme.about, *theme.signals) for theme in coach.focus)
    rows, places = _themes(signals, meaning)
    cosines = np.append(rows @ meaning.encode([text])[0], np.float32(-2))
    best = np.sort(cosines[places], axis=1)[:, -2:].mean(axis=1)
    place = int(best.argmax())
    return place, float(best[place])


def findings(turn: Turn) -> list[Finding]:
    """At most AT_MOST new findings of the message, the nearest first; one a theme."""
    heard, coach = turn.heard, turn.coach
    if heard.chosen:
        return []
    candidates: list[tuple[float, Finding]] = []
    for clause in heard.clauses:
        text = clause.span.text
        if clause.question or len(set(content_words(text))) < 3 or not _tells(turn, clause):
            continue
        place, near = nearest_theme(coach, text, turn.meaning)
        if near < _NEAR:
            continue
        candidates.append((near, _finding(turn, place, near, text, clause.kinds)))
    candidates.sort(key=lambda pair: -pair[0])
    kept: dict[str, Finding] = {}
    for _, finding in candidates:
        kept.setdefault(finding.theme, finding)
    return [_with_cards(turn, finding) for finding in list(kept.values())[:AT_MOST]]


def _tells(turn: Turn, clause: Clause) -> bool:
    """Whether a clause tells of the person: a wish, an obstacle, a deed. The weather doesn't."""
    if any(certainty >= _CUE_FROM for certainty in clause.kinds.values()):
        return True
    told = turn.heard.experience
    deeds = [quote for quote in (told.action, told.result) if quote] if told else []
    return any(clause.span.text.rstrip(" .!") in deed for deed in deeds)


def _finding(turn: Turn, place: int, near: float, text: str, kinds: dict[Kind, float]) -> Finding:
    theme = turn.coach.focus[place]
    quote = short_quote(text)
    category, priority = "pattern", 3
    for kind, name, rank in _PRIORITY:
        if kinds.get(kind, 0) >= 0.6:
            category, priority = name, rank
            break
    return Finding(
        category=category,
        theme=theme.key,
        title=theme.title,
        description=theme.finding.replace("{quote}", f"“{quote}”"),
        certainty=round(min(1.0, max(0.3, (near - _NEAR) / (_SURE - _NEAR) * 0.6 + 0.4)), 3),
        quote=quote,
        message=turn.heard.message,
        recommendations=(),
        priority=priority,
    )


def _with_cards(turn: Turn, finding: Finding) -> Finding:
    """The finding with the title of the theme's card that is nearest to the quote."""
    cards = [card for card in turn.catalogue.cards(turn.coach.key) if finding.theme in card.themes]
    nearest = find_cards(finding.quote, cards, turn.meaning, k=1)
    return replace(finding, recommendations=tuple(card.title for card, _ in nearest))


def combined_confidence(certainty: float, quotes: int, confirmed: bool | None) -> float:
    """One figure in 0–1 from the parts that are kept apart.

    More quotes bring the certainty nearer to one; the user's confirmation settles it, their denial
    leaves next to nothing.
    """
    if confirmed is not None:
        return 0.97 if confirmed else 0.03
    return round(1 - (1 - certainty) * 0.8 ** max(0, quotes - 1), 3)
