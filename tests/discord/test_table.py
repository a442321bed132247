import re

import pytest

from bot.commands import COMMANDS, CommandSpec
from bot.discord.table import Called, called, commands_json, focused, suggestions, version


def leaves(options, path=()):
    """Every command that can be called, as its path."""
    for one in options:
        if one["type"] == 2:
            yield from leaves(one["options"], (*path, one["name"]))
        else:
            yield (*path, one["name"]), one


def test_every_command_of_the_table_is_there_within_the_limits():
    group, on_message = commands_json()
    found = dict(leaves(group["options"]))
    names = {path[-1] for path in found}
    assert names == {"start" if one.name == "pick" else one.name for one in COMMANDS}
    assert ("finding", "confirm") in found
    everything = [group, *group["options"], *found.values()]
    for one in everything:
        assert re.fullmatch(r"[a-z_-]{1,32}", one["name"])
        assert 1 <= len(one["description"]) <= 100
        assert len(one.get("options", [])) <= 25
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
    more = (*COMMANDS, *(CommandSpec(f"dance-{n}", "how", "dance a little") for n in "abc"))
    made = commands_json(more)
    paths = [path for path, _ in leaves(made[0]["options"])]
    assert ("more", "dance-c") in paths
    assert len(paths) == len(more)
    assert len(made[0]["options"]) <= 25
    assert version(made) != version(commands_json())
    assert version(commands_json()) == version(commands_json())


def test_too_many_commands_are_refused():
    with pytest.raises(ValueError, match="60 commands"):
        commands_json([CommandSpec(f"c{n}", "", "x") for n in range(60)])


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
    below = {"name": "finding", "type": 2, "options": [{"name": "confirm", "type": 1}]}
    assert called({"name": "coach", "options": [below]}) == Called("confirm", "")
    assert called({"name": "other", "options": []}) is None


def test_what_begins_with_the_typed_words_comes_first():
    offered = [("a", "Big Dave"), ("b", "Dave Small"), ("c", "Ann")]
    assert [one["value"] for one in suggestions(offered, "da")] == ["b", "a"]
    assert len(suggestions([(str(n), f"x{n}") for n in range(40)], "")) == 25
