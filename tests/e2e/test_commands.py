"""The commands for scripts, against the real program."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.terminal.lines import clean
from tests.e2e.contract import KEYS, SEVEN, STORY, check_quality
from tests.e2e.program import ROOT, Rocket


@pytest.fixture
def rocket(tmp_path: Path) -> Rocket:
    return Rocket(tmp_path)


def test_recommend_ranks_all_seven_with_reasons(rocket: Rocket) -> None:
    found = rocket.run(rocket.command("recommend", "--json", "They offered less than I earn now."))
    assert set(found.only) == {"ranking", "unclear", "ask"}
    assert sorted(row["coach"] for row in found.only["ranking"]) == sorted(SEVEN)
    scores = [row["score"] for row in found.only["ranking"]]
    assert scores == sorted(scores, reverse=True)
    assert all(row["reason"] for row in found.only["ranking"])
    profile = rocket.run(
        rocket.command(
            "recommend", "--json", "--stage", "senior", "--goal", "leadership",
            "--goal", "salary increase", "--challenge", "team management",
        )
    )  # fmt: skip
    first = [row["coach"] for row in profile.only["ranking"][:3]]
    assert {"executive_coach", "salary_negotiator"} <= set(first)


def test_a_dash_answers_each_line_with_one_object(rocket: Rocket) -> None:
    texts = "I go blank in interviews.\n\nhelp\n"
    ranked = rocket.run(rocket.command("recommend", "-", "--json"), texts)
    assert [len(one["ranking"]) for one in ranked.objects] == [7, 7, 7]
    screened = rocket.run(rocket.command("screen", "-"), "This deadline is killing me.\n\n\ud7ff\n")
    assert screened.objects == [{"level": "none"}] * 3


def test_assess_reads_pairs_and_says_what_is_wrong_with_a_line(rocket: Rocket) -> None:
    good = '{"question": "What did you do?", "answer": "I mended the ovens and we delivered."}'
    alone = '{"question": "", "answer": "I mended the ovens \\ud800 and we delivered."}'
    bad = [
        "not json",
        "[1]",
        '{"answer": 3}',
        "",
        '{"question": null, "answer": "x"}',
        "[" * 100_000,
    ]
    ended = rocket.run(
        rocket.command("assess", "-", "--json"), "\n".join([good, alone, *bad]) + "\n"
    )
    assert ended.code == 0
    answered, unasked, *refused = ended.objects
    check_quality(answered)
    check_quality(unasked)
    assert answered["parts"]["relevance"] is not None
    assert unasked["parts"]["relevance"] is None
    assert len(refused) == len(bad)
    for one in refused:
        assert one.pop("error")
        assert one == dict.fromkeys(("score", "confidence", "gap", "strategy", "parts"))


def test_assess_and_screen_take_a_text(rocket: Rocket) -> None:
    one = rocket.run(
        rocket.command("assess", "--json", "--question", "What did you do?", STORY)
    ).only
    check_quality(one)
    assert one["score"] > rocket.run(rocket.command("assess", "--json", "Things.")).only["score"]
    danger = rocket.run(rocket.command("screen", "--json", "I am going to kill myself tonight"))
    assert danger.only == {"level": "explicit"}


def test_text_that_no_encoding_takes_is_mended() -> None:
    assert clean("a\ud800b \udc00 \U0001f600") == "a\ufffdb \ufffd \U0001f600"


def test_coaches_lists_the_seven(rocket: Rocket) -> None:
    listed = rocket.run(rocket.command("coaches", "--json")).only
    assert [coach["coach"] for coach in listed] == SEVEN
    assert all(
        coach["name"] and coach["title"] and len(coach["expertise"]) == 8 for coach in listed
    )


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["plan", "nowhere"], "nowhere"),
        (["summary"], ""),
        (["plan"], "SESSION"),
        (["chat", "--user", " "], "--user"),
        (["sumary"], "summary"),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_exit_2(
    rocket: Rocket, words: list[str], told: str
) -> None:
    scope = [] if words == ["sumary"] else ["--db", str(rocket.db)]
    in_json = rocket.run(rocket.command(*words, *scope, "--json"))
    assert in_json.code == 2
    assert told in in_json.only["error"]
    if words[0] != "chat":
        spoken = rocket.run(rocket.command(*words, *scope))
        assert (spoken.code, spoken.out) == (2, "")
        assert told in spoken.err


@pytest.mark.parametrize("command", ["assess", "screen"])
def test_a_one_shot_without_a_text_says_how_to_give_one(rocket: Rocket, command: str) -> None:
    ended = rocket.run(rocket.command(command, "--json"))
    assert ended.code == 2
    assert "standard input" in ended.only["error"]


# Export, forget ----------------------------------------------------------------------------------


def test_export_writes_json_and_text_for_the_owner_alone(rocket: Rocket) -> None:
    rocket.chat(STORY, words=("--coach", "life_coach"))
    target = rocket.home / "mine.json"
    assert rocket.ask("export", "--to", str(target)) == {
        "files": [str(target), str(target.with_suffix(".md"))]
    }
    assert STORY in target.read_text("utf-8")
    assert STORY in target.with_suffix(".md").read_text("utf-8")
    for file in (target, rocket.db):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    nowhere = rocket.run(
        rocket.mine("export", "--json", "--to", str(rocket.home / "no" / "x.json"))
    )
    assert nowhere.code == 2
    assert "can't be written" in nowhere.only["error"]


def test_forget_needs_a_yes_and_leaves_no_word(rocket: Rocket) -> None:
    rocket.chat(STORY, words=("--coach", "life_coach"))
    refused = rocket.run(rocket.mine("forget", "--json"))
    assert refused.code == 2
    assert "--yes" in refused.only["error"]
    assert len(rocket.ask("sessions")) == 1
    assert rocket.ask("forget", "--yes")["messages_deleted"] >= 2
    assert rocket.ask("sessions") == []
    kept = b"".join(file.read_bytes() for file in rocket.home.glob("rocket.db*"))
    assert b"rye to the night" not in kept


# Settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ROCKET_LOG", "loud", "ROCKET_LOG"),
        ("DATABASE_URL", "mysql://u:secret@host/db", "'mysql'"),
        ("DATABASE_URL", "postgresql://u:secret@host", "names no database"),
        ("DATABASE_URL", "postgresql://u:a#secret@host/db", "%23"),
        ("EMBEDDINGS", "no provider", "EMBEDDINGS"),
        ("ROCKET_PERSONAS", "/no/such/folder", "/no/such/folder"),
    ],
)
def test_a_bad_setting_is_named(rocket: Rocket, name: str, value: str, told: str) -> None:
    rocket.env[name] = value
    ended = rocket.run(rocket.command("chat", "--json"))
    assert ended.code == 2
    assert set(ended.only) == KEYS
    assert told in ended.only["error"]
    assert "secret" not in ended.out
    spoken = rocket.run(rocket.command("sessions"))
    assert (spoken.code, spoken.out) == (2, "")
    assert told in spoken.err


def test_settings_come_from_the_environment_or_dot_env_and_empty_means_default(
    rocket: Rocket,
) -> None:
    (rocket.home / ".env").write_text("DATABASE_URL=other.db\nROCKET_LOG=\n", "utf-8")
    assert rocket.run(rocket.command("sessions", "--json")).only == []
    assert (rocket.home / "other.db").exists()
    rocket.env["XDG_DATA_HOME"] = str(rocket.home / "data")
    (rocket.home / ".env").write_text("DATABASE_URL=\n", "utf-8")
    assert rocket.run(rocket.command("sessions", "--json")).only == []
    made = list((rocket.home / "data").rglob("rocket.db")) or list(
        rocket.home.glob("Library/**/rocket.db")
    )
    assert len(made) == 1


def test_the_example_names_every_setting_and_no_other() -> None:
    names = re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text("utf-8"), re.M)
    assert names == [name.upper() for name in Settings.model_fields]


def test_a_malformed_coach_file_is_named_with_its_line(rocket: Rocket) -> None:
    coaches = rocket.home / "personas" / "coaches"
    coaches.mkdir(parents=True)
    (coaches / "guide.toml").write_text(
        'key = "guide"\nname = "Gwen Guide"\ntitle = = 3\n', "utf-8"
    )
    rocket.env["ROCKET_PERSONAS"] = str(coaches.parent)
    ended = rocket.run(rocket.mine("chat", "--json"))
    assert ended.code == 2
    assert "guide.toml" in ended.only["error"]
    assert re.search(r"line \d|:\d", ended.only["error"])
    (coaches / "guide.toml").write_text('key = "guide"\nname = "Gwen Guide"\n', "utf-8")
    spoken = rocket.run(rocket.command("coaches"))
    assert spoken.code == 2
    assert "guide.toml:" in spoken.err
