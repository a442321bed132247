"""What a language model took for the talks of an evaluation, from the table of its calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from typing import Any

from bot.engine.engine import Engine
from evaluation.measures import Report
from storage import usage
from storage.queries import Row

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


async def calls_of(engine: Engine) -> list[Row]:
    """All calls this engine made."""
    return await engine.database.read(lambda connection: usage.calls(connection, _EVER))


def report_calls(report: Report, calls: Sequence[Row], replies: int) -> None:
    """Rows of what the calls took; tokens as the provider told them, else as reckoned.

    Args:
        replies: that the model worded.
    """
    each = max(1, replies)
    report.shown("model: calls for one reply", _sum(calls, "attempts") / each)
    report.shown("model: calls, with those tried again", _sum(calls, "attempts"))
    report.shown("model: calls that failed in the end", sum(c["outcome"] != "done" for c in calls))
    report.shown("model: tokens in", _sum(calls, "tokens_in"))
    report.shown("model: tokens in, from the provider's cache", _sum(calls, "tokens_cached"))
    report.shown("model: tokens out", _sum(calls, "tokens_out"))
    report.shown("model: tokens in and out for one reply", _tokens(calls) / each)
    report.shown("model: calls whose tokens are reckoned", sum(bool(c["estimated"]) for c in calls))
    report.shown("model: cost in US dollars, where the price is known", _sum(calls, "cost"))
    report.shown("model: calls whose price is not known", sum(c["cost"] is None for c in calls))
    report.shown("model: milliseconds to the first token, median", _median(calls, "first_token_ms"))
    report.shown("model: milliseconds in all, median", _median(calls, "total_ms"))


def _tokens(calls: Sequence[Row]) -> float:
    return _sum(calls, "tokens_in") + _sum(calls, "tokens_out")


def _sum(calls: Sequence[Row], name: str) -> float:
    return sum(one[name] or 0 for one in calls)


def _median(calls: Sequence[Row], name: str) -> float:
    known: list[Any] = [one[name] for one in calls if one[name] is not None]
    return float(median(known)) if known else 0.0
