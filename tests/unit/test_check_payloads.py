"""What the bot sends, checked against small descriptions of the platforms."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.check_payloads import run


def shape(*needed: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(needed)}


TEXT = shape("type", "text", type={"const": "plain_text"}, text={"type": "string"})
HEADER = shape("type", "text", type={"const": "header"}, text=TEXT)
DIVIDER = shape("type", type={"const": "divider"})
ANY = shape("type", type={"type": "string"})
ITEMS = {"anyOf": [{"$ref": "#/definitions/KnownBlock"}, {"$ref": "#/definitions/Block"}]}
POST = shape("channel", channel={"type": "string"}, blocks={"type": "array", "items": ITEMS})
UPLOAD = shape("filename", filename={"type": "string"})
SLACK = {
    "definitions": {
        "Block": ANY,
        "KnownBlock": {"anyOf": [HEADER, DIVIDER]},
        "Args_chat_postMessage": POST,
        "Args_files_getUploadURLExternal": UPLOAD,
    }
}
BODY = shape(content={"$ref": "#/components/schemas/Short"})
DISCORD = {
    "components": {"schemas": {"Short": {"type": "string", "maxLength": 3}}},
    "paths": {
        "/channels/{id}/messages": {
            "post": {"requestBody": {"content": {"application/json": {"schema": BODY}}}},
            "get": {},
        }
    },
}


def checked(folder: Path, name: str, *lines: dict[str, Any]) -> int:
    (folder / "slack.schema.json").write_text(json.dumps(SLACK))
    (folder / "discord-openapi.json").write_text(json.dumps(DISCORD))
    (folder / f"{name}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines))
    return run(folder, folder)


def post(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    payload = {"channel": "C1", "blocks": list(blocks), **more}
    return {"method": "chat.postMessage", "payload": payload}


GOOD = {"type": "header", "text": {"type": "plain_text", "text": "x"}}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (post({"type": "poem"}), "/blocks/0: nothing of this kind is taken here: 'poem'"),
        (post(GOOD, {"type": "header"}), "/blocks/1: 'text' is a required property"),
        (post(GOOD | {"colour": "red"}), "'colour' was unexpected"),
        (post(GOOD, colour="red"), "'colour' was unexpected"),
        (
            {"method": "response_url", "payload": {"blocks": [{"type": "poem"}]}},
            "/0: nothing of this kind",
        ),
    ],
)
def test_a_mistake_in_slack_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: dict[str, Any], words: str
) -> None:
    assert checked(tmp_path, "slack", line) == 1
    assert words in capsys.readouterr().out


def test_what_is_right_passes_and_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {"method": "auth.test", "payload": {}}
    assert checked(tmp_path, "slack", post(GOOD, {"type": "divider"}), unknown) == 0
    said = capsys.readouterr().out
    assert "slack: 1 payloads checked, 0 wrong" in said
    assert "auth.test" in said


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/api/v10/channels/1/messages", {"content": "abc"}, 0),
        ("POST", "/channels/1/messages", {"content": "abcd"}, 1),
        ("POST", "/channels/1/poems", {"content": "abc"}, 1),
        ("GET", "/channels/1/messages", {"content": "abc"}, 1),
    ],
)
def test_bodies_for_discord_are_checked_by_their_route(
    tmp_path: Path, method: str, path: str, body: dict[str, Any], code: int
) -> None:
    assert checked(tmp_path, "discord", {"method": method, "path": path, "body": body}) == code


def test_nothing_recorded_is_no_success(tmp_path: Path) -> None:
    assert run(tmp_path, tmp_path) == 1
