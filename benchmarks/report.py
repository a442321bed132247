"""Rows of the benchmark: a figure, what it is compared with, and what it must reach."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One measured figure.

    Attributes:
        value: in ``unit``.
        beside: the plain thing it is compared with, in ``unit``; None where there is none.
        must: the most that ``ratio`` (or, without ``beside``, ``value``) may be; None for no limit.
        aim: what is hoped for, in the same terms.
    """

    what: str
    value: float
    unit: str
    beside: float | None = None
    must: float | None = None
    aim: float | None = None

    @property
    def ratio(self) -> float | None:
        """How many times the plain thing."""
        return self.value / self.beside if self.beside else None

    @property
    def met(self) -> bool | None:
        """Whether the limit is kept; None without one."""
        if self.must is None:
            return None
        judged = self.value if self.ratio is None else self.ratio
        return judged <= self.must

    def as_json(self) -> dict[str, Any]:
        """For the report file."""
        return {**asdict(self), "ratio": self.ratio, "met": self.met}


def quantile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0-1) of the values do not pass."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, round(share * (len(ordered) - 1)))]


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def table(rows: Sequence[Row]) -> str:
    """The rows as text in columns."""
    lines = [f"{'what':<62}{'value':>10}{'beside':>10}{'ratio':>8}{'must':>8}{'aim':>8}"]
    for row in rows:
        beside = "" if row.beside is None else f"{row.beside:.3g}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        must, aim = ("" if one is None else f"{one:g}" for one in (row.must, row.aim))
        mark = "" if row.met is None else "  ok" if row.met else "  MISSED"
        shown = f"{row.value:.3g} {row.unit}"
        lines.append(f"{row.what:<62}{shown:>10}{beside:>10}{ratio:>8}{must:>8}{aim:>8}{mark}")
    return "\n".join(lines)
