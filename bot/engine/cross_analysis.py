"""Lays side by side what one person told several coaches, and makes one plan of it.

Agreements and tensions come from ``cross_matching``; everything else is ordering and quoting. No
line holds more than the user's words, a coach's or a card's title and fixed words around them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from bot.engine.axes import Reader, reader
from bot.engine.calendar import date_in
from bot.engine.cross_matching import Match, Statement, find_matches
from bot.engine.errors import NotYetError
from bot.engine.evidence import short_quote
from bot.engine.knowledge import find_cards
from bot.engine.meaning import Meaning
from bot.engine.phases import GATES, MISSING, missing
from bot.engine.state import Evidence
from personas.catalogue import Catalogue
from personas.models import Phase, Slot

_PROFILE: Final[tuple[tuple[str, Slot], ...]] = (
    ("goal", Slot.GOAL),
    ("why", Slot.WHY),
    ("aim", Slot.AIM),
    ("strengths", Slot.STRENGTH),
    ("values", Slot.VALUE),
    ("obstacles", Slot.OBSTACLE),
    ("helpers", Slot.HELPER),
)
_A_PART = 3
_PRIORITIES = 5
_TO_DO = 3
_LINE_WORDS = 16
_SOON_DAYS, _MONTH_DAYS = 7, 31
# From so many quotes on, more of them don't make the picture surer.
_MANY_QUOTES, _MANY_COACHES = 15, 4


@dataclass(frozen=True, slots=True)
class Insight:
    """A finding of a coach; ``confirmed`` is what the user said of it, None when not asked."""

    title: str
    quotes: tuple[Statement, ...]
    certainty: float
    confirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class SessionDigest:
    """What one session brought.

    ``statements`` are all the user's messages; ``slots`` the evidence of the session's state;
    ``ratings`` map the name of a metric to the user's and the coach's rating, 1-5; ``progress`` is
    0-1.
    """

    session: str
    coach: str
    statements: Sequence[Statement]
    slots: Mapping[Slot, Sequence[Evidence]] = field(default_factory=dict[Slot, Sequence[Evidence]])
    insights: Sequence[Insight] = ()
    ratings: Mapping[str, tuple[int, int | None]] = field(
        default_factory=dict[str, tuple[int, int | None]]
    )
    progress: float = 0.0
    done: bool = False

    def quotes(self, slot: Slot) -> list[Statement]:
        """The quotes of a slot, the surest first."""
        found = sorted(self.slots.get(slot, ()), key=lambda item: (-item.certainty, -item.message))
        return [Statement(self.coach, self.session, item.message, item.quote) for item in found]


@dataclass(frozen=True, slots=True)
class Line:
    """A priority or a thing to do, with the words it rests on and the coaches it comes from."""

    text: str
    quotes: tuple[Statement, ...]
    coaches: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rating:
    """Where the user, and the coach where there was material, place them on a metric, 1-5."""

    coach: str
    metric: str
    own: int
    coach_says: int | None


@dataclass(frozen=True, slots=True)
class CrossAnalysis:
    """The comparison; ``confidence`` and ``completeness`` are 0-1."""

    coaches: tuple[str, ...]
    agreements: tuple[Match, ...]
    tensions: tuple[Match, ...]
    profile: dict[str, tuple[Statement, ...]]
    priorities: tuple[Line, ...]
    now: tuple[Line, ...]
    next_month: tuple[Line, ...]
    this_quarter: tuple[Line, ...]
    ratings: tuple[Rating, ...]
    confidence: float
    completeness: float


def analyse(
    digests: Sequence[SessionDigest],
    catalogue: Catalogue,
    meaning: Meaning,
    today: date,
    stands: Reader | None = None,
) -> CrossAnalysis:
    """Compare what was told to at least two coaches, finished or not.

    Args:
        digests: one a session, oldest first.
        catalogue: names the coaches and holds their cards.
        meaning: finds the cards where the user has no step of their own.
        today: the day from which "by Friday" in the user's words is reckoned.
        stands: reads statements on the axes of working life; the shipped one where None.

    Raises:
        NotYetError: fewer than two coaches were spoken with.
    """
    told = [digest for digest in digests if digest.statements]
    coaches = tuple(dict.fromkeys(digest.coach for digest in told))
    if len(coaches) < 2:
        raise NotYetError(
            "A summary compares what you told at least two coaches. Talk with a second one first."
        )
    statements = [statement for digest in told for statement in digest.statements]
    matches = find_matches(statements, stands or reader())
    agreements = tuple(match for match in matches if match.kind == "agreement")
    tensions = tuple(match for match in matches if match.kind == "tension")
    now, month, quarter = _plan(told, agreements, tensions, catalogue, meaning, today)
    return CrossAnalysis(
        coaches=coaches,
        agreements=agreements,
        tensions=tensions,
        profile={name: tuple(_of(told, slot, _A_PART)) for name, slot in _PROFILE},
        priorities=tuple(_priorities(told, agreements, tensions, catalogue)),
        now=now,
        next_month=month,
        this_quarter=quarter,
        ratings=tuple(
            Rating(digest.coach, metric, own, coach_says)
            for digest in told
            for metric, (own, coach_says) in digest.ratings.items()
        ),
        confidence=_confidence(told, matches),
        completeness=_completeness(told, coaches),
    )


def _of(told: Sequence[SessionDigest], slot: Slot, most: int) -> list[Statement]:
    """The surest quotes of a slot, one a coach before any coach's second."""
    ranked = [digest.quotes(slot) for digest in told]
    longest = max((len(own) for own in ranked), default=0)
    turns = [own[place] for place in range(longest) for own in ranked if place < len(own)]
    known: dict[str, Statement] = {}
    for quote in turns:
        known.setdefault(quote.text.lower(), quote)
    return list(known.values())[:most]


