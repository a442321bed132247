"""``make eval``: lets scripted users talk with every coach, measures, prints a table, writes JSON.

Exits with 1 when a figure misses what it must reach.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from bot.engine.engine import Engine
from bot.settings import Settings
from evaluation.measures import Report, Row, measure
from evaluation.sessions import Biography, all_lives, nonsense
from evaluation.sets import measure_sets
from evaluation.spending import calls_of, report_calls
from evaluation.steps import Problem
from evaluation.users import lives, one_of_each
from personas.catalogue import Catalogue
from storage.queries import Row as CallRow

BUILD = Path("build")
_SHOWN_A_RULE = 60
_NONSENSE_PEOPLE = 2


async def talks(people: Sequence[str], coaches: Sequence[str], model: str | None = None) -> Report:
    """The figures of the talks of these people with these coaches.

    Args:
        people: names of lives; empty for all, or, with a model, for one of each kind.
        coaches: keys.
        model: ``provider:name`` of a language model; None for the offline voice.
    """
    everybody = one_of_each() if model and not people else lives()
    chosen = [life for life in everybody if not people or life.key in people]
    calls: list[CallRow] = []

    async def look(engine: Engine) -> None:
        calls.extend(await calls_of(engine))

    biographies = await all_lives(chosen, coaches, pairs=model is None, model=model, done=look)
    silly = chosen[: _NONSENSE_PEOPLE if model is None else 1]
    empty = [line for life in silly for line in await nonsense(life, coaches, model)]
    report = measure(biographies, empty)
    if model is not None:
        worded, replies = worded_by_model(biographies)
        report.shown("replies worded by the model, share", worded / max(1, replies))
        report_calls(report, calls, worded)
    return report


def worded_by_model(biographies: Sequence[Biography]) -> tuple[int, int]:
    """How many replies the model worded, of how many; the rest are commands, pauses, fallbacks."""
    lines = [
        one.line for bio in biographies for talk in bio.talks for one in talk.exchanges if one.user
    ]
    return sum(line["voice"] == "model" for line in lines), len(lines)


def problems_text(problems: Sequence[Problem]) -> str:
    """The offending lines by rule, for reading."""
    counts = Counter(problem.rule for problem in problems)
    out = ["# Lines that break a rule", ""]
    for rule, count in counts.most_common():
        out += [f"## {rule} ({count})", ""]
        own = [problem for problem in problems if problem.rule == rule]
        for problem in own[:_SHOWN_A_RULE]:
            text = " ".join(problem.text.split())
            out.append(f"- {problem.where}: **{problem.found}** {text[:400]}")
        out.append("")
    return "\n".join(out)


def table(rows: Sequence[Row]) -> str:
    """The rows as text in columns."""
    lines = [f"{'what':<58}{'value':>9}  {'must':<9}{'aim':<7}"]
    for row in rows:
        mark = "" if row.met is None else "ok" if row.met else "MISSED"
        lines.append(f"{row.what:<58}{row.value:>9.3g}  {row.must:<9}{row.aim:<7}{mark}")
    return "\n".join(lines)


def main() -> int:
    """Run everything; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--people", nargs="*", default=[], help="only these lives (file names without .toml)"
    )
    parser.add_argument(
        "--coaches", nargs="*", default=list(Catalogue().keys), help="only these coaches"
    )
    parser.add_argument("--talks-only", action="store_true", help="leave the labelled sets out")
    parser.add_argument(
        "--model",
        help="have this language model word the replies (provider:name); one person of each kind, "
        "if none are named, and the sets that need no voice are left out",
    )
    chosen = parser.parse_args()
    if chosen.model:
        try:
            Settings(model=chosen.model)
        except ValidationError as error:
            parser.error(f"--model: {error.errors(include_url=False)[0]['msg']}")
    started = time.monotonic()
    rows = [] if chosen.talks_only or chosen.model else measure_sets().rows
    report = asyncio.run(talks(chosen.people, chosen.coaches, chosen.model))
    rows += report.rows
    print(table(rows))
    BUILD.mkdir(exist_ok=True)
    places = BUILD / "eval.json", BUILD / "eval-problems.md"
    figures = [row.as_json() for row in rows]
    places[0].write_text(json.dumps(figures, indent=1), encoding="utf-8")
    places[1].write_text(problems_text(report.problems), encoding="utf-8")
    print(f"\n{len(report.problems)} lines to look at in {places[1]}")
    print(f"{time.monotonic() - started:.0f} s")
    missed = [row.what for row in rows if row.met is False]
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
