"""Runs the real program in a folder of its own, away from this machine's settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
# Not a measure of speed: what is not there after this long will not come.
GIVE_UP = 120.0
# The program must do without these.
OURS = (
    "PYTHONUNBUFFERED",
    "DATABASE_URL",
    "MODEL",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "EMBEDDINGS",
    "ROCKET_PERSONAS",
    "ROCKET_LOG",
    "NO_COLOR",
    "XDG_DATA_HOME",
)
Json = dict[str, Any]


@dataclass(frozen=True)
class Ended:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def only(self) -> Any:
        (value,) = self.objects
        return value


@dataclass
class Rocket:
    """``rocket`` with a home, a database and a user of its own."""

    home: Path
    env: dict[str, str] = field(default_factory=dict[str, str])
    user: str = "ada"

    @property
    def db(self) -> Path:
        return self.home / "rocket.db"

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "bot.cli", *words]

    def mine(self, *words: str) -> list[str]:
        """A command with the database and user of this home."""
        return self.command(*words, "--db", str(self.db), "--user", self.user)

    @property
    def environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        return {**kept, "HOME": str(self.home), "PYTHONPATH": str(ROOT), **self.env}

    def start(
        self, command: list[str], before: Callable[[], None] | None = None
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command,
            cwd=self.home,
            env=self.environment,
            text=True,
            encoding="utf-8",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=before,
        )
        # A program that says nothing must fail a test, not hang it.
        end = threading.Timer(GIVE_UP, process.kill)
        end.daemon = True
        end.start()
        return process

    def run(
        self,
        command: list[str],
        stdin: str | bytes = "",
        before: Callable[[], None] | None = None,
    ) -> Ended:
        given = stdin.encode("utf-8") if isinstance(stdin, str) else stdin
        done = subprocess.run(
            command,
            cwd=self.home,
            env=self.environment,
            input=given,
            capture_output=True,
            preexec_fn=before,
            check=False,
            timeout=GIVE_UP,
        )
        ended = Ended(
            done.returncode, done.stdout.decode("ascii", "surrogateescape"), done.stderr.decode()
        )
        assert "Traceback" not in ended.out + ended.err
        return ended

    def ask(self, *words: str, stdin: str | bytes = "") -> Any:
        """The one JSON value a data command prints."""
        ended = self.run(self.mine(*words, "--json"), stdin)
        assert ended.code == 0, ended
        return ended.only

    def chat(self, *lines: str, words: tuple[str, ...] = ()) -> list[Json]:
        """Talk; returns the opening and one object a line."""
        ended = self.run(
            self.mine("chat", "--json", *words), "".join(f"{line}\n" for line in lines)
        )
        assert ended.code == 0, ended
        assert ended.err == ""
        assert len(ended.objects) == len(lines) + 1
        return ended.objects
