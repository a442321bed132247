import json

import pytest

from bot.commands import COMMANDS, CommandSpec
from bot.slack.manifest import EVENTS, PROMPTS, SCOPES, manifest, manifest_json


def test_it_says_every_command():
    hint = manifest()["features"]["slash_commands"][0]["usage_hint"]
    assert all(command.name in hint for command in COMMANDS if command.name != "pick")
    more = (*COMMANDS, CommandSpec("dance", "", "dance"))
    assert "dance" in manifest(commands=more)["features"]["slash_commands"][0]["usage_hint"]


def test_socket_mode_needs_no_address():
    made = json.loads(manifest_json("/career", None))
    assert made["settings"]["socket_mode_enabled"] is True
    assert "http" not in json.dumps(made)
    assert made["features"]["slash_commands"][0]["command"] == "/career"


def test_an_address_means_http():
    made = manifest("/coach", "https://coach.example/", rotation=True)
    assert made["settings"]["socket_mode_enabled"] is False
    assert made["settings"]["token_rotation_enabled"] is True
    url = "https://coach.example/slack/events"
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["settings"]["interactivity"]["request_url"] == url
    assert made["features"]["slash_commands"][0]["url"] == url
    assert made["oauth_config"]["redirect_urls"] == ["https://coach.example/slack/oauth_redirect"]


def test_it_keeps_to_slacks_limits():
    made = manifest()
    shown = made["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 174 <= len(shown["long_description"]) <= 4000
    assert len(made["features"]["slash_commands"][0]["usage_hint"]) <= 1000
    assert all(len(one["name"]) <= 24 for one in made["features"]["shortcuts"])
    assert len(PROMPTS) <= 4
    assert "agent_view" in made["features"]
    assert "assistant_view" not in made["features"]


@pytest.mark.parametrize(
    ("event", "scope"),
    [
        ("app_mention", "app_mentions:read"),
        ("message.channels", "channels:history"),
        ("message.groups", "groups:history"),
        ("message.im", "im:history"),
    ],
)
def test_every_event_has_its_scope(event, scope):
    assert event in EVENTS
    assert scope in SCOPES
