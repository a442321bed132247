"""Measures the cross-persona analysis on planted cases: ``python -m evaluation.cross``.

A case holds what one person typed to two or three coaches, and which agreements and tensions were
planted where. One counts as found when a reported match of its kind quotes the planted words of at
least two coaches; a reported match that covers nothing planted is invented.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from bot.engine.axes import reader
from bot.engine.cross_matching import Match, Statement, find_matches

CASES: Final = Path(__file__).parent / "data" / "cross_cases.jsonl"
PARTS: Final = ("development", "test")
Case = dict[str, Any]


def cases(part: str | None = None, path: Path = CASES) -> list[Case]:
    """The cases of one part ("development", "test"), or all of them."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found: list[Case] = [json.loads(line) for line in lines if line.strip()]
    return [case for case in found if part is None or case["part"] == part]


def statements(case: Case) -> list[Statement]:
    """The messages of a case as the analysis takes them."""
    return [
        Statement(said["coach"], said["coach"], said["message"], said["text"])
        for said in case["messages"]
    ]


def covers(match: Match, planted: dict[str, Any]) -> bool:
    """Whether the match quotes the planted words of at least two coaches, and is of its kind."""
    told = {
        spot["coach"]
        for spot in planted["quotes"]
        for quote in match.quotes
        if (quote.coach, quote.message) == (spot["coach"], spot["message"])
        and _overlap(quote.text, spot["text"])
    }
    return match.kind == planted["kind"] and len(told) >= 2


def _overlap(one: str, other: str) -> bool:
    first, second = set(one.lower().split()), set(other.lower().split())
    return len(first & second) >= 0.6 * min(len(first), len(second))


def measure() -> dict[str, dict[str, float]]:
    """The figures of both parts."""
    return {part: figures(cases(part)) for part in PARTS}


def figures(chosen: Sequence[Case]) -> dict[str, float]:
    """Shares over the cases: ``found`` of what was planted, ``invented`` of what was reported."""
    planted = found = reported = invented = 0
    for case in chosen:
        matches = find_matches(statements(case), reader())
        spots = case["planted"]
        planted += len(spots)
        found += sum(any(covers(match, spot) for match in matches) for spot in spots)
        reported += len(matches)
        invented += sum(not any(covers(match, spot) for spot in spots) for match in matches)
    return {
        "planted": planted,
        "found": found / max(planted, 1),
        "reported": reported,
        "invented": invented / max(reported, 1),
    }


def main() -> None:
    """Print a row for each part; with ``--show`` also what was missed and invented."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", choices=PARTS)
    shown = parser.parse_args().show
    for part, row in measure().items():
        print(f"{part:12}" + "".join(f"  {name} {value:.2f}" for name, value in row.items()))
    if shown:
        _show(cases(shown))


def _show(chosen: Sequence[Case]) -> None:
    for case in chosen:
        matches = find_matches(statements(case), reader())
        for spot in case["planted"]:
            if not any(covers(match, spot) for match in matches):
                said = [quote["text"] for quote in spot["quotes"]]
                print("missed  ", case["id"], spot["kind"], said)
        for match in matches:
            if not any(covers(match, spot) for spot in case["planted"]):
                said = [quote.text for quote in match.quotes]
                print("invented", case["id"], match.kind, match.theme, said)


if __name__ == "__main__":
    main()
