import re

import pytest

from bot.commands import COMMANDS, CommandSpec
from bot.discord.table import Called, called, commands_json, focused, suggestions, version


def test_every_command_of_the_table_is_there_within_the_limits():
    group, on_message = commands_json()
    names = [one["name"] for one in group["options"]]
    assert names == ["start" if one.name == "pick" else one.name for one in COMMANDS]
    assert len(names) <= 25
    for one in [group, *group["options"]]:
        assert re.fullmatch(r"[a-z_-]{1,32}", one["name"])
        assert 1 <= len(one["description"]) <= 100
        for option in one.get("options", []):
            assert re.fullmatch(r"[a-z_-]{1,32}", option["name"])
            assert 1 <= len(option["description"]) <= 100
    for one in (group, on_message):
        assert one["contexts"] == [0, 1, 2]
        assert one["integration_types"] == [0, 1]
    assert on_message["type"] == 3
    assert "description" not in on_message


def test_coaches_and_sessions_are_suggested():
    group, _ = commands_json()
    made = {one["name"]: one.get("options", [{}])[0] for one in group["options"]}
    assert made["start"]["autocomplete"]
    assert made["switch"]["autocomplete"]
    assert made["continue"]["autocomplete"]
    assert "autocomplete" not in made["goal"]


def test_a_row_more_in_the_table_is_a_command_more_and_another_version():
    more = (*COMMANDS, CommandSpec("dance", "how", "dance a little"))
    made = commands_json(more)
    assert made[0]["options"][-1]["name"] == "dance"
    assert version(made) != version(commands_json())
    assert version(commands_json()) == version(commands_json())


def test_too_many_commands_are_refused():
    with pytest.raises(ValueError, match="25"):
        commands_json([CommandSpec(f"c{n}", "", "x") for n in range(26)])


def test_a_call_is_read():
    data = {
        "name": "coach",
        "type": 1,
        "options": [
            {"name": "start", "type": 1, "options": [{"name": "coach", "type": 3, "value": "Dave"}]}
        ],
    }
    assert called(data) == Called("pick", "Dave")
    data["options"][0]["options"][0]["focused"] = True
    assert focused(data) == ("coach", "Dave")
    assert called({"name": "coach", "options": [{"name": "end", "type": 1}]}) == Called("end", "")
    assert called({"name": "other", "options": []}) is None


def test_what_begins_with_the_typed_words_comes_first():
    offered = [("a", "Big Dave"), ("b", "Dave Small"), ("c", "Ann")]
    assert [one["value"] for one in suggestions(offered, "da")] == ["b", "a"]
    assert len(suggestions([(str(n), f"x{n}") for n in range(40)], "")) == 25
