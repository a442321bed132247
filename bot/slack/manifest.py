"""The app manifest: what Slack has to know of the app, made from the table of commands."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bot.commands import COMMANDS, CommandSpec
from bot.slack.blocks import cut

# What each permission is for; `rocket doctor slack` names it when it is missing.
SCOPES: dict[str, str] = {
    "app_mentions:read": "answering when somebody mentions the app in a channel",
    "assistant:write": "the line that says that a coach is writing, and the suggested prompts",
    "channels:history": "reading answers in session threads of public channels",
    "chat:write": "writing at all",
    "chat:write.customize": "each coach writing under an own name and picture",
    "commands": "the slash command and the shortcuts",
    "files:read": "reading a text file that somebody drops into a session",
    "files:write": "showing pictures and long texts as files",
    "groups:history": "reading answers in session threads of private channels",
    "im:history": "reading direct messages to the app",
    "im:write": "opening a direct message with somebody",
    "users:read": "telling whose workspace somebody is from in shared channels",
}
# Without these nothing works; without another, what it is for is shown in a plainer way.
NEEDED_SCOPES = frozenset({"chat:write", "commands", "im:history", "im:write", "app_mentions:read"})
EVENTS: tuple[str, ...] = (
    "agent_session_stopped",
    "app_home_opened",
    "app_mention",
    "app_uninstalled",
    "message.channels",
    "message.groups",
    "message.im",
    "tokens_revoked",
)
START_SHORTCUT, MESSAGE_SHORTCUT = "start_session", "coach_me_on_this"
EVENTS_PATH, INSTALL_PATH, REDIRECT_PATH = (
    "/slack/events",
    "/slack/install",
    "/slack/oauth_redirect",
)
PROMPTS: tuple[tuple[str, str], ...] = (
    ("Show me the coaches", "show coaches"),
    ("I am stuck in my job", "I am stuck in my job and don't know what to change."),
    ("Help me ask for more pay", "I want to ask for more pay and don't know how."),
    ("I have an interview coming", "I have an interview soon and I get nervous."),
)
_NAME = "Rocket Coach"
_SHORT = "Career coaching in threads: seven coaches, one plan"
_LONG = (
    "Pick one of seven career coaches, or have one suggested, and talk in a thread that only you "
    "steer: about leading people, life and work, what kind of work fits you, the market, "
    "interviews, pay or your network. A session ends with a plan in your own words. Several "
    "coaches can work with you; their findings are laid side by side when you ask. Everything you "
    "said can be exported and deleted by you at any time."
)
_COLOUR = "#1f3a5f"
_HINT_LIMIT, _DESCRIPTION_LIMIT = 1000, 2000


def manifest(
    command: str = "/coach",
    address: str | None = None,
    commands: Sequence[CommandSpec] = COMMANDS,
    *,
    rotation: bool = False,
) -> dict[str, Any]:
    """The manifest.

    Args:
        command: the slash command, with its slash.
        address: the public ``https://`` address of this program; None for Socket Mode, which needs
            none.
        rotation: whether tokens are to expire and be renewed; takes an address.
    """
    base = address.rstrip("/") if address else None
    url: dict[str, str] = {"request_url": base + EVENTS_PATH} if base else {}
    oauth: dict[str, Any] = {"scopes": {"bot": sorted(SCOPES)}}
    if base:
        oauth["redirect_urls"] = [base + REDIRECT_PATH]
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": _NAME,
            "description": _SHORT,
            "long_description": _LONG,
            "background_color": _COLOUR,
        },
        "features": {
            "agent_view": {
                "agent_description": _SHORT,
                "suggested_prompts": [
                    {"title": title, "message": message} for title, message in PROMPTS
                ],
            },
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": False,
            },
            "bot_user": {"display_name": _NAME, "always_online": True},
            "shortcuts": _shortcuts(),
            "slash_commands": [_slash(command, commands, base)],
        },
        "oauth_config": oauth,
        "settings": {
            "event_subscriptions": {**url, "bot_events": list(EVENTS)},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": True,
            "socket_mode_enabled": base is None,
            "token_rotation_enabled": rotation and base is not None,
        },
    }


def _slash(command: str, commands: Sequence[CommandSpec], base: str | None) -> dict[str, Any]:
    words = " | ".join(
        f"{one.name} {one.argument}".strip() if one.name in {"recommend", "switch"} else one.name
        for one in commands
        if one.name != "pick"
    )
    made: dict[str, Any] = {
        "command": command,
        "description": cut("Pick a coach, or go on with one", _DESCRIPTION_LIMIT),
        "usage_hint": cut(f"[a coach's name | {words}]", _HINT_LIMIT),
        "should_escape": False,
    }
    return made | {"url": base + EVENTS_PATH} if base else made


def _shortcuts() -> list[dict[str, str]]:
    return [
        {
            "name": "Talk to a coach",
            "type": "global",
            "callback_id": START_SHORTCUT,
            "description": "Pick a career coach and start a session",
        },
        {
            "name": "Coach me on this",
            "type": "message",
            "callback_id": MESSAGE_SHORTCUT,
            "description": "Work on this message with a coach, or command a session",
        },
    ]


def manifest_json(command: str, address: str | None, *, rotation: bool = False) -> str:
    """The manifest as Slack's page takes it."""
    made = manifest(command, address, rotation=rotation)
    return json.dumps(made, ensure_ascii=False, indent=2)
