"""What is made when it is first used is made before anybody comes, and leaves no trace."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.engine.engine import Engine
from bot.serving.rehearsal import rehearse
from storage.database import Database
from tests.postgres import ROOT

# A talk with another coach, in other words, in a process that has rehearsed: what it still has to
# load or to compile is printed.
_FIRST_TALK = """
import asyncio, re, sys, tempfile
from datetime import UTC, datetime
from bot.engine.engine import Engine
from bot.inbound import Command, Message, Opened, Sender
from bot.serving.rehearsal import rehearse
from bot.voices.offline import OfflineVoice
from personas.catalogue import Catalogue
from storage.database import Database

WHO, WHERE = Sender("x", "y", "z"), "x:y:a:b"

async def main():
    with tempfile.TemporaryDirectory() as folder:
        database = Database(folder + "/own.db")
        await database.open()
        engine = Engine(database, Catalogue(), voice=OfflineVoice())
        await engine.start()
        if len(sys.argv) > 1:
            await rehearse(engine)
        before, at = set(sys.modules), datetime.now(UTC)
        made, compiled = [], re._compiler.compile
        re._compiler.compile = lambda *a, **k: made.append(a[0]) or compiled(*a, **k)
        await engine.handle(Message(WHERE, "1", WHO, "They passed me over for the job twice", at))
        await engine.handle(Opened(WHERE, "", WHO, at, "salary_negotiator"))
        await engine.handle(Message(WHERE, "2", WHO, "I led our move to a new till", at))
        await engine.handle(Command(WHERE, "", WHO, "plan", "", at))
        print(len(set(sys.modules) - before), len(made))
        await database.close()

asyncio.run(main())
"""


def _left_to_do(*args: str) -> tuple[int, int]:
    """Modules loaded and patterns compiled in a first talk."""
    done = subprocess.run(
        [sys.executable, "-c", _FIRST_TALK, *args],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    modules, patterns = done.stdout.split()
    return int(modules), int(patterns)


def test_the_first_talk_after_it_has_nothing_left_to_load() -> None:
    modules, patterns = _left_to_do()
    assert modules > 50
    assert patterns > 100
    modules, patterns = _left_to_do("rehearsed")
    assert modules == 0
    # Patterns made of a person's own words can't be made before.
    assert patterns < 10


async def test_nothing_of_it_is_kept(engine: Engine, database: Database) -> None:
    await rehearse(engine)
    for table in ("people", "messages", "persona_sessions"):
        query = text(f"SELECT count(*) FROM {table}")
        assert await database.read(lambda one, q=query: one.execute(q).scalar_one()) == 0


async def test_without_room_for_it_the_program_starts_all_the_same(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    await rehearse(engine)
