"""Turns talks into figures: the rows "Coaching" of the evaluation that need no labelled data."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluation import checks, plans, repeats
from evaluation.grounding import ungrounded
from evaluation.guarding import offline_refusals
from evaluation.sessions import Biography, Nonsense, Talk
from evaluation.steps import (
    EXPLORING,
    Problem,
    Step,
    asked_by_user,
    exploring,
    steps,
    turn_done,
    turn_of_phase,
)

IN_TIME = 14


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: ``must`` and ``aim`` as written; ``met`` is None without a must."""

    what: str
    value: float
    must: str = ""
    aim: str = ""
    met: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """For the report file."""
        return {
            "what": self.what,
            "value": round(self.value, 4),
            "must": self.must,
            "aim": self.aim,
            "met": self.met,
        }


@dataclass(slots=True)
class Report:
    """All rows and all offending lines."""

    rows: list[Row] = field(default_factory=list[Row])
    problems: list[Problem] = field(default_factory=list[Problem])

    def at_least(self, what: str, value: float, must: float, aim: float) -> None:
        """A row whose value has to reach ``must``."""
        self.rows.append(Row(what, value, f"≥ {must:g}", f"{aim:g}", value >= must))

    def at_most(self, what: str, value: float, must: float, aim: float | None = None) -> None:
        """A row whose value may not pass ``must``."""
        self.rows.append(
            Row(what, value, f"≤ {must:g}", f"{must if aim is None else aim:g}", value <= must)
        )

    def shown(self, what: str, value: float) -> None:
        """A row that is only reported."""
        self.rows.append(Row(what, value))

    def none_of(self, what: str, found: Iterable[Problem]) -> None:
        """A row that counts broken rules; none is allowed."""
        listed = list(found)
        self.problems += listed
        self.at_most(what, len(listed), 0)


def measure(biographies: Sequence[Biography], empty_lines: Sequence[Nonsense]) -> Report:
    """All figures of the talks."""
    report = Report()
    talks = [talk for one in biographies for talk in one.talks]
    _reaching(report, [one.talks[0] for one in biographies if len(one.talks) == 1])
    _exploring(report, talks)
    _grounded(report, talks)
    _plans(report, talks)
    _heard(report, biographies)
    _pauses(report, talks)
    report.none_of(
        "coaching question twice in a life",
        (p for one in biographies for p in repeats.questions_twice(one)),
    )
    report.none_of(
        "set sentence twice within 20 turns",
        (p for one in biographies for p in repeats.frames_twice(one)),
    )
    again = [problem for one in biographies for problem in repeats.answers_twice(one)]
    report.problems += again
    report.shown("the same long answer given again", len(again))
    raised = [one for one in empty_lines if one.after > one.before]
    report.problems += [
        Problem("progress by nothing", one.coach, f"{one.before:.3f} to {one.after:.3f}", one.text)
        for one in raised
    ]
    report.at_most("progress raised by gibberish or repetition", len(raised), 0)
    return report


def _reaching(report: Report, talks: Sequence[Talk]) -> None:
    """Sessions that reach synthesis within fourteen turns; people who are new to the bot."""
    by_kind: dict[str, list[Talk]] = defaultdict(list)
    for talk in talks:
        by_kind[talk.kind].append(talk)
    wanted = {"cooperative": 1.0, "one_word": 0.9, "rambling": 0.9}
    for kind, own in by_kind.items():
        turns = [turn_of_phase(talk, "synthesis") for talk in own]
        share = sum(turn is not None and turn <= IN_TIME for turn in turns) / len(own)
        if kind in wanted:
            report.at_least(f"synthesis in ≤ 14 turns: {kind}", share, wanted[kind], 1.0)
        else:
            report.shown(f"synthesis in ≤ 14 turns: {kind}", share)
        for talk, turn in zip(own, turns, strict=True):
            if kind in wanted and (turn is None or turn > IN_TIME):
                report.problems.append(
                    Problem("late", f"{talk.person} · {talk.coach}", f"synthesis at {turn}", "")
                )
    for kind, own in by_kind.items():
        ends = [turn for talk in own if (turn := turn_done(talk)) is not None]
        report.shown(f"plan and commitment at the end: {kind}", len(ends) / len(own))
        if ends:
            report.shown(f"turn of the commitment, median: {kind}", statistics.median(ends))


