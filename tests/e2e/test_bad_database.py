"""Databases that can't be used, or fail in the middle of a talk: a sentence, nothing is lost."""

from __future__ import annotations

import ctypes
import json
import resource
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.program import Rocket

_PR_CAPBSET_DROP = 24
_CAP_DAC_OVERRIDE = 1


def respect_permissions() -> None:
    """Make file permissions count for root too (they do for everybody else)."""
    ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)


@pytest.fixture
def rocket(tmp_path: Path) -> Rocket:
    """A home with a database in which one thing was said."""
    made = Rocket(tmp_path)
    made.chat("I want to lead the pastry team.", words=("--coach", "life_coach"))
    return made


def refused(rocket: Rocket, **how: Any) -> str:
    """The sentence with which every kind of command refuses to go on."""
    talk = rocket.run(rocket.mine("chat", "--json"), **how)
    assert talk.code == 2
    assert len(talk.only) == 16
    spoken = rocket.run(rocket.mine("sessions"), **how)
    assert (spoken.code, spoken.out) == (2, "")
    assert spoken.err.strip() == talk.only["error"]
    return spoken.err


def said(rocket: Rocket) -> list[str]:
    """All that the user is on record with."""
    (session,) = rocket.ask("sessions")
    told = rocket.ask("transcript", session["session"])
    return [line["text"] for line in told if line["role"] == "user"]


def test_corrupt(rocket: Rocket) -> None:
    rocket.db.write_bytes(b"this is no database, " * 400)
    assert "not a database" in refused(rocket)


def test_of_a_newer_version(rocket: Rocket) -> None:
    with sqlite3.connect(rocket.db) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    assert "newer version" in refused(rocket)


def test_read_only_file(rocket: Rocket) -> None:
    rocket.db.chmod(0o400)
    talk = rocket.run(rocket.mine("chat", "--json"), before=respect_permissions)
    assert talk.code == 2
    assert "can't be written" in talk.only["error"]
    rocket.db.chmod(0o600)
    assert said(rocket) == ["I want to lead the pastry team."]


def test_folder_that_may_not_be_written(rocket: Rocket) -> None:
    closed = rocket.home / "closed"
    closed.mkdir(mode=0o500)
    other = Rocket(rocket.home / "closed")
    ended = rocket.run(
        rocket.command("sessions", "--db", str(other.db)), before=respect_permissions
    )
    assert ended.code == 2
    assert "can't be" in ended.err


@pytest.mark.parametrize("path", [".", "rocket.db/inner.db"])
def test_path_that_is_no_file(rocket: Rocket, path: str) -> None:
    ended = rocket.run(rocket.command("sessions", "--db", str(rocket.home / path), "--json"))
    assert ended.code == 2
    assert "database" in ended.only["error"]


def test_locked_at_the_start_and_in_a_turn(rocket: Rocket) -> None:
    talk = rocket.start(rocket.mine("chat", "--json", "--coach", "life_coach"))
    assert talk.stdin is not None
    assert talk.stdout is not None
    talk.stdout.readline()
    other = sqlite3.connect(rocket.db, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    late = rocket.start(rocket.mine("chat", "--json", "--coach", "interview_coach"))
    talk.stdin.write("This line meets a locked database.\n")
    talk.stdin.flush()
    assert "in use by another program" in talk.stdout.readline()
    told, complaint = late.communicate()
    assert (late.returncode, complaint) == (2, "")
    assert "in use by another program" in told
    assert len(rocket.ask("sessions")) == 1
    other.execute("ROLLBACK")
    other.close()
    out, err = talk.communicate("This one comes through.\n")
    assert (talk.returncode, err) == (0, "")
    assert '"error": null' in out
    assert said(rocket) == ["I want to lead the pastry team.", "This one comes through."]


def test_full_disk_in_a_turn(rocket: Rocket) -> None:
    size = rocket.db.stat().st_size

    def no_more_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    long = "I carried flour up to the third floor because the lift was broken. " * 1400
    lines = ["The first is short.", long * 3, "And one after it."]
    ended = rocket.run(
        rocket.mine("chat", "--json", "--coach", "life_coach"),
        "\n".join(lines) + "\n",
        no_more_room,
    )
    assert ended.code == 0
    assert len(ended.objects) == 4
    failed = [bool(turn["error"]) for turn in ended.objects]
    assert failed[2]
    assert "disk" in ended.objects[2]["error"]
    taken = [line for line, bad in zip(lines, failed[1:], strict=True) if not bad]
    assert said(rocket) == ["I want to lead the pastry team.", *taken]


def test_a_fault_in_a_turn_is_told_and_logged_without_words_and_the_talk_goes_on(
    rocket: Rocket,
) -> None:
    talk = rocket.start(rocket.mine("chat", "--json", "--coach", "life_coach"))
    assert talk.stdin is not None
    assert talk.stdout is not None
    session = json.loads(talk.stdout.readline())["session"]
    other = sqlite3.connect(rocket.db, isolation_level=None)
    (memory,) = other.execute("SELECT memory FROM persona_sessions").fetchone()
    other.execute("UPDATE persona_sessions SET memory = 'no JSON'")
    talk.stdin.write("My secret is the sourdough.\n")
    talk.stdin.flush()
    turn = json.loads(talk.stdout.readline())
    assert turn["session"] == session
    assert "goes wrong" in turn["error"]
    other.execute("UPDATE persona_sessions SET memory = ?", [memory])
    other.close()
    out, log = talk.communicate("Now I say something else.\n")
    assert talk.returncode == 0
    assert json.loads(out)["error"] is None
    assert "JSONDecodeError at" in log
    assert "events [" in log
    assert "sourdough" not in log
    assert "Traceback" not in log


def test_a_file_of_the_database_is_made_in_a_new_folder(tmp_path: Path) -> None:
    rocket = Rocket(tmp_path)
    deep = tmp_path / "a" / "b" / "rocket.db"
    assert rocket.run(rocket.command("sessions", "--json", "--db", str(deep))).only == []
    assert deep.exists()
    assert deep.parent.stat().st_mode & 0o077 == 0
