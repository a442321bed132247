"""The program on Postgres: a talk, and a server that is away at the start or in the middle."""

from __future__ import annotations

import json
from pathlib import Path

from tests.e2e.contract import KEYS
from tests.e2e.program import Ended, Rocket
from tests.postgres import TEMPLATE, Cluster, free_port

LINES = (
    "I want to lead the pastry team by next summer.",
    "Last spring I planned the night shifts for eleven people and nobody quit.",
    "My head chef decides alone and never asks us.",
    "I would feel that my fourteen years there were worth it.",
    "On Tuesday at nine I will ask her for one hour a week.",
)


def on(address: str, home: Path) -> Rocket:
    return Rocket(home, env={"DATABASE_URL": address})


def chat(rocket: Rocket, *lines: str) -> Ended:
    words = rocket.command("chat", "--json", "--coach", "life_coach", "--user", rocket.user)
    return rocket.run(words, "".join(f"{line}\n" for line in lines))


def said(rocket: Rocket) -> list[str]:
    """All that the user is on record with, read by a program of its own."""
    (session,) = rocket.run(rocket.command("sessions", "--json", "--user", rocket.user)).only
    told = rocket.run(
        rocket.command("transcript", session["session"], "--json", "--user", rocket.user)
    ).only
    return [line["text"] for line in told if line["role"] == "user"]


def test_a_talk_of_five_turns(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database() as place:
        rocket = on(place, tmp_path)
        ended = chat(rocket, *LINES)
        assert (ended.code, ended.err) == (0, "")
        assert [turn["error"] for turn in ended.objects] == [None] * 6
        assert len({turn["session"] for turn in ended.objects}) == 1
        assert ended.objects[-1]["progress"] > ended.objects[1]["progress"]
        assert said(rocket) == list(LINES)
        assert not list(tmp_path.rglob("*.db"))


def test_the_command_line_wins_over_the_environment(cluster: Cluster, tmp_path: Path) -> None:
    with cluster.database(TEMPLATE) as place:
        rocket = on("postgresql://me@127.0.0.1:1/nowhere", tmp_path)
        ended = rocket.run(rocket.command("sessions", "--json", "--db", place))
        assert (ended.code, ended.only) == (0, [])


def test_a_server_that_is_away_is_told_without_the_password(tmp_path: Path) -> None:
    port = free_port()
    rocket = on(f"postgresql://ada:pa55word@127.0.0.1:{port}/coach", tmp_path)
    ended = chat(rocket, LINES[0])
    assert ended.code == 2
    assert set(ended.only) == KEYS
    assert f"postgresql://127.0.0.1:{port}/coach can't be reached" in ended.only["error"]
    spoken = rocket.run(rocket.command("sessions"))
    assert (spoken.code, spoken.out) == (2, "")
    assert spoken.err.strip() == ended.only["error"]
    assert "pa55word" not in ended.out + ended.err + spoken.err
    assert "ada" not in ended.only["error"]


def test_a_server_that_goes_and_comes_in_a_talk(own: Cluster, tmp_path: Path) -> None:
    rocket = on(own.address(), tmp_path)
    talk = rocket.start(rocket.command("chat", "--json", "--coach", "life_coach", "--user", "ada"))
    assert talk.stdin is not None
    assert talk.stdout is not None

    def put(line: str) -> str | None:
        assert talk.stdin is not None
        assert talk.stdout is not None
        talk.stdin.write(f"{line}\n")
        talk.stdin.flush()
        return json.loads(talk.stdout.readline())["error"]

    assert json.loads(talk.stdout.readline())["error"] is None
    assert put(LINES[0]) is None
    own.stop("immediate")
    for line in LINES[1:3]:
        error = put(line)
        assert error is not None
        assert "can't be reached" in error
    own.start()
    assert put(LINES[3]) is None
    out, err = talk.communicate()
    assert (talk.returncode, out, err) == (0, "", "")
    assert said(rocket) == [LINES[0], LINES[3]]