# Priorities -------------------------------------------------------------------------------------


def _priorities(
    told: Sequence[SessionDigest],
    agreements: Sequence[Match],
    tensions: Sequence[Match],
    catalogue: Catalogue,
) -> list[Line]:
    """Agreements first, then open tensions, then what is open with each coach."""
    lines = [_shared(match, catalogue) for match in agreements[:_A_PART]]
    lines += [_settle(match) for match in tensions[: _PRIORITIES - len(lines)]]
    for digest in told:
        if len(lines) < _PRIORITIES and (line := _open_point(digest, catalogue)):
            lines.append(line)
    return lines


def _shared(match: Match, catalogue: Catalogue) -> Line:
    names = " and ".join(catalogue.coach(key).first_name for key in match.coaches)
    return Line(f"{match.theme}: it came up with {names}", match.quotes, match.coaches)


def _settle(match: Match) -> Line:
    first, *others = match.quotes
    other = next((quote for quote in others if quote.coach != first.coach), others[0])
    text = f"Settle the tension between {quoted(first)} and {quoted(other)}"
    return Line(text, match.quotes, match.coaches)


def _open_point(digest: SessionDigest, catalogue: Catalogue) -> Line | None:
    name = catalogue.coach(digest.coach).first_name
    if obstacles := digest.quotes(Slot.OBSTACLE):
        return _line(f"With {name}, what stands in the way: {quoted(obstacles[0])}", obstacles[0])
    unfilled = [slot for phase in Phase for slot in missing(phase, digest.slots)]
    goals = digest.quotes(Slot.GOAL)
    if digest.done or not goals or not unfilled:
        return None
    text = f"With {name}, for {quoted(goals[0])}, still open: {MISSING[unfilled[0]]}"
    return _line(text, goals[0])


def _line(text: str, *quotes: Statement) -> Line:
    return Line(text, quotes, tuple(dict.fromkeys(quote.coach for quote in quotes)))


def quoted(statement: Statement) -> str:
    """The statement's beginning in quotation marks."""
    return f"“{short_quote(statement.text, _LINE_WORDS).rstrip(' .!,;:')}”"


# Plan -------------------------------------------------------------------------------------------

_Lines = tuple[Line, ...]


def _plan(
    told: Sequence[SessionDigest],
    agreements: Sequence[Match],
    tensions: Sequence[Match],
    catalogue: Catalogue,
    meaning: Meaning,
    today: date,
) -> tuple[_Lines, _Lines, _Lines]:
    """What to do now, within a month, within the quarter; own steps go where their dates say."""
    now: list[Line] = []
    month: list[Line] = []
    quarter: list[Line] = []
    for step in _of(told, Slot.STEP, 2 * _TO_DO):
        line = _line(f"Your step: {quoted(step)}", step)
        _shelf(step.text, today, now, month, quarter).append(line)
    now += [_settle(match) for match in tensions[:1]]
    without = [digest for digest in told if not digest.slots.get(Slot.STEP)]
    exercises = [line for digest in without if (line := _exercise(digest, catalogue, meaning))]
    now += exercises[: max(0, _TO_DO - len(now))]
    month += exercises[len(exercises[:_TO_DO]) :]
    for measure in _of(told, Slot.MEASURE, _TO_DO):
        line = _line(f"Check whether it shows: {quoted(measure)}", measure)
        _shelf(measure.text, today, month, month, quarter).append(line)
    month += [_line(f"Bring in help: {quoted(one)}", one) for one in _of(told, Slot.HELPER, 1)]
    month += [_settle(match) for match in tensions[1:2]]
    quarter += [
        _line(f"Work towards {quoted(goal)}", goal) for goal in _of(told, Slot.GOAL, _TO_DO)
    ]
    quarter += [
        Line(f"Hold on to what came up more than once: {match.theme}", match.quotes, match.coaches)
        for match in agreements[:1]
    ]
    return tuple(now[:_TO_DO]), tuple(month[:_TO_DO]), tuple(quarter[:_TO_DO])


