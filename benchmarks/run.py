"""``make bench``: prints a table, writes ``build/bench.json``, exits with 1 on a missed limit."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from benchmarks import boxes, discord, models, slack, start, turns
from benchmarks.report import Row, table
from bot.cli_shared import collect_seldom

BUILD = Path("build")


def main() -> int:
    """Run everything; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="fewer rounds: a look, not a measurement"
    )
    parser.add_argument(
        "--only",
        choices=("start", "turns", "inbox", "discord", "models", "slack"),
        help="one part of it",
    )
    chosen = parser.parse_args()
    collect_seldom()  # as the program itself does
    rows: list[Row] = []
    if chosen.only in {None, "start"}:
        rows += start.measure(3 if chosen.quick else 9)
    if chosen.only in {None, "turns"}:
        rows += turns.measure(chosen.quick)
    if chosen.only in {None, "inbox"}:
        rows += boxes.measure(chosen.quick)
    if chosen.only in {None, "discord"}:
        rows += discord.measure(chosen.quick)
    if chosen.only in {None, "models"}:
        rows += models.measure(chosen.quick)
    if chosen.only in {None, "slack"}:
        rows += slack.measure(chosen.quick)
    print(table(rows))
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(
        json.dumps([row.as_json() for row in rows], indent=1), encoding="utf-8"
    )
    return 1 if any(row.met is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
