"""What ``/metrics`` shows: how the inbox stands, and what this process did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import get_args

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from bot.inbox.meter import Happening, Stage
from bot.serving.tracing import Tracing
from storage.inbox.operator import Counts

# From a row written at once to an answer of a slow language model.
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
# Of the whole database: every process shows the same, so take max() over them, not sum().
_STANDING = {
    "waiting": "Events that could be worked on now or are being worked on.",
    "later": "Reminders whose time has not come.",
    "dead": "Events that were given up; see 'rocket inbox list'.",
    "unsent": "Replies not yet shown.",
    "failed": "Replies that were given up.",
    "unsure": "Replies of which it is not known whether they were shown.",
}


class Metrics:
    """The meter of a serving process.

    Args:
        tracing: makes the spans; None for no spans.
    """

    def __init__(self, tracing: Tracing | None = None) -> None:
        self._tracing = tracing
        # One of its own: what other packages put into the common one does not show.
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._took = Histogram(
            "rocket_stage_seconds",
            "Seconds an event spent in a stage: accept (until it is safe), wait (for its turn), "
            "turn (until its reply is written), send (until that is shown).",
            ["stage"],
            buckets=_BUCKETS,
            registry=self._registry,
        )
        self._counted = Counter(
            "rocket_happenings",
            "Events accepted, repeated or refused; turns; tries after a failure; events and "
            "replies given up (dead); mailboxes lost to another worker (fenced) or taken over "
            "from one that died (inherited); replies whose fate is not known (unsure).",
            ["what"],
            registry=self._registry,
        )
        # All of them show from the start, as 0: a rule can't be made on what is not there.
        for stage in get_args(Stage):
            self._took.labels(stage)
        for what in get_args(Happening):
            self._counted.labels(what)
        self._standing = {name: self._gauge(name, text) for name, text in _STANDING.items()}
        self._oldest = self._gauge(
            "oldest_seconds", "Age of the oldest event that could be worked on; 0 when none waits."
        )
        self._lanes = Gauge(
            "rocket_lanes", "People this process works for right now.", registry=self._registry
        )
        self._connected = Gauge(
            "rocket_platform_connected",
            "Whether events of a platform reach this process.",
            ["platform"],
            registry=self._registry,
        )

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"rocket_inbox_{name}", text, registry=self._registry)

    def took(self, stage: Stage, seconds: float) -> None:
        """A stage of an event took so long."""
        self._took.labels(stage).observe(seconds)

    def count(self, what: Happening, by: int = 1) -> None:
        """Something happened."""
        self._counted.labels(what).inc(by)

    def span(self, name: str, **ids: str) -> AbstractContextManager[object]:
        """A piece of work, as a span where there is a tracer."""
        return nullcontext() if self._tracing is None else self._tracing.span(name, ids)

    def page(
        self,
        standing: tuple[Counts, datetime] | None,
        lanes: int,
        connected: Mapping[str, bool],
    ) -> bytes:
        """All of it in Prometheus' text format.

        Args:
            standing: how the inbox stands, and when; None when the database does not answer: then
                NaN is shown, not what was known before.
        """
        counts, at = standing or (None, None)
        for name, gauge in self._standing.items():
            gauge.set(math.nan if counts is None else getattr(counts, name))
        self._oldest.set(_age(counts, at))
        self._lanes.set(lanes)
        for name, is_connected in connected.items():
            self._connected.labels(name).set(is_connected)
        return generate_latest(self._registry)


def _age(counts: Counts | None, at: datetime | None) -> float:
    if counts is None or at is None:
        return math.nan
    return 0.0 if counts.oldest is None else max(0.0, (at - counts.oldest).total_seconds())