def _shelf(
    text: str, today: date, now: list[Line], month: list[Line], quarter: list[Line]
) -> list[Line]:
    """Where a line with the user's own date belongs; without a date, the first."""
    day = date_in(text, today)
    away = (day - today).days if day else 0
    return now if away <= _SOON_DAYS else month if away <= _MONTH_DAYS else quarter


def _exercise(digest: SessionDigest, catalogue: Catalogue, meaning: Meaning) -> Line | None:
    """The exercise of the coach's card nearest to what stands in the way, or to the goal."""
    telling = [one for slot in (Slot.OBSTACLE, Slot.GOAL, Slot.WHY) for one in digest.quotes(slot)]
    about = [*telling, max(digest.statements, key=lambda statement: len(statement.text))][0]
    found = find_cards(about.text, catalogue.cards(digest.coach), meaning, k=1)
    if not found:
        return None
    name = catalogue.coach(digest.coach).first_name
    return _line(f"{name}'s exercise “{found[0][0].title}”, for {quoted(about)}", about)


# Figures ----------------------------------------------------------------------------------------


def _confidence(told: Sequence[SessionDigest], matches: Sequence[Match]) -> float:
    """How sure the picture is: certainty and number of quotes, and insights the user confirmed."""
    evidence = [item for digest in told for own in digest.slots.values() for item in own]
    insights = [insight for digest in told for insight in digest.insights]
    sure = [item.certainty for item in evidence] + [item.certainty for item in insights]
    certainty = sum(sure) / len(sure) if sure else 0.0
    count = len(evidence) + sum(len(match.quotes) for match in matches)
    judged = [insight.confirmed for insight in insights if insight.confirmed is not None]
    confirmed = sum(judged) / len(judged) if judged else 0.5
    mixed = 0.5 * certainty + 0.3 * min(1.0, count / _MANY_QUOTES) + 0.2 * confirmed
    return round(mixed, 3)


def _completeness(told: Sequence[SessionDigest], coaches: Sequence[str]) -> float:
    """The share of phases finished with the coaches, and how many coaches there are."""
    best = {
        coach: max(1.0 if d.done else d.progress for d in told if d.coach == coach)
        for coach in coaches
    }
    breadth = min(1.0, len(coaches) / _MANY_COACHES)
    phases = len(GATES)
    finished = sum(int(share * phases) / phases for share in best.values()) / len(best)
    return round(0.8 * finished + 0.2 * breadth, 3)


# JSON -------------------------------------------------------------------------------------------


def as_json(analysis: CrossAnalysis) -> dict[str, Any]:
    """The object of ``rocket summary``, JSON types only."""
    return {
        "coaches": list(analysis.coaches),
        "agreements": [
            {"theme": match.theme, "coaches": list(match.coaches), "quotes": _quotes(match.quotes)}
            for match in analysis.agreements
        ],
        "tensions": [{"theme": match.theme, "sides": _sides(match)} for match in analysis.tensions],
        "profile": {name: _quotes(quotes) for name, quotes in analysis.profile.items()},
        "priorities": _lines(analysis.priorities),
        "plan": {
            "now": _lines(analysis.now),
            "next_month": _lines(analysis.next_month),
            "this_quarter": _lines(analysis.this_quarter),
        },
        "success_metrics": [
            {
                "metric": rating.metric,
                "self": rating.own,
                "coach": rating.coach_says,
                "coaches": [rating.coach],
                "quotes": [],
            }
            for rating in analysis.ratings
        ],
        "confidence": analysis.confidence,
        "completeness": analysis.completeness,
    }


def _quotes(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    return [{"message": one.message, "text": one.text, "coach": one.coach} for one in statements]


def _lines(lines: Iterable[Line]) -> list[dict[str, Any]]:
    return [
        {"text": line.text, "coaches": list(line.coaches), "quotes": _quotes(line.quotes)}
        for line in lines
    ]


def _sides(match: Match) -> list[dict[str, Any]]:
    sides: dict[tuple[str, str], list[Statement]] = {}
    for quote, side in zip(match.quotes, match.sides, strict=True):
        sides.setdefault((quote.coach, side), []).append(quote)
    return [
        {"coach": coach, "text": side, "quotes": _quotes(own)}
        for (coach, side), own in sides.items()
    ]
