"""From the command line to the first prompt: time and peak memory, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Row, median

_ROCKET = "import sys; from bot.cli import main; sys.argv[0] = 'rocket'; main()"
# ru_maxrss counts kilobytes on Linux and bytes on macOS.
_MEGABYTE = 1024 * 1024 if sys.platform == "darwin" else 1024


@dataclass(frozen=True, slots=True)
class Start:
    """One process: seconds to its first line (without one, to its end), megabytes at its peak."""

    seconds: float
    megabytes: float


def start(arguments: Sequence[str]) -> Start:
    """Run Python with these arguments and an input that holds nothing.

    Raises:
        RuntimeError: the process failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stderr is not None
    first = process.stdout.readline()
    seconds = time.perf_counter() - began
    process.stdin.close()
    process.stdout.read()
    told = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    process.stderr.close()
    if process.returncode:
        raise RuntimeError(f"{arguments}: {told.decode(errors='replace')[-400:]}")
    if not first:
        seconds = time.perf_counter() - began
    return Start(seconds, usage.ru_maxrss / _MEGABYTE)


def _chat(database: Path, *more: str) -> list[str]:
    return ["-c", _ROCKET, "chat", "--json", "--db", str(database), "--user", "bench", *more]


def measure(rounds: int) -> Iterator[Row]:
    """The rows of the start; the processes take turns, so that a busy moment hits all of them."""
    plain: list[Start] = []
    fresh: list[Start] = []
    known: list[Start] = []
    session: list[Start] = []
    with tempfile.TemporaryDirectory(prefix="rocket-bench-") as folder:
        there = Path(folder)
        start(_chat(there / "known.db"))
        start(_chat(there / "session.db", "--coach", "life_coach"))
        for number in range(rounds):
            plain.append(start(["-c", "import sqlmodel"]))
            fresh.append(start(_chat(there / f"fresh{number}.db")))
            known.append(start(_chat(there / "known.db")))
            session.append(start(_chat(there / "session.db", "--coach", "life_coach")))
    beside = _best(plain)
    yield Row("first prompt of rocket chat, database exists", _best(known), "ms", beside, 2.0, 1.5)
    yield Row("first prompt of rocket chat, fresh database", _best(fresh), "ms", beside, 2.0, 1.5)
    yield Row(
        "first prompt of rocket chat --coach, session open", _best(session), "ms", beside, 2.0, 1.5
    )
    peak = max(one.megabytes for one in (*fresh, *known, *session))
    yield Row("peak memory at the first prompt", peak, "MB", None, 120, 120)
    yield Row("  import sqlmodel alone, memory", median([one.megabytes for one in plain]), "MB")


def _best(starts: Sequence[Start]) -> float:
    return min(one.seconds for one in starts) * 1000