def _exploring(report: Report, talks: Sequence[Talk]) -> None:
    looked_at = [step for talk in talks for step in exploring(talk)]
    report.at_least("reflections per question while exploring", _ratio(looked_at), 1.0, 1.3)
    for kind in dict.fromkeys(talk.kind for talk in talks):
        report.shown(
            f"  of these: {kind}", _ratio([step for step in looked_at if step.talk.kind == kind])
        )
    for coach in dict.fromkeys(talk.coach for talk in talks):
        report.shown(
            f"  of these: {coach}", _ratio([step for step in looked_at if step.talk.coach == coach])
        )
    wide = [step for talk in talks for step in exploring(talk, (*EXPLORING, "assessment"))]
    report.shown("  counted up to the plan (with the assessment)", _ratio(wide))
    per_session = [
        _ratio(exploring(talk)) for talk in talks if talk.kind != "one_word" and exploring(talk)
    ]
    report.shown(
        "  the session with the least, one-word users left out", min(per_session, default=0.0)
    )
    asked = [checks.questions(step) for talk in talks for step in steps(talk)]
    report.at_most("questions in a reply, most", max(asked, default=0), 1)
    advised = [
        (step, found) for step in looked_at if (found := checks.unasked_advice(step)) is not None
    ]
    report.problems += [step.problem("unasked advice", found) for step, found in advised]
    report.at_most(
        "unasked advice while exploring, share of replies",
        len(advised) / max(1, len(looked_at)),
        0.02,
    )
    lengths = [len(step.text.split()) for talk in talks for step in steps(talk)]
    report.at_most("median words per reply", statistics.median(lengths), 60)
    report.shown(
        "longest reply that was not asked for",
        max(
            (
                len(step.text.split())
                for talk in talks
                for step in steps(talk)
                if not asked_by_user(step) and not step.shows_plan and not step.about_safety
            ),
            default=0,
        ),
    )
    report.none_of(
        "shape: keys, question in text, length, broken text, errors",
        (p for talk in talks for p in checks.shape(talk)),
    )


def _ratio(steps: Sequence[Step]) -> float:
    asked = sum(checks.questions(step) for step in steps)
    return sum(checks.reflections(step) for step in steps) / max(1, asked)


def _grounded(report: Report, talks: Sequence[Talk]) -> None:
    report.none_of(
        "numbers, names, titles, dates without a source",
        (p for talk in talks for p in ungrounded(talk)),
    )
    report.none_of("sentences of the offline voice the guard refuses", offline_refusals(talks))
    report.none_of(
        "quotes of insights, plan, profile not exact",
        (p for talk in talks for p in plans.quotes_exact(talk)),
    )
    report.none_of(
        "words in quotation marks nobody said",
        (p for talk in talks for p in plans.quotes_said(talk)),
    )


def _heard(report: Report, biographies: Sequence[Biography]) -> None:
    """Whether the plans of rambling people rest on their answers or on their side stories."""
    quoted = aside = 0
    for one in biographies:
        for talk in one.talks:
            if one.life.kind != "rambling":
                continue
            texts = [quote for _, quote in plans.plan_quotes(talk)]
            quoted += len(texts)
            aside += sum(any(text in told for told in one.life.asides) for text in texts)
    report.shown("plan quotes of rambling people that are the answer", 1 - aside / max(1, quoted))


def _pauses(report: Report, talks: Sequence[Talk]) -> None:
    """Talks paused for danger: nobody among the scripted people is in any."""
    first = [next((step for step in steps(talk) if step.line["safety"]), None) for talk in talks]
    paused = [step for step in first if step is not None]
    report.problems += [step.problem("paused", str(step.line["safety"])) for step in paused]
    said = sum(1 for talk in talks for _ in steps(talk))
    report.at_most("messages of people in no danger paused, share", len(paused) / said, 0.08, 0.03)


def _plans(report: Report, talks: Sequence[Talk]) -> None:
    """The checklist of sessions that ended with a plan; the must holds for co-operative users."""
    counts: dict[str, list[int]] = defaultdict(list)
    for talk in talks:
        if turn_done(talk) is None:
            continue
        items = plans.plan_items(talk)
        counts[talk.kind].append(sum(items.values()))
        lacking = [name for name, held in items.items() if not held]
        if lacking and talk.kind == "cooperative":
            report.problems.append(
                Problem("plan lacks", f"{talk.person} · {talk.coach}", ", ".join(lacking), "")
            )
    for kind, found in counts.items():
        if kind == "cooperative":
            report.at_least("synthesis checklist, least of 12: cooperative", min(found), 10, 12)
            report.shown(
                "  share with all 12: cooperative", sum(one == 12 for one in found) / len(found)
            )
        report.shown(f"synthesis checklist, mean of 12: {kind}", statistics.mean(found))
