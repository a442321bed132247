"""``python -m tests.chaos [--short] [--platform NAME] [--only FAULT] [--seed N]``.

Prints a table, writes ``build/chaos.json`` (``build/chaos-short.json``), and fails when anything
was lost, shown twice or out of order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from tests.chaos.databases import fresh, server
from tests.chaos.run import Outcome, Plan, run
from tests.chaos.scene import SCENES
from tests.postgres import ROOT, Cluster

BUILD = ROOT / "build"
_FIGURES = ("messages", "replies", "lost", "replies_lost", "twice", "out_of_order", "unsure")
_MUST_BE_ZERO = ("lost", "replies_lost", "twice", "out_of_order", "unsure")
_EVERY = {
    "freeze": (0.2, 1.0),
    "db_restart": (3.0, 6.0),
    "lost_worker": (3.0, 6.0),
    "storm": (0.5, 1.5),
}
# A worker of Discord has to log in, take its shards and read what was missed; one of Slack has to
# connect.
_SLOWER = {"discord": 3.0, "slack": 2.0}


def plans(platform: str, *, short: bool) -> list[Plan]:
    """The runs of a platform: SQLite has one process, Postgres three workers."""

    def plan(database: str, fault: str, faults: int, messages: int = 1000) -> Plan:
        workers = 1 if database == "sqlite" else 3
        slower = _SLOWER.get(platform, 1.0)
        first, last = _EVERY.get(fault, (1.0, 3.0))
        every = first * slower, last * slower
        return Plan(platform, database, workers, fault, messages, faults, every)  # pyright: ignore[reportArgumentType]

    if short:
        kills = round(6 / _SLOWER.get(platform, 1.0)) + 1
        few = 1000 if platform not in _SLOWER else 300
        return [plan("sqlite", "kill", kills, few), plan("postgresql", "kill", kills, few)]
    kills = [plan("sqlite", "kill", 25), plan("postgresql", "kill", 25)]
    if platform in _SLOWER:
        # What is behind the adapters is the same for all; the chatroom has it go wrong in each way.
        if platform == "slack":
            return [*kills, plan("sqlite", "storm", 12, 400), plan("postgresql", "storm", 12, 400)]
        return kills
    return [
        *kills,
        plan("sqlite", "freeze", 8),
        plan("postgresql", "freeze", 12),
        plan("postgresql", "lost_worker", 6),
        plan("sqlite", "sigterm", 10),
        plan("postgresql", "sigterm", 10),
        plan("postgresql", "db_restart", 6),
        plan("sqlite", "closed_loop", 0, 2000),
        plan("postgresql", "closed_loop", 0, 4000),
    ]


def _platforms(asked: str | None, *, short: bool) -> Sequence[str]:
    if asked is not None and asked != "all":
        return [asked]
    return ["chatroom"] if short and asked is None else sorted(SCENES)


def line(outcome: Outcome) -> dict[str, object]:
    """A run as JSON."""
    plan = outcome.plan
    return {
        "platform": plan.platform,
        "database": plan.database,
        "workers": plan.workers,
        "people": plan.people,
        "fault": plan.fault,
        "kills": outcome.kills,
        **{name: getattr(outcome.counted, name) for name in _FIGURES},
    }


def commit() -> str:
    """The commit that ran; with a "+" where files were changed since."""
    git = ["git", "-C", str(ROOT)]
    head = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    changed = subprocess.run(
        [*git, "status", "--porcelain"], capture_output=True, text=True, check=False
    )
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos ARGS=")
    parser.add_argument("--short", action="store_true", help="few kills, both databases")
    parser.add_argument(
        "--platform", choices=(*sorted(SCENES), "all"), help="all, or with --short the chatroom"
    )
    parser.add_argument("--only", default="", help="faults, or database/fault, with commas")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--logs", action="store_true", help="print what workers complained of")
    given = parser.parse_args()
    # Whoever ends it must find no server or worker left.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    chosen = [
        replace(plan, seed=given.seed)
        for platform in _platforms(given.platform, short=given.short)
        for plan in plans(platform, short=given.short)
        if not given.only
        or {plan.fault, f"{plan.database}/{plan.fault}"} & set(given.only.split(","))
    ]
    head = ("platform", "database", "workers", "fault", "kills", *_FIGURES)
    print("  ".join(f"{name:>10}" for name in head), "   seconds", flush=True)
    lines: list[dict[str, object]] = []
    good = True
    with ExitStack() as stack:
        needed = any(plan.database == "postgresql" for plan in chosen)
        cluster: Cluster | None = stack.enter_context(server()) if needed else None
        for plan in chosen:
            with fresh(plan.database, cluster) as store:
                outcome = asyncio.run(run(plan, store))
            lines.append(line(outcome))
            shown = "  ".join(f"{lines[-1][name]!s:>10}" for name in head)
            print(shown, f"{outcome.seconds:9.1f}", flush=True)
            for why in outcome.counted.why[:20]:
                print("   ", why, flush=True)
            if given.logs:
                print(outcome.said)
            good &= not any(getattr(outcome.counted, name) for name in _MUST_BE_ZERO)
            _write(BUILD / ("chaos-short.json" if given.short else "chaos.json"), lines)
    return 0 if good else 1


def _write(file: Path, lines: list[dict[str, object]]) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps({"commit": commit(), "runs": lines}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main())
